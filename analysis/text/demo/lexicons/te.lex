# Telugu. one = nominative singular, many = nominative plural (- for a mass noun), acc = accusative
# singular, dat = dative, class = agreement: m, f, n; things for mass nouns that are grammatical
# plurals (నీళ్లు, పాలు).
@ person | one | many | acc | dat | class
mother | తల్లి | తల్లులు | తల్లిని | తల్లికి | f
father | తండ్రి | తండ్రులు | తండ్రిని | తండ్రికి | m
boy | అబ్బాయి | అబ్బాయిలు | అబ్బాయిని | అబ్బాయికి | m
girl | అమ్మాయి | అమ్మాయిలు | అమ్మాయిని | అమ్మాయికి | f
woman | మహిళ | మహిళలు | మహిళను | మహిళకు | f
man | మనిషి | మనుషులు | మనిషిని | మనిషికి | m
grandmother | అమ్మమ్మ | అమ్మమ్మలు | అమ్మమ్మను | అమ్మమ్మకు | f
teacher | ఉపాధ్యాయుడు | ఉపాధ్యాయులు | ఉపాధ్యాయుడిని | ఉపాధ్యాయుడికి | m
student | విద్యార్థి | విద్యార్థులు | విద్యార్థిని | విద్యార్థికి | m
doctor | వైద్యుడు | వైద్యులు | వైద్యుడిని | వైద్యుడికి | m
farmer | రైతు | రైతులు | రైతును | రైతుకు | m
fisherman | జాలరి | జాలరులు | జాలరిని | జాలరికి | m
merchant | వ్యాపారి | వ్యాపారులు | వ్యాపారిని | వ్యాపారికి | m
soldier | సైనికుడు | సైనికులు | సైనికుడిని | సైనికుడికి | m
king | రాజు | రాజులు | రాజును | రాజుకు | m
friend | స్నేహితుడు | స్నేహితులు | స్నేహితుడిని | స్నేహితుడికి | m
neighbour | పొరుగువాడు | పొరుగువాళ్లు | పొరుగువాడిని | పొరుగువాడికి | m
singer | గాయకుడు | గాయకులు | గాయకుడిని | గాయకుడికి | m

@ animal | one | many | acc | class
dog | కుక్క | కుక్కలు | కుక్కను | n
cat | పిల్లి | పిల్లులు | పిల్లిని | n
horse | గుర్రం | గుర్రాలు | గుర్రాన్ని | n
cow | ఆవు | ఆవులు | ఆవును | n
goat | మేక | మేకలు | మేకను | n
bird | పక్షి | పక్షులు | పక్షిని | n
fish | చేప | చేపలు | చేపను | n
hen | కోడి | కోళ్లు | కోడిని | n
lion | సింహం | సింహాలు | సింహాన్ని | n
elephant | ఏనుగు | ఏనుగులు | ఏనుగును | n
snake | పాము | పాములు | పామును | n
monkey | కోతి | కోతులు | కోతిని | n

@ thing | one | many | acc | class
bread | రొట్టె | - | రొట్టెను | n
meat | మాంసం | - | మాంసాన్ని | n
salt | ఉప్పు | - | ఉప్పును | n
honey | తేనె | - | తేనెను | n
water | నీళ్లు | - | నీళ్లను | things
milk | పాలు | - | పాలను | things
tea | టీ | - | టీని | n
apple | ఆపిల్ పండు | ఆపిల్ పండ్లు | ఆపిల్ పండును | n
mango | మామిడిపండు | మామిడిపండ్లు | మామిడిపండును | n
onion | ఉల్లిపాయ | ఉల్లిపాయలు | ఉల్లిపాయను | n
banana | అరటిపండు | అరటిపండ్లు | అరటిపండును | n
book | పుస్తకం | పుస్తకాలు | పుస్తకాన్ని | n
letter | ఉత్తరం | ఉత్తరాలు | ఉత్తరాన్ని | n
knife | కత్తి | కత్తులు | కత్తిని | n
basket | బుట్ట | బుట్టలు | బుట్టను | n
bag | సంచి | సంచులు | సంచిని | n
door | తలుపు | తలుపులు | తలుపును | n
key | తాళంచెవి | తాళంచెవులు | తాళంచెవిని | n
rope | తాడు | తాళ్లు | తాడును | n
bicycle | సైకిలు | సైకిళ్లు | సైకిలును | n
car | కారు | కార్లు | కారును | n
tree | చెట్టు | చెట్లు | చెట్టును | n
stone | రాయి | రాళ్లు | రాయిని | n
drum | డప్పు | డప్పులు | డప్పును | n
money | డబ్బు | - | డబ్బును | n
gold | బంగారం | - | బంగారాన్ని | n
wood | కలప | - | కలపను | n
medicine | మందులు | - | మందులను | things
song | పాట | పాటలు | పాటను | n
picture | చిత్రం | చిత్రాలు | చిత్రాన్ని | n
story | కథ | కథలు | కథను | n
joy | ఆనందం | - | ఆనందాన్ని | n
fear | భయం | - | భయాన్ని | n
sadness | విచారం | - | విచారాన్ని | n
hope | ఆశ | - | ఆశను | n

