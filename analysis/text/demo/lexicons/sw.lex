# Kiswahili. class = noun class of the singular, by which everything else agrees; persons and
# animals agree as class 1 (plural 2) whatever the shape of the word
@ person | one | many
mother | mama | mama
father | baba | baba
boy | mvulana | wavulana
girl | msichana | wasichana
woman | mwanamke | wanawake
man | mwanamume | wanaume
grandmother | bibi | bibi
teacher | mwalimu | walimu
student | mwanafunzi | wanafunzi
doctor | daktari | madaktari
farmer | mkulima | wakulima
fisherman | mvuvi | wavuvi
merchant | mfanyabiashara | wafanyabiashara
soldier | mwanajeshi | wanajeshi
king | mfalme | wafalme
friend | rafiki | marafiki
neighbour | jirani | majirani
singer | mwimbaji | waimbaji

@ animal | one | many
dog | mbwa | mbwa
cat | paka | paka
horse | farasi | farasi
cow | ng'ombe | ng'ombe
goat | mbuzi | mbuzi
bird | ndege | ndege
fish | samaki | samaki
hen | kuku | kuku
lion | simba | simba
elephant | tembo | tembo
snake | nyoka | nyoka
monkey | tumbili | tumbili

# a mass noun bears the class it agrees with: milk and water are plurals (6), timber is one (10)
@ noun | class | one | many
bread | 3 | mkate | -
meat | 9 | nyama | -
salt | 9 | chumvi | -
honey | 9 | asali | -
water | 6 | maji | -
milk | 6 | maziwa | -
tea | 9 | chai | -
apple | 5 | tufaha | matufaha
egg | 5 | yai | mayai
mango | 5 | embe | maembe
onion | 7 | kitunguu | vitunguu
banana | 9 | ndizi | ndizi
book | 7 | kitabu | vitabu
letter | 9 | barua | barua
knife | 7 | kisu | visu
pot | 9 | sufuria | sufuria
plate | 9 | sahani | sahani
basket | 7 | kikapu | vikapu
bag | 3 | mfuko | mifuko
door | 3 | mlango | milango
window | 5 | dirisha | madirisha
lamp | 9 | taa | taa
key | 11 | ufunguo | funguo
rope | 9 | kamba | kamba
bicycle | 9 | baiskeli | baiskeli
car | 5 | gari | magari
flower | 5 | ua | maua
tree | 3 | mti | miti
stone | 5 | jiwe | mawe
drum | 9 | ngoma | ngoma
money | 9 | pesa | -
gold | 9 | dhahabu | -
wood | 10 | mbao | -
medicine | 9 | dawa | -
song | 11 | wimbo | nyimbo
picture | 9 | picha | picha
story | 9 | hadithi | hadithi
joy | 9 | furaha | -
fear | 9 | hofu | -
sadness | 9 | huzuni | -
hope | 6 | matumaini | -

# what carpenters make, and clothes: see "build" and "wash"
@ made | class | one | many
chair | 7 | kiti | viti
table | 9 | meza | meza
bed | 7 | kitanda | vitanda
boat | 9 | mashua | mashua

@ cloth | class | one | many
hat | 9 | kofia | kofia
shirt | 5 | shati | mashati

# rice has three names: in trade, on the plate, and in the field; all agree alike
@ grain | class | one | eaten | grown
rice | 3 | mchele | wali | mpunga

# at = where persons and things are; in = where fish swim, boats float and events happen
@ place | class | one | at | in | to
house | 9 | nyumba | nyumbani | nyumbani | nyumbani
school | 9 | shule | shuleni | shuleni | shuleni
market | 5 | soko | sokoni | sokoni | sokoni
hospital | 9 | hospitali | hospitalini | hospitalini | hospitalini
village | 7 | kijiji | kijijini | kijijini | kijijini
city | 3 | mji | mjini | mjini | mjini
river | 3 | mto | mtoni | mtoni | mtoni
sea | 9 | bahari | kando ya bahari | baharini | baharini
forest | 3 | msitu | msituni | msituni | msituni
mountain | 3 | mlima | mlimani | mlimani | mlimani
field | 5 | shamba | shambani | shambani | shambani
garden | 9 | bustani | bustanini | bustanini | bustanini
kitchen | 5 | jiko | jikoni | jikoni | jikoni
road | 9 | barabara | barabarani | barabarani | barabarani
shop | 5 | duka | dukani | dukani | dukani
station | 7 | kituo | kituoni | kituoni | kituoni
bridge | 5 | daraja | darajani | darajani | darajani
island | 7 | kisiwa | kisiwani | kisiwani | kisiwani
palace | 5 | kasri | kwenye kasri | kwenye kasri | kwenye kasri
library | 9 | maktaba | maktabani | maktabani | maktabani

