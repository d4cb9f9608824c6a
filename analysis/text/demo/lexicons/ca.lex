# Catalan (central standard, orthography of 2016). gender = the form in which the singular agrees:
# m, f, or mp, fp for a mass noun that is plural by nature; one = singular, many = plural (- for a
# mass noun)
@ noun | gender | one | many
mother | f | mare | mares
father | m | pare | pares
boy | m | nen | nens
girl | f | nena | nenes
woman | f | dona | dones
man | m | home | homes
grandmother | f | àvia | àvies
teacher | f | mestra | mestres
student | m | estudiant | estudiants
doctor | m | metge | metges
farmer | m | pagès | pagesos
fisherman | m | pescador | pescadors
merchant | m | comerciant | comerciants
soldier | m | soldat | soldats
king | m | rei | reis
friend | f | amiga | amigues
neighbour | m | veí | veïns
singer | f | cantant | cantants
dog | m | gos | gossos
cat | m | gat | gats
horse | m | cavall | cavalls
cow | f | vaca | vaques
goat | f | cabra | cabres
bird | m | ocell | ocells
fish | m | peix | peixos
hen | f | gallina | gallines
lion | m | lleó | lleons
elephant | m | elefant | elefants
snake | f | serp | serps
monkey | m | mico | micos
bread | m | pa | -
rice | m | arròs | -
meat | f | carn | -
salt | f | sal | -
honey | f | mel | -
water | f | aigua | -
milk | f | llet | -
tea | m | te | -
apple | f | poma | pomes
egg | m | ou | ous
mango | m | mango | mangos
onion | f | ceba | cebes
banana | m | plàtan | plàtans
book | m | llibre | llibres
letter | f | carta | cartes
knife | m | ganivet | ganivets
pot | f | olla | olles
plate | m | plat | plats
basket | f | cistella | cistelles
bag | f | bossa | bosses
chair | f | cadira | cadires
table | f | taula | taules
bed | m | llit | llits
door | f | porta | portes
window | f | finestra | finestres
lamp | f | làmpada | làmpades
key | f | clau | claus
rope | f | corda | cordes
boat | f | barca | barques
bicycle | f | bicicleta | bicicletes
car | m | cotxe | cotxes
hat | m | barret | barrets
shirt | f | camisa | camises
flower | f | flor | flors
tree | m | arbre | arbres
stone | f | pedra | pedres
drum | m | tambor | tambors
money | mp | diners | -
gold | m | or | -
wood | f | fusta | -
medicine | mp | medicaments | -
joy | f | alegria | -
fear | f | por | -
sadness | f | tristesa | -
hope | f | esperança | -

# texts: what is said of them by another word stands in the columns "... text"
@ text | gender | one | many
song | f | cançó | cançons
picture | f | imatge | imatges
story | m | conte | contes

@ place | gender | one | many | at | to
house | f | casa | cases | a la casa | a la casa
school | f | escola | escoles | a l'escola | a l'escola
market | m | mercat | mercats | al mercat | al mercat
hospital | m | hospital | hospitals | a l'hospital | a l'hospital
village | m | poble | pobles | al poble | al poble
city | f | ciutat | ciutats | a la ciutat | a la ciutat
forest | m | bosc | boscos | al bosc | al bosc
mountain | f | muntanya | muntanyes | a la muntanya | a la muntanya
field | m | camp | camps | al camp | al camp
garden | m | jardí | jardins | al jardí | al jardí
kitchen | f | cuina | cuines | a la cuina | a la cuina
road | f | carretera | carreteres | a la carretera | a la carretera
shop | f | botiga | botigues | a la botiga | a la botiga
station | f | estació | estacions | a l'estació | a l'estació
bridge | m | pont | ponts | al pont | al pont
island | f | illa | illes | a l'illa | a l'illa
palace | m | palau | palaus | al palau | al palau
library | f | biblioteca | biblioteques | a la biblioteca | a la biblioteca

# in = in the water (fish, stones); on = on it (boats, storms)
@ water | gender | one | many | at | in | on | to
river | m | riu | rius | vora el riu | al riu | al riu | al riu
sea | m | mar | mars | vora el mar | al mar | al mar | al mar