# what shatters, what carpenters make and what one wears: see "break", "build" and "wash"
@ fragile | one | many | acc | class
egg | గుడ్డు | గుడ్లు | గుడ్డును | n
pot | కుండ | కుండలు | కుండను | n
plate | ప్లేటు | ప్లేట్లు | ప్లేటును | n
window | కిటికీ | కిటికీలు | కిటికీని | n
lamp | దీపం | దీపాలు | దీపాన్ని | n

@ made | one | many | acc | class
chair | కుర్చీ | కుర్చీలు | కుర్చీని | n
table | బల్ల | బల్లలు | బల్లను | n
bed | మంచం | మంచాలు | మంచాన్ని | n
boat | పడవ | పడవలు | పడవను | n

@ cloth | one | many | acc | class
hat | టోపీ | టోపీలు | టోపీని | n
shirt | చొక్కా | చొక్కాలు | చొక్కాను | n

# the grain, the meal and the plant; the flower and the plant that bears it
@ grain | one | many | acc | class | one cooked | acc cooked | class cooked | one growing | acc growing
rice | బియ్యం | - | బియ్యాన్ని | things | అన్నం | అన్నాన్ని | n | వరి | వరిని

@ flower | one | many | acc | class | one growing | many growing | acc growing
flower | పువ్వు | పువ్వులు | పువ్వును | n | పూల మొక్క | పూల మొక్కలు | పూల మొక్కను

@ place | one | many | acc | class | at | to
house | ఇల్లు | ఇళ్లు | ఇంటిని | n | ఇంట్లో | ఇంటికి
school | బడి | బడులు | బడిని | n | బడిలో | బడికి
market | బజారు | బజార్లు | బజారును | n | బజారులో | బజారుకు
hospital | ఆసుపత్రి | ఆసుపత్రులు | ఆసుపత్రిని | n | ఆసుపత్రిలో | ఆసుపత్రికి
village | గ్రామం | గ్రామాలు | గ్రామాన్ని | n | గ్రామంలో | గ్రామానికి
city | నగరం | నగరాలు | నగరాన్ని | n | నగరంలో | నగరానికి
forest | అడవి | అడవులు | అడవిని | n | అడవిలో | అడవికి
mountain | కొండ | కొండలు | కొండను | n | కొండ మీద | కొండకు
field | పొలం | పొలాలు | పొలాన్ని | n | పొలంలో | పొలానికి
garden | తోట | తోటలు | తోటను | n | తోటలో | తోటకు
kitchen | వంటగది | వంటగదులు | వంటగదిని | n | వంటగదిలో | వంటగదికి
road | రోడ్డు | రోడ్లు | రోడ్డును | n | రోడ్డు మీద | రోడ్డు మీదకు
shop | దుకాణం | దుకాణాలు | దుకాణాన్ని | n | దుకాణంలో | దుకాణానికి
station | రైల్వే స్టేషను | రైల్వే స్టేషన్లు | రైల్వే స్టేషనును | n | రైల్వే స్టేషనులో | రైల్వే స్టేషనుకు
bridge | వంతెన | వంతెనలు | వంతెనను | n | వంతెన మీద | వంతెన దగ్గరకు
island | ద్వీపం | ద్వీపాలు | ద్వీపాన్ని | n | ద్వీపంలో | ద్వీపానికి
palace | రాజభవనం | రాజభవనాలు | రాజభవనాన్ని | n | రాజభవనంలో | రాజభవనానికి
library | గ్రంథాలయం | గ్రంథాలయాలు | గ్రంథాలయాన్ని | n | గ్రంథాలయంలో | గ్రంథాలయానికి

