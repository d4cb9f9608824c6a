# French. gender = the form in which the singular agrees: m, f, or mp, fp for a mass noun that is
# plural by nature; one = singular, many = plural (- for a mass noun); every h is mute
@ noun | gender | one | many
mother | f | mère | mères
father | m | père | pères
boy | m | garçon | garçons
girl | f | fille | filles
woman | f | femme | femmes
man | m | homme | hommes
grandmother | f | grand-mère | grands-mères
teacher | f | institutrice | institutrices
student | m | étudiant | étudiants
doctor | m | médecin | médecins
farmer | m | fermier | fermiers
fisherman | m | pêcheur | pêcheurs
merchant | m | marchand | marchands
soldier | m | soldat | soldats
king | m | roi | rois
friend | f | amie | amies
neighbour | m | voisin | voisins
singer | f | chanteuse | chanteuses
dog | m | chien | chiens
cat | m | chat | chats
horse | m | cheval | chevaux
cow | f | vache | vaches
goat | f | chèvre | chèvres
bird | m | oiseau | oiseaux
fish | m | poisson | poissons
hen | f | poule | poules
lion | m | lion | lions
elephant | m | éléphant | éléphants
snake | m | serpent | serpents
monkey | m | singe | singes
bread | m | pain | -
rice | m | riz | -
meat | f | viande | -
salt | m | sel | -
honey | m | miel | -
water | f | eau | -
milk | m | lait | -
tea | m | thé | -
apple | f | pomme | pommes
egg | m | œuf | œufs
mango | f | mangue | mangues
onion | m | oignon | oignons
banana | f | banane | bananes
book | m | livre | livres
letter | f | lettre | lettres
knife | m | couteau | couteaux
pot | f | marmite | marmites
plate | f | assiette | assiettes
basket | m | panier | paniers
bag | m | sac | sacs
chair | f | chaise | chaises
table | f | table | tables
bed | m | lit | lits
door | f | porte | portes
window | f | fenêtre | fenêtres
lamp | f | lampe | lampes
key | f | clé | clés
rope | f | corde | cordes
boat | m | bateau | bateaux
bicycle | m | vélo | vélos
car | f | voiture | voitures
hat | m | chapeau | chapeaux
shirt | f | chemise | chemises
flower | f | fleur | fleurs
tree | m | arbre | arbres
stone | f | pierre | pierres
drum | m | tambour | tambours
money | m | argent | -
gold | m | or | -
wood | m | bois | -
medicine | mp | médicaments | -
song | f | chanson | chansons
picture | f | image | images
story | f | histoire | histoires
joy | f | joie | -
fear | f | peur | -
sadness | f | tristesse | -
hope | m | espoir | -

@ place | gender | one | many | at | to
house | f | maison | maisons | dans la maison | à la maison
school | f | école | écoles | à l'école | à l'école
market | m | marché | marchés | au marché | au marché
hospital | m | hôpital | hôpitaux | à l'hôpital | à l'hôpital
village | m | village | villages | dans le village | au village
city | f | ville | villes | dans la ville | en ville
forest | f | forêt | forêts | dans la forêt | dans la forêt
mountain | f | montagne | montagnes | dans la montagne | à la montagne
field | m | champ | champs | dans le champ | dans le champ
garden | m | jardin | jardins | dans le jardin | dans le jardin
kitchen | f | cuisine | cuisines | dans la cuisine | dans la cuisine
road | f | route | routes | sur la route | sur la route
shop | f | boutique | boutiques | dans la boutique | à la boutique
station | f | gare | gares | à la gare | à la gare
bridge | m | pont | ponts | sur le pont | sur le pont
island | f | île | îles | sur l'île | sur l'île
palace | m | palais | palais | dans le palais | au palais
library | f | bibliothèque | bibliothèques | à la bibliothèque | à la bibliothèque

