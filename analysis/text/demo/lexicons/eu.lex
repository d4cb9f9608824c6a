# Euskara. bare = without article, as after bi, hiru, lau and before bat; the = with the article
# (its ergative adds -k, its dative -ri); any = partitive
@ person | bare | the | any
mother | ama | ama | amarik
father | aita | aita | aitarik
boy | mutil | mutila | mutilik
girl | neska | neska | neskarik
woman | emakume | emakumea | emakumerik
man | gizon | gizona | gizonik
grandmother | amona | amona | amonarik
teacher | irakasle | irakaslea | irakaslerik
student | ikasle | ikaslea | ikaslerik
doctor | mediku | medikua | medikurik
farmer | nekazari | nekazaria | nekazaririk
fisherman | arrantzale | arrantzalea | arrantzalerik
merchant | merkatari | merkataria | merkataririk
soldier | soldadu | soldadua | soldadurik
king | errege | erregea | erregerik
friend | lagun | laguna | lagunik
neighbour | auzoko | auzokoa | auzokorik
singer | abeslari | abeslaria | abeslaririk

@ noun | bare | the | any
dog | txakur | txakurra | txakurrik
cat | katu | katua | katurik
horse | zaldi | zaldia | zaldirik
cow | behi | behia | behirik
goat | ahuntz | ahuntza | ahuntzik
bird | txori | txoria | txoririk
fish | arrain | arraina | arrainik
hen | oilo | oiloa | oilorik
lion | lehoi | lehoia | lehoirik
elephant | elefante | elefantea | elefanterik
snake | suge | sugea | sugerik
monkey | tximino | tximinoa | tximinorik
apple | sagar | sagarra | sagarrik
egg | arrautza | arrautza | arrautzarik
mango | mango | mangoa | mangorik
onion | tipula | tipula | tipularik
banana | platano | platanoa | platanorik
book | liburu | liburua | libururik
letter | gutun | gutuna | gutunik
knife | labana | labana | labanarik
pot | eltze | eltzea | eltzerik
plate | plater | platera | platerik
basket | saski | saskia | saskirik
bag | poltsa | poltsa | poltsarik
door | ate | atea | aterik
window | leiho | leihoa | leihorik
lamp | lanpara | lanpara | lanpararik
key | giltza | giltza | giltzarik
rope | soka | soka | sokarik
boat | txalupa | txalupa | txaluparik
bicycle | bizikleta | bizikleta | bizikletarik
car | auto | autoa | autorik
hat | kapela | kapela | kapelarik
shirt | alkandora | alkandora | alkandorarik
flower | lore | lorea | lorerik
tree | zuhaitz | zuhaitza | zuhaitzik
stone | harri | harria | harririk
drum | danbor | danborra | danborrik
song | abesti | abestia | abestirik
picture | irudi | irudia | irudirik
story | istorio | istorioa | istoriorik

# what carpenters make: see "build"
@ made | bare | the | any
chair | aulki | aulkia | aulkirik
table | mahai | mahaia | mahairik
bed | ohe | ohea | oherik

# some of it is said with the article
@ mass | the | any
bread | ogia | ogirik
rice | arroza | arrozik
meat | haragia | haragirik
salt | gatza | gatzik
honey | eztia | eztirik
water | ura | urik
milk | esnea | esnerik
tea | tea | terik
money | dirua | dirurik
gold | urrea | urrerik
wood | egurra | egurrik
medicine | sendagaia | sendagairik
joy | poztasuna | poztasunik
fear | beldurra | beldurrik
sadness | tristura | tristurarik
hope | itxaropena | itxaropenik

# at = where persons and things are and feasts are held; in = where fish swim, boats float, storms
# rage and the earth quakes
@ place | bare | the | any | at | in | to
house | etxe | etxea | etxerik | etxean | etxean | etxera
school | eskola | eskola | eskolarik | eskolan | eskolan | eskolara
market | azoka | azoka | azokarik | azokan | azokan | azokara
hospital | ospitale | ospitalea | ospitalerik | ospitalean | ospitalean | ospitalera
village | herri | herria | herririk | herrian | herrian | herrira
city | hiri | hiria | hiririk | hirian | hirian | hirira
river | ibai | ibaia | ibairik | ibaiaren ondoan | ibaian | ibaira
sea | itsaso | itsasoa | itsasorik | itsasoaren ondoan | itsasoan | itsasora
forest | baso | basoa | basorik | basoan | basoan | basora
mountain | mendi | mendia | mendirik | mendian | mendian | mendira
field | soro | soroa | sororik | soroan | soroan | sorora
garden | lorategi | lorategia | lorategirik | lorategian | lorategian | lorategira
kitchen | sukalde | sukaldea | sukalderik | sukaldean | sukaldean | sukaldera
road | errepide | errepidea | errepiderik | errepidean | errepidean | errepidera
shop | denda | denda | dendarik | dendan | dendan | dendara
station | geltoki | geltokia | geltokirik | geltokian | geltokian | geltokira
bridge | zubi | zubia | zubirik | zubian | zubian | zubira
island | uharte | uhartea | uharterik | uhartean | uhartean | uhartera
palace | jauregi | jauregia | jauregirik | jauregian | jauregian | jauregira
library | liburutegi | liburutegia | liburutegirik | liburutegian | liburutegian | liburutegira

