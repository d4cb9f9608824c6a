# English: one = singular, many = plural (- for a mass noun)
@ noun | one | many
mother | mother | mothers
father | father | fathers
boy | boy | boys
girl | girl | girls
woman | woman | women
man | man | men
grandmother | grandmother | grandmothers
teacher | teacher | teachers
student | student | students
doctor | doctor | doctors
farmer | farmer | farmers
fisherman | fisherman | fishermen
merchant | merchant | merchants
soldier | soldier | soldiers
king | king | kings
friend | friend | friends
neighbour | neighbour | neighbours
singer | singer | singers
dog | dog | dogs
cat | cat | cats
horse | horse | horses
cow | cow | cows
goat | goat | goats
bird | bird | birds
fish | fish | fish
hen | hen | hens
lion | lion | lions
elephant | elephant | elephants
snake | snake | snakes
monkey | monkey | monkeys
bread | bread | -
rice | rice | -
meat | meat | -
salt | salt | -
honey | honey | -
water | water | -
milk | milk | -
tea | tea | -
apple | apple | apples
egg | egg | eggs
mango | mango | mangoes
onion | onion | onions
banana | banana | bananas
book | book | books
letter | letter | letters
knife | knife | knives
pot | pot | pots
plate | plate | plates
basket | basket | baskets
bag | bag | bags
chair | chair | chairs
table | table | tables
bed | bed | beds
door | door | doors
window | window | windows
lamp | lamp | lamps
key | key | keys
rope | rope | ropes
boat | boat | boats
bicycle | bicycle | bicycles
car | car | cars
hat | hat | hats
shirt | shirt | shirts
flower | flower | flowers
tree | tree | trees
stone | stone | stones
drum | drum | drums
money | money | -
gold | gold | -
wood | wood | -
medicine | medicine | -
song | song | songs
picture | picture | pictures
story | story | stories
joy | joy | -
fear | fear | -
sadness | sadness | -
hope | hope | -

@ place | one | many | at | to
house | house | houses | in the house | to the house
school | school | schools | at the school | to the school
market | market | markets | at the market | to the market
hospital | hospital | hospitals | in the hospital | to the hospital
village | village | villages | in the village | to the village
city | city | cities | in the city | to the city
forest | forest | forests | in the forest | to the forest
mountain | mountain | mountains | on the mountain | to the mountain
field | field | fields | in the field | to the field
garden | garden | gardens | in the garden | to the garden
kitchen | kitchen | kitchens | in the kitchen | to the kitchen
road | road | roads | on the road | to the road
shop | shop | shops | in the shop | to the shop
station | station | stations | at the station | to the station
bridge | bridge | bridges | on the bridge | to the bridge
island | island | islands | on the island | to the island
palace | palace | palaces | in the palace | to the palace
library | library | libraries | in the library | to the library

# fish are in the water and boats on it, all else beside it
@ water | one | many | at | to | at fish | at boat
river | river | rivers | at the river | to the river | in the river | on the river
sea | sea | seas | by the sea | to the sea | in the sea | on the sea

# with the article that "there was" wants
@ event | one
storm | a storm
rain | rain
earthquake | an earthquake
fire | a fire
war | a war
wedding | a wedding
feast | a feast

@ verb | base | third | past
see | see | sees | saw
find | find | finds | found
lose | lose | loses | lost
buy | buy | buys | bought
sell | sell | sells | sold
carry | carry | carries | carried
bring | bring | brings | brought
eat | eat | eats | ate
drink | drink | drinks | drank
cook | cook | cooks | cooked
wash | wash | washes | washed
open | open | opens | opened
close | close | closes | closed
read | read | reads | read
write | write | writes | wrote
build | build | builds | built
break | break | breaks | broke
look_for | look | looks | looked
plant | plant | plants | planted
hear | hear | hears | heard
draw | draw | draws | drew
feel | feel | feels | felt
help | help | helps | helped
follow | follow | follows | followed
give | give | gives | gave
sleep | sleep | sleeps | slept
sing | sing | sings | sang
work | work | works | worked
play | play | plays | played
laugh | laugh | laughs | laughed
dance | dance | dances | danced
go | go | goes | went
come | come | comes | came
run | run | runs | ran
return | return | returns | returned

@ quality | form
big | big
small | small
new | new
old | old
beautiful | beautiful
good | good
red | red
white | white
black | black
heavy | heavy
happy | happy
tired | tired
sick | sick
hungry | hungry
strong | strong
rich | rich
poor | poor
clean | clean
dirty | dirty
hot | hot
cold | cold
expensive | expensive
cheap | cheap
sweet | sweet
empty | empty

@ time | form
morning | in the morning
evening | in the evening
night | at night
today | today
yesterday | yesterday
every_day | every day
monday | on Monday
winter | in winter
summer | in summer
