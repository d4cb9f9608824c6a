# Spanish (Spain). gender = the form in which the singular agrees: m, f, or mp, fp for a mass noun
# that is plural by nature; one = singular, many = plural (- for a mass noun)
@ person | gender | one | many
mother | f | madre | madres
father | m | padre | padres
boy | m | niño | niños
girl | f | niña | niñas
woman | f | mujer | mujeres
man | m | hombre | hombres
grandmother | f | abuela | abuelas
teacher | f | maestra | maestras
student | m | estudiante | estudiantes
doctor | m | médico | médicos
farmer | m | agricultor | agricultores
fisherman | m | pescador | pescadores
merchant | m | comerciante | comerciantes
soldier | m | soldado | soldados
king | m | rey | reyes
friend | f | amiga | amigas
neighbour | m | vecino | vecinos
singer | f | cantante | cantantes

@ animal | gender | one | many
dog | m | perro | perros
cat | m | gato | gatos
horse | m | caballo | caballos
cow | f | vaca | vacas
goat | f | cabra | cabras
bird | m | pájaro | pájaros
hen | f | gallina | gallinas
lion | m | león | leones
elephant | m | elefante | elefantes
snake | f | serpiente | serpientes
monkey | m | mono | monos

# an animal that has another name once it is caught: food, foods
@ catch | gender | one | many | food | foods
fish | m | pez | peces | pescado | pescados

# what tastes good: "está bueno"
@ food | gender | one | many
bread | m | pan | -
rice | m | arroz | -
meat | f | carne | -
honey | f | miel | -
milk | f | leche | -
tea | m | té | -
apple | f | manzana | manzanas
egg | m | huevo | huevos
mango | m | mango | mangos
onion | f | cebolla | cebollas
banana | m | plátano | plátanos

@ noun | gender | one | many
salt | f | sal | -
water | f | agua | -
book | m | libro | libros
letter | f | carta | cartas
knife | m | cuchillo | cuchillos
pot | f | olla | ollas
plate | m | plato | platos
basket | f | cesta | cestas
bag | f | bolsa | bolsas
chair | f | silla | sillas
table | f | mesa | mesas
bed | f | cama | camas
door | f | puerta | puertas
window | f | ventana | ventanas
lamp | f | lámpara | lámparas
key | f | llave | llaves
rope | f | cuerda | cuerdas
boat | m | barco | barcos
bicycle | f | bicicleta | bicicletas
car | m | coche | coches
hat | m | sombrero | sombreros
shirt | f | camisa | camisas
flower | f | flor | flores
tree | m | árbol | árboles
stone | f | piedra | piedras
drum | m | tambor | tambores
money | m | dinero | -
gold | m | oro | -
wood | f | madera | -
medicine | fp | medicinas | -
joy | f | alegría | -
fear | m | miedo | -
sadness | f | tristeza | -
hope | f | esperanza | -

# texts: what is said of them by another word stands in the columns "... text"
@ text | gender | one | many
song | f | canción | canciones
picture | f | imagen | imágenes
story | m | cuento | cuentos

@ place | gender | one | many | at | to
house | f | casa | casas | en la casa | a la casa
school | f | escuela | escuelas | en la escuela | a la escuela
market | m | mercado | mercados | en el mercado | al mercado
hospital | m | hospital | hospitales | en el hospital | al hospital
village | m | pueblo | pueblos | en el pueblo | al pueblo
city | f | ciudad | ciudades | en la ciudad | a la ciudad
forest | m | bosque | bosques | en el bosque | al bosque
mountain | f | montaña | montañas | en la montaña | a la montaña
field | m | campo | campos | en el campo | al campo
garden | m | jardín | jardines | en el jardín | al jardín
kitchen | f | cocina | cocinas | en la cocina | a la cocina
road | f | carretera | carreteras | en la carretera | a la carretera
shop | f | tienda | tiendas | en la tienda | a la tienda
station | f | estación | estaciones | en la estación | a la estación
bridge | m | puente | puentes | en el puente | al puente
island | f | isla | islas | en la isla | a la isla
palace | m | palacio | palacios | en el palacio | al palacio
library | f | biblioteca | bibliotecas | en la biblioteca | a la biblioteca

# in = in the water (fish, stones); on = on it (boats, storms)
@ water | gender | one | many | at | in | on | to
river | m | río | ríos | junto al río | en el río | en el río | al río
sea | m | mar | mares | junto al mar | en el mar | en el mar | al mar

# was = "there was a ...", today = the same of today
@ event | was | today
storm | hubo una tormenta | ha habido una tormenta
rain | llovió | ha llovido
earthquake | hubo un terremoto | ha habido un terremoto
fire | hubo un incendio | ha habido un incendio
war | hubo una guerra | ha habido una guerra
wedding | hubo una boda | ha habido una boda
feast | hubo una fiesta | ha habido una fiesta