# participle and auxiliary that tell of the event
@ event | form | done | frame
storm | ekaitz bat | izan | da
rain | euria | egin | du
earthquake | lurrikara bat | izan | da
fire | sute bat | izan | da
war | gerra bat | izan | da
wedding | ezkontza bat | izan | da
feast | festa bat | izan | da

# with = word that goes before the participle; frame = auxiliary: da (intransitive), du (agent in
# -k), dio (agent in -k and somebody in the dative: the receiver, or whom one helps or
# follows); now, now_many = simple present of what is under way
@ verb | with | done | doing | frame | now | now_many
see | - | ikusi | ikusten | du | - | -
find | - | aurkitu | aurkitzen | du | - | -
lose | - | galdu | galtzen | du | - | -
buy | - | erosi | erosten | du | - | -
sell | - | saldu | saltzen | du | - | -
carry | - | eraman | eramaten | du | - | -
bring | - | ekarri | ekartzen | du | - | -
eat | - | jan | jaten | du | - | -
drink | - | edan | edaten | du | - | -
cook | - | kozinatu | kozinatzen | du | - | -
wash | - | garbitu | garbitzen | du | - | -
open | - | ireki | irekitzen | du | - | -
close | - | itxi | ixten | du | - | -
read | - | irakurri | irakurtzen | du | - | -
write | - | idatzi | idazten | du | - | -
break | - | hautsi | hausten | du | - | -
look_for | - | bilatu | bilatzen | du | - | -
plant | - | landatu | landatzen | du | - | -
hear | - | entzun | entzuten | du | - | -
draw | - | marraztu | marrazten | du | - | -
feel | - | sentitu | sentitzen | du | - | -
help | - | lagundu | laguntzen | dio | - | -
follow | - | jarraitu | jarraitzen | dio | - | -
give | - | eman | ematen | dio | - | -
sleep | lo | egin | egiten | du | - | -
sing | - | abestu | abesten | du | - | -
work | lan | egin | egiten | du | - | -
play | - | jolastu | jolasten | da | - | -
laugh | barre | egin | egiten | du | - | -
dance | dantza | egin | egiten | du | - | -
go | - | joan | joaten | da | doa | doaz
come | - | etorri | etortzen | da | dator | datoz
run | korrika | joan | joaten | da | doa | doaz
return | - | itzuli | itzultzen | da | - | -

# one builds (eraiki) houses and boats, but makes (egin) furniture
@ making | with | done | doing | frame | now | now_many | done made | doing made
build | - | eraiki | eraikitzen | du | - | - | egin | egiten

@ quality | bare | the | any
big | handi | handia | handirik
small | txiki | txikia | txikirik
new | berri | berria | berririk
old | zahar | zaharra | zaharrik
beautiful | eder | ederra | ederrik
good | on | ona | onik
red | gorri | gorria | gorririk
white | zuri | zuria | zuririk
black | beltz | beltza | beltzik
heavy | astun | astuna | astunik

# only predicates; copula: izan (da, zen) or egon (dago, zegoen)
@ state | the | copula
happy | pozik | egon
tired | nekatuta | egon
sick | gaixorik | egon
hungry | gose | izan
strong | indartsua | izan
rich | aberatsa | izan
poor | pobrea | izan
clean | garbi | egon
dirty | zikin | egon
hot | bero | egon
cold | hotz | egon
expensive | garestia | izan
cheap | merkea | izan
sweet | gozoa | izan
empty | hutsik | egon

@ time | form
morning | goizean
evening | iluntzean
night | gauean
today | gaur
yesterday | atzo
every_day | egunero
monday | astelehenean
winter | neguan
summer | udan