# on the shore; but fish, boats and storms are in the water or on it
@ shore | one | many | acc | class | at | to | at fish | at boat | at storm
river | నది | నదులు | నదిని | n | నది దగ్గర | నది దగ్గరకు | నదిలో | నదిలో | నదిలో
sea | సముద్రం | సముద్రాలు | సముద్రాన్ని | n | సముద్ర తీరంలో | సముద్ర తీరానికి | సముద్రంలో | సముద్రంలో | సముద్రంలో

# each event with its own verb, in the past
@ event | happened
storm | తుఫాను వచ్చింది
rain | వర్షం కురిసింది
earthquake | భూకంపం వచ్చింది
fire | అగ్నిప్రమాదం జరిగింది
war | యుద్ధం జరిగింది
wedding | ఒక పెళ్లి జరిగింది
feast | ఒక వేడుక జరిగింది

# past = stem before -ఆడు, -ఆరు, -ఆయి; past it = past feminine and neuter; now = stem before
# -ఆడు, -ఉంది, -ఉన్నాడు; not = stem before -లేదు, -డు; noun = verbal noun.
# object: acc = accusative when known or alive; marked = accusative always; dat; for = oblique with కోసం;
# experience = the one who feels is dative
@ verb | past | past it | now | not | noun | object
see | చూశ | చూసింది | చూస్త | చూడ | చూడడం | marked
find | కనుగొన్న | కనుగొంది | కనుగొంట | కనుగొన | కనుగొనడం | marked
lose | పోగొట్టుకున్న | పోగొట్టుకుంది | పోగొట్టుకుంట | పోగొట్టుకో | పోగొట్టుకోవడం | acc
buy | కొన్న | కొంది | కొంట | కొన | కొనడం | acc
sell | అమ్మ | అమ్మింది | అమ్ముత | అమ్మ | అమ్మడం | acc
carry | మోశ | మోసింది | మోస్త | మోయ | మోయడం | acc
bring | తీసుకువచ్చ | తీసుకువచ్చింది | తీసుకువస్త | తీసుకురా | తీసుకురావడం | acc
eat | తిన్న | తింది | తింట | తిన | తినడం | acc
drink | తాగ | తాగింది | తాగుత | తాగ | తాగడం | acc
cook | వండ | వండింది | వండుత | వండ | వండడం | acc
open | తెరిచ | తెరిచింది | తెరుస్త | తెరవ | తెరవడం | acc
close | మూశ | మూసింది | మూస్త | మూయ | మూయడం | acc
read | చదివ | చదివింది | చదువుత | చదవ | చదవడం | acc
write | రాశ | రాసింది | రాస్త | రాయ | రాయడం | acc
look_for | వెతిక | వెతికింది | వెతుకుత | వెతక | వెతకడం | for
plant | నాట | నాటింది | నాటుత | నాట | నాటడం | acc
hear | విన్న | వింది | వింట | విన | వినడం | acc
draw | గీశ | గీసింది | గీస్త | గీయ | గీయడం | acc
feel | కలిగ | కలిగింది | కలుగుత | కలగ | కలగడం | experience
help | సహాయం చేశ | సహాయం చేసింది | సహాయం చేస్త | సహాయం చేయ | సహాయం చేయడం | dat
follow | అనుసరించ | అనుసరించింది | అనుసరిస్త | అనుసరించ | అనుసరించడం | acc
give | ఇచ్చ | ఇచ్చింది | ఇస్త | ఇవ్వ | ఇవ్వడం | acc
sleep | నిద్రపోయ | నిద్రపోయింది | నిద్రపోత | నిద్రపో | నిద్రపోవడం | -
sing | పాడ | పాడింది | పాడుత | పాడ | పాడడం | -
work | పని చేశ | పని చేసింది | పని చేస్త | పని చేయ | పని చేయడం | -
play | ఆడుకున్న | ఆడుకుంది | ఆడుకుంట | ఆడుకో | ఆడుకోవడం | -
laugh | నవ్వ | నవ్వింది | నవ్వుత | నవ్వ | నవ్వడం | -
dance | నృత్యం చేశ | నృత్యం చేసింది | నృత్యం చేస్త | నృత్యం చేయ | నృత్యం చేయడం | -
go | వెళ్ల | వెళ్లింది | వెళ్త | వెళ్ల | వెళ్లడం | -
come | వచ్చ | వచ్చింది | వస్త | రా | రావడం | -
run | పరిగెత్త | పరిగెత్తింది | పరిగెడుత | పరిగెత్త | పరిగెత్తడం | -
return | తిరిగి వచ్చ | తిరిగి వచ్చింది | తిరిగి వస్త | తిరిగి రా | తిరిగి రావడం | -