# was = "there was a ...", today = the same of today
@ event | was | today
storm | hi va haver una tempesta | hi ha hagut una tempesta
rain | va ploure | ha plogut
earthquake | hi va haver un terratrèmol | hi ha hagut un terratrèmol
fire | hi va haver un incendi | hi ha hagut un incendi
war | hi va haver una guerra | hi ha hagut una guerra
wedding | hi va haver un casament | hi ha hagut un casament
feast | hi va haver una festa | hi ha hagut una festa

# infinitive for the periphrastic past; third person of the present, singular and plural;
# participle for the past of today
@ verb | infinitive | present | present_many | participle
see | veure | veu | veuen | vist
find | trobar | troba | troben | trobat
lose | perdre | perd | perden | perdut
buy | comprar | compra | compren | comprat
sell | vendre | ven | venen | venut
carry | carregar | carrega | carreguen | carregat
bring | portar | porta | porten | portat
eat | menjar | menja | mengen | menjat
drink | beure | beu | beuen | begut
cook | cuinar | cuina | cuinen | cuinat
wash | rentar | renta | renten | rentat
open | obrir | obre | obren | obert
close | tancar | tanca | tanquen | tancat
read | llegir | llegeix | llegeixen | llegit
write | escriure | escriu | escriuen | escrit
build | construir | construeix | construeixen | construït
break | trencar | trenca | trenquen | trencat
look_for | buscar | busca | busquen | buscat
plant | plantar | planta | planten | plantat
hear | sentir | sent | senten | sentit
draw | dibuixar | dibuixa | dibuixen | dibuixat
feel | sentir | sent | senten | sentit
help | ajudar | ajuda | ajuden | ajudat
follow | seguir | segueix | segueixen | seguit
give | donar | dona | donen | donat
sleep | dormir | dorm | dormen | dormit
sing | cantar | canta | canten | cantat
work | treballar | treballa | treballen | treballat
play | jugar | juga | juguen | jugat
laugh | riure | riu | riuen | rigut
dance | ballar | balla | ballen | ballat

# until = a preposition of its own before the goal
@ motion | infinitive | present | present_many | participle | until
go | anar | va | van | anat | -
come | venir | ve | venen | vingut | -
run | córrer | corre | corren | corregut | fins a
return | tornar | torna | tornen | tornat | -

# adjectives before the noun; verb = ser or estar; short = masculine singular before a noun
@ before | verb | m | f | mp | fp | short
good | ser | bo | bona | bons | bones | bon

# adjectives after the noun
@ after | verb | m | f | mp | fp
big | ser | gran | gran | grans | grans
small | ser | petit | petita | petits | petites
new | ser | nou | nova | nous | noves
beautiful | ser | bonic | bonica | bonics | boniques
red | ser | vermell | vermella | vermells | vermelles
white | ser | blanc | blanca | blancs | blanques
black | ser | negre | negra | negres | negres
heavy | ser | pesat | pesada | pesats | pesades
happy | estar | content | contenta | contents | contentes
tired | estar | cansat | cansada | cansats | cansades
sick | estar | malalt | malalta | malalts | malaltes
strong | ser | fort | forta | forts | fortes
rich | ser | ric | rica | rics | riques
poor | ser | pobre | pobra | pobres | pobres
clean | estar | net | neta | nets | netes
dirty | estar | brut | bruta | bruts | brutes
hot | ser | calent | calenta | calents | calentes
cold | ser | fred | freda | freds | fredes
expensive | ser | car | cara | cars | cares
cheap | ser | barat | barata | barats | barates
sweet | ser | dolç | dolça | dolços | dolces
empty | ser | buit | buida | buits | buides

# adjectives after the noun, with another word for texts
@ after | verb | m | f | mp | fp | m text | f text | mp text | fp text
old | ser | vell | vella | vells | velles | antic | antiga | antics | antigues

# predicates that do not agree
@ fixed | verb | form
hungry | tenir | gana

@ time | form
morning | al matí
evening | al vespre
night | a la nit
today | avui
yesterday | ahir
every_day | cada dia
monday | dilluns
winter | a l'hivern
summer | a l'estiu