# in = in the water (fish, stones); on = on it (boats, storms)
@ water | gender | one | many | at | in | on | to
river | f | rivière | rivières | au bord de la rivière | dans la rivière | sur la rivière | à la rivière
sea | f | mer | mers | au bord de la mer | dans la mer | en mer | à la mer

# was = "there was a ..."
@ event | was
storm | il y a eu une tempête
rain | il a plu
earthquake | il y a eu un tremblement de terre
fire | il y a eu un incendie
war | il y a eu une guerre
wedding | il y a eu un mariage
feast | il y a eu une fête

# auxiliary and participle of the passé composé; third person of the present
@ verb | auxiliary | participle | present | present_many
see | avoir | vu | voit | voient
find | avoir | trouvé | trouve | trouvent
lose | avoir | perdu | perd | perdent
buy | avoir | acheté | achète | achètent
sell | avoir | vendu | vend | vendent
carry | avoir | porté | porte | portent
bring | avoir | apporté | apporte | apportent
eat | avoir | mangé | mange | mangent
drink | avoir | bu | boit | boivent
cook | avoir | cuisiné | cuisine | cuisinent
wash | avoir | lavé | lave | lavent
open | avoir | ouvert | ouvre | ouvrent
close | avoir | fermé | ferme | ferment
read | avoir | lu | lit | lisent
write | avoir | écrit | écrit | écrivent
build | avoir | construit | construit | construisent
break | avoir | cassé | casse | cassent
look_for | avoir | cherché | cherche | cherchent
plant | avoir | planté | plante | plantent
hear | avoir | entendu | entend | entendent
draw | avoir | dessiné | dessine | dessinent
feel | avoir | ressenti | ressent | ressentent
help | avoir | aidé | aide | aident
follow | avoir | suivi | suit | suivent
give | avoir | donné | donne | donnent
sleep | avoir | dormi | dort | dorment
sing | avoir | chanté | chante | chantent
work | avoir | travaillé | travaille | travaillent
play | avoir | joué | joue | jouent
laugh | avoir | ri | rit | rient
dance | avoir | dansé | danse | dansent

# until = a preposition of its own before the goal
@ motion | auxiliary | participle | present | present_many | until
go | être | allé | va | vont | -
come | être | venu | vient | viennent | -
run | avoir | couru | court | courent | jusqu'à
return | être | retourné | retourne | retournent | -

# adjectives before the noun; short = masculine singular before a vowel
@ before | verb | m | f | mp | fp | short
big | être | grand | grande | grands | grandes | -
small | être | petit | petite | petits | petites | -
new | être | nouveau | nouvelle | nouveaux | nouvelles | nouvel
old | être | vieux | vieille | vieux | vieilles | vieil
beautiful | être | beau | belle | beaux | belles | bel
good | être | bon | bonne | bons | bonnes | -

# adjectives after the noun
@ after | verb | m | f | mp | fp
red | être | rouge | rouge | rouges | rouges
white | être | blanc | blanche | blancs | blanches
black | être | noir | noire | noirs | noires
heavy | être | lourd | lourde | lourds | lourdes
happy | être | heureux | heureuse | heureux | heureuses
tired | être | fatigué | fatiguée | fatigués | fatiguées
sick | être | malade | malade | malades | malades
strong | être | fort | forte | forts | fortes
rich | être | riche | riche | riches | riches
poor | être | pauvre | pauvre | pauvres | pauvres
clean | être | propre | propre | propres | propres
dirty | être | sale | sale | sales | sales
hot | être | chaud | chaude | chauds | chaudes
cold | être | froid | froide | froids | froides
expensive | être | cher | chère | chers | chères
sweet | être | sucré | sucrée | sucrés | sucrées
empty | être | vide | vide | vides | vides

# predicates that do not agree
@ fixed | verb | form
hungry | avoir | faim
cheap | être | bon marché

@ time | form
morning | le matin
evening | le soir
night | la nuit
today | aujourd'hui
yesterday | hier
every_day | tous les jours
monday | lundi
winter | en hiver
summer | en été