# clothes are washed with another verb than plates
@ washing | past | past it | now | not | noun | object | past cloth | past it cloth | now cloth | not cloth | noun cloth
wash | కడిగ | కడిగింది | కడుగుత | కడగ | కడగడం | acc | ఉతిక | ఉతికింది | ఉతుకుత | ఉతక | ఉతకడం

# houses are built, furniture and boats are made
@ making | past | past it | now | not | noun | object | past made | past it made | now made | not made | noun made
build | కట్ట | కట్టింది | కడుత | కట్ట | కట్టడం | acc | తయారు చేశ | తయారు చేసింది | తయారు చేస్త | తయారు చేయ | తయారు చేయడం

# keys and chairs snap, plates shatter
@ breaking | past | past it | now | not | noun | object | past fragile | past it fragile | now fragile | not fragile | noun fragile
break | విరగ్గొట్ట | విరగ్గొట్టింది | విరగ్గొడుత | విరగ్గొట్ట | విరగ్గొట్టడం | marked | పగలగొట్ట | పగలగొట్టింది | పగలగొడుత | పగలగొట్ట | పగలగొట్టడం

# before = beside a noun; adverb = with ఉన్నాడు, ఉంది "is", లేడు, లేదు "is not"
@ quality | before | adverb
beautiful | అందమైన | అందంగా
good | మంచి | బాగా
red | ఎర్ర | ఎర్రగా
white | తెల్ల | తెల్లగా
black | నల్ల | నల్లగా
heavy | బరువైన | బరువుగా
happy | - | సంతోషంగా
tired | - | అలసిపోయి
sick | - | అనారోగ్యంతో
hungry | - | ఆకలితో
strong | - | బలంగా
clean | - | శుభ్రంగా
dirty | - | మురికిగా
hot | - | వేడిగా
cold | - | చల్లగా
cheap | - | చౌకగా
sweet | - | తియ్యగా
empty | - | ఖాళీగా

# predicate nouns without a copula, negated by కాదు, కావు; is m, is f, is n, is things by agreement
@ noun quality | before | is m | is f | is n | is things
big | పెద్ద | పెద్దవాడు | పెద్దది | పెద్దది | పెద్దవి
small | చిన్న | చిన్నవాడు | చిన్నది | చిన్నది | చిన్నవి
new | కొత్త | కొత్తవాడు | కొత్తది | కొత్తది | కొత్తవి
expensive | - | - | - | ఖరీదైనది | ఖరీదైనవి
rich | - | ధనవంతుడు | ధనవంతురాలు | - | -
poor | - | పేదవాడు | పేదరాలు | - | -

@ age | before | is n | is things | before animal | is n animal
old | పాత | పాతది | పాతవి | ముసలి | ముసలిది

@ time | form
morning | ఉదయం
evening | సాయంత్రం
night | రాత్రి
today | ఈ రోజు
yesterday | నిన్న
every_day | ప్రతి రోజూ
monday | సోమవారం
winter | చలికాలంలో
summer | వేసవిలో