# happened = that the event took place
@ event | happened
storm | kulikuwa na dhoruba
rain | mvua ilinyesha
earthquake | kulitokea tetemeko la ardhi
fire | moto ulizuka
war | kulikuwa na vita
wedding | kulikuwa na harusi
feast | kulikuwa na sherehe

# full = the stem as it follows a tense (short verbs keep their ku-), not = in the negative
# present; towards = word before the goal of a motion
@ verb | stem | full | not | towards
see | ona | ona | oni | -
find | pata | pata | pati | -
lose | poteza | poteza | potezi | -
buy | nunua | nunua | nunui | -
sell | uza | uza | uzi | -
carry | beba | beba | bebi | -
bring | leta | leta | leti | -
eat | la | kula | li | -
drink | nywa | kunywa | nywi | -
cook | pika | pika | piki | -
open | fungua | fungua | fungui | -
close | funga | funga | fungi | -
read | soma | soma | somi | -
write | andika | andika | andiki | -
break | vunja | vunja | vunji | -
look_for | tafuta | tafuta | tafuti | -
plant | panda | panda | pandi | -
hear | sikia | sikia | sikii | -
draw | chora | chora | chori | -
feel | hisi | hisi | hisi | -
help | saidia | saidia | saidii | -
follow | fuata | fuata | fuati | -
give | pa | kupa | pi | -
sleep | lala | lala | lali | -
sing | imba | imba | imbi | -
work | fanya kazi | fanya kazi | fanyi kazi | -
play | cheza | cheza | chezi | -
laugh | cheka | cheka | cheki | -
dance | cheza dansi | cheza dansi | chezi dansi | -
go | enda | kwenda | endi | -
come | ja | kuja | ji | -
run | kimbia | kimbia | kimbii | hadi
return | rudi | rudi | rudi | -

# furniture and boats are made (tengeneza) rather than built; clothes have a washing of their own
@ making | stem | full | not | towards | stem made | full made | not made
build | jenga | jenga | jengi | - | tengeneza | tengeneza | tengenezi

@ washing | stem | full | not | towards | stem cloth | full cloth | not cloth
wash | osha | osha | oshi | - | fua | fua | fui

# the form for each noun class; 10 is as 9, 11 as 3
@ quality | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9
big | mkubwa | wakubwa | mkubwa | mikubwa | kubwa | makubwa | kikubwa | vikubwa | kubwa
small | mdogo | wadogo | mdogo | midogo | dogo | madogo | kidogo | vidogo | ndogo
new | mpya | wapya | mpya | mipya | jipya | mapya | kipya | vipya | mpya
good | mzuri | wazuri | mzuri | mizuri | zuri | mazuri | kizuri | vizuri | nzuri
red | mwekundu | wekundu | mwekundu | myekundu | jekundu | mekundu | chekundu | vyekundu | nyekundu
white | mweupe | weupe | mweupe | myeupe | jeupe | meupe | cheupe | vyeupe | nyeupe
black | mweusi | weusi | mweusi | myeusi | jeusi | meusi | cheusi | vyeusi | nyeusi
heavy | mzito | wazito | mzito | mizito | zito | mazito | kizito | vizito | nzito
dirty | mchafu | wachafu | mchafu | michafu | chafu | machafu | kichafu | vichafu | chafu
sweet | mtamu | watamu | mtamu | mitamu | tamu | matamu | kitamu | vitamu | tamu
empty | mtupu | watupu | mtupu | mitupu | tupu | matupu | kitupu | vitupu | tupu

# joined to its noun by -a; 1 and 2 = where an adjective is said of animals instead
@ joined | form | 1 | 2
old | zamani | mzee | wazee
beautiful | kupendeza | - | -
hot | moto | - | -
cold | baridi | - | -
cheap | bei nafuu | - | -

@ unchanging | form
clean | safi
expensive | ghali

# said of one person or animal
@ state | is | is_not | was | was_not
happy | ana furaha | hana furaha | alikuwa na furaha | hakuwa na furaha
tired | amechoka | hajachoka | alikuwa amechoka | hakuwa amechoka
sick | ni mgonjwa | si mgonjwa | alikuwa mgonjwa | hakuwa mgonjwa
hungry | ana njaa | hana njaa | alikuwa na njaa | hakuwa na njaa
strong | ana nguvu | hana nguvu | alikuwa na nguvu | hakuwa na nguvu
rich | ni tajiri | si tajiri | alikuwa tajiri | hakuwa tajiri
poor | ni maskini | si maskini | alikuwa maskini | hakuwa maskini

@ time | form
morning | asubuhi
evening | jioni
night | usiku
today | leo
yesterday | jana
every_day | kila siku
monday | Jumatatu
winter | katika majira ya baridi
summer | katika majira ya joto