# third person, preterite and present, singular and plural; participle for the past of today;
# clitic = pronoun that goes with the verb;
# animals = when an animal as object takes "a": always, when known, never (-)
@ verb | clitic | past | past_many | present | present_many | participle | animals
see | - | vio | vieron | ve | ven | visto | known
find | - | encontró | encontraron | encuentra | encuentran | encontrado | -
lose | - | perdió | perdieron | pierde | pierden | perdido | -
buy | - | compró | compraron | compra | compran | comprado | -
sell | - | vendió | vendieron | vende | venden | vendido | -
carry | - | llevó | llevaron | lleva | llevan | llevado | -
bring | - | trajo | trajeron | trae | traen | traído | -
eat | - | comió | comieron | come | comen | comido | -
drink | - | bebió | bebieron | bebe | beben | bebido | -
cook | - | cocinó | cocinaron | cocina | cocinan | cocinado | -
wash | - | lavó | lavaron | lava | lavan | lavado | -
open | - | abrió | abrieron | abre | abren | abierto | -
close | - | cerró | cerraron | cierra | cierran | cerrado | -
read | - | leyó | leyeron | lee | leen | leído | -
write | - | escribió | escribieron | escribe | escriben | escrito | -
build | - | construyó | construyeron | construye | construyen | construido | -
break | - | rompió | rompieron | rompe | rompen | roto | -
look_for | - | buscó | buscaron | busca | buscan | buscado | known
plant | - | plantó | plantaron | planta | plantan | plantado | -
hear | - | oyó | oyeron | oye | oyen | oído | known
draw | - | dibujó | dibujaron | dibuja | dibujan | dibujado | known
feel | - | sintió | sintieron | siente | sienten | sentido | -
help | - | ayudó | ayudaron | ayuda | ayudan | ayudado | always
follow | - | siguió | siguieron | sigue | siguen | seguido | always
give | le | dio | dieron | da | dan | dado | -
sleep | - | durmió | durmieron | duerme | duermen | dormido | -
sing | - | cantó | cantaron | canta | cantan | cantado | -
work | - | trabajó | trabajaron | trabaja | trabajan | trabajado | -
play | - | jugó | jugaron | juega | juegan | jugado | -
laugh | se | rio | rieron | ríe | ríen | reído | -
dance | - | bailó | bailaron | baila | bailan | bailado | -

# until = a preposition of its own before the goal
@ motion | clitic | past | past_many | present | present_many | participle | until
go | - | fue | fueron | va | van | ido | -
come | - | vino | vinieron | viene | vienen | venido | -
run | - | corrió | corrieron | corre | corren | corrido | hasta
return | - | volvió | volvieron | vuelve | vuelven | vuelto | -

# adjectives before the noun; verb = ser or estar; short = masculine singular before a noun
@ before | verb | m | f | mp | fp | short
good | ser | bueno | buena | buenos | buenas | buen

# adjectives after the noun
@ after | verb | m | f | mp | fp
big | ser | grande | grande | grandes | grandes
small | ser | pequeño | pequeña | pequeños | pequeñas
new | ser | nuevo | nueva | nuevos | nuevas
beautiful | ser | bonito | bonita | bonitos | bonitas
red | ser | rojo | roja | rojos | rojas
white | ser | blanco | blanca | blancos | blancas
black | ser | negro | negra | negros | negras
heavy | ser | pesado | pesada | pesados | pesadas
happy | estar | contento | contenta | contentos | contentas
tired | estar | cansado | cansada | cansados | cansadas
sick | estar | enfermo | enferma | enfermos | enfermas
strong | ser | fuerte | fuerte | fuertes | fuertes
rich | ser | rico | rica | ricos | ricas
poor | ser | pobre | pobre | pobres | pobres
clean | estar | limpio | limpia | limpios | limpias
dirty | estar | sucio | sucia | sucios | sucias
hot | estar | caliente | caliente | calientes | calientes
cold | estar | frío | fría | fríos | frías
expensive | ser | caro | cara | caros | caras
cheap | ser | barato | barata | baratos | baratas
sweet | ser | dulce | dulce | dulces | dulces
empty | estar | vacío | vacía | vacíos | vacías

# adjectives after the noun, with another word for texts
@ after | verb | m | f | mp | fp | m text | f text | mp text | fp text
old | ser | viejo | vieja | viejos | viejas | antiguo | antigua | antiguos | antiguas

# predicates that do not agree
@ fixed | verb | form
hungry | tener | hambre

@ time | form
morning | por la mañana
evening | por la tarde
night | por la noche
today | hoy
yesterday | ayer
every_day | todos los días
monday | el lunes
winter | en invierno
summer | en verano
