# Portuguese (Brazil). gender = the form in which the singular agrees: m, f, or mp, fp for a mass
# noun that is plural by nature; one = singular, many = plural (- for a mass noun)
@ noun | gender | one | many
mother | f | mãe | mães
father | m | pai | pais
boy | m | menino | meninos
girl | f | menina | meninas
woman | f | mulher | mulheres
man | m | homem | homens
grandmother | f | avó | avós
teacher | f | professora | professoras
student | m | estudante | estudantes
doctor | m | médico | médicos
farmer | m | agricultor | agricultores
fisherman | m | pescador | pescadores
merchant | m | comerciante | comerciantes
soldier | m | soldado | soldados
king | m | rei | reis
friend | f | amiga | amigas
neighbour | m | vizinho | vizinhos
singer | f | cantora | cantoras
dog | m | cachorro | cachorros
cat | m | gato | gatos
horse | m | cavalo | cavalos
cow | f | vaca | vacas
goat | f | cabra | cabras
bird | m | pássaro | pássaros
fish | m | peixe | peixes
hen | f | galinha | galinhas
lion | m | leão | leões
elephant | m | elefante | elefantes
snake | f | cobra | cobras
monkey | m | macaco | macacos
salt | m | sal | -
water | f | água | -
book | m | livro | livros
letter | f | carta | cartas
knife | f | faca | facas
pot | f | panela | panelas
plate | m | prato | pratos
basket | f | cesta | cestas
bag | f | sacola | sacolas
chair | f | cadeira | cadeiras
table | f | mesa | mesas
bed | f | cama | camas
door | f | porta | portas
window | f | janela | janelas
lamp | f | luminária | luminárias
key | f | chave | chaves
rope | f | corda | cordas
boat | m | barco | barcos
bicycle | f | bicicleta | bicicletas
car | m | carro | carros
hat | m | chapéu | chapéus
shirt | f | camisa | camisas
flower | f | flor | flores
tree | f | árvore | árvores
stone | f | pedra | pedras
drum | m | tambor | tambores
money | m | dinheiro | -
gold | m | ouro | -
wood | f | madeira | -
medicine | m | remédio | -
joy | f | alegria | -
fear | m | medo | -
sadness | f | tristeza | -
hope | f | esperança | -

# what tastes good: "está bom"
@ food | gender | one | many
bread | m | pão | -
rice | m | arroz | -
meat | f | carne | -
honey | m | mel | -
milk | m | leite | -
tea | m | chá | -
apple | f | maçã | maçãs
egg | m | ovo | ovos
mango | f | manga | mangas
onion | f | cebola | cebolas
banana | f | banana | bananas

# texts: what is said of them by another word stands in the columns "... text"
@ text | gender | one | many
song | f | canção | canções
picture | f | imagem | imagens
story | f | história | histórias

@ place | gender | one | many | at | to
house | f | casa | casas | na casa | para a casa
school | f | escola | escolas | na escola | à escola
market | m | mercado | mercados | no mercado | ao mercado
hospital | m | hospital | hospitais | no hospital | ao hospital
village | f | vila | vilas | na vila | à vila
city | f | cidade | cidades | na cidade | à cidade
forest | f | floresta | florestas | na floresta | à floresta
mountain | f | montanha | montanhas | na montanha | à montanha
field | m | campo | campos | no campo | ao campo
garden | m | jardim | jardins | no jardim | ao jardim
kitchen | f | cozinha | cozinhas | na cozinha | à cozinha
road | f | estrada | estradas | na estrada | à estrada
shop | f | loja | lojas | na loja | à loja
station | f | estação | estações | na estação | à estação
bridge | f | ponte | pontes | na ponte | à ponte
island | f | ilha | ilhas | na ilha | à ilha
palace | m | palácio | palácios | no palácio | ao palácio
library | f | biblioteca | bibliotecas | na biblioteca | à biblioteca

# in = in the water (fish, stones); on = on it (boats, storms)
@ water | gender | one | many | at | in | on | to
river | m | rio | rios | à beira do rio | no rio | no rio | ao rio
sea | m | mar | mares | à beira do mar | no mar | no mar | ao mar

# was = "there was a ..."
@ event | was
storm | houve uma tempestade
rain | choveu
earthquake | houve um terremoto
fire | houve um incêndio
war | houve uma guerra
wedding | houve um casamento
feast | houve uma festa

# third person, preterite and present, singular and plural
@ verb | past | past_many | present | present_many
see | viu | viram | vê | veem
find | encontrou | encontraram | encontra | encontram
lose | perdeu | perderam | perde | perdem
buy | comprou | compraram | compra | compram
sell | vendeu | venderam | vende | vendem
carry | carregou | carregaram | carrega | carregam
bring | trouxe | trouxeram | traz | trazem
eat | comeu | comeram | come | comem
drink | bebeu | beberam | bebe | bebem
cook | cozinhou | cozinharam | cozinha | cozinham
wash | lavou | lavaram | lava | lavam
open | abriu | abriram | abre | abrem
close | fechou | fecharam | fecha | fecham
read | leu | leram | lê | leem
write | escreveu | escreveram | escreve | escrevem
build | construiu | construíram | constrói | constroem
break | quebrou | quebraram | quebra | quebram
look_for | procurou | procuraram | procura | procuram
plant | plantou | plantaram | planta | plantam
hear | ouviu | ouviram | ouve | ouvem
draw | desenhou | desenharam | desenha | desenham
feel | sentiu | sentiram | sente | sentem
help | ajudou | ajudaram | ajuda | ajudam
follow | seguiu | seguiram | segue | seguem
give | deu | deram | dá | dão
sleep | dormiu | dormiram | dorme | dormem
sing | cantou | cantaram | canta | cantam
work | trabalhou | trabalharam | trabalha | trabalham
play | brincou | brincaram | brinca | brincam
laugh | riu | riram | ri | riem
dance | dançou | dançaram | dança | dançam

# until = a preposition of its own before the goal
@ motion | past | past_many | present | present_many | until
go | foi | foram | vai | vão | -
come | veio | vieram | vem | vêm | -
run | correu | correram | corre | correm | até
return | voltou | voltaram | volta | voltam | -

# adjectives before the noun; verb = ser or estar; short = masculine singular before a noun
@ before | verb | m | f | mp | fp | short
good | ser | bom | boa | bons | boas | -

# adjectives after the noun
@ after | verb | m | f | mp | fp
big | ser | grande | grande | grandes | grandes
small | ser | pequeno | pequena | pequenos | pequenas
new | ser | novo | nova | novos | novas
beautiful | ser | bonito | bonita | bonitos | bonitas
red | ser | vermelho | vermelha | vermelhos | vermelhas
white | ser | branco | branca | brancos | brancas
black | ser | preto | preta | pretos | pretas
heavy | ser | pesado | pesada | pesados | pesadas
happy | estar | feliz | feliz | felizes | felizes
tired | estar | cansado | cansada | cansados | cansadas
sick | estar | doente | doente | doentes | doentes
strong | ser | forte | forte | fortes | fortes
rich | ser | rico | rica | ricos | ricas
poor | ser | pobre | pobre | pobres | pobres
clean | estar | limpo | limpa | limpos | limpas
dirty | estar | sujo | suja | sujos | sujas
hot | estar | quente | quente | quentes | quentes
cold | estar | frio | fria | frios | frias
expensive | ser | caro | cara | caros | caras
cheap | ser | barato | barata | baratos | baratas
sweet | ser | doce | doce | doces | doces
empty | estar | vazio | vazia | vazios | vazias

# adjectives after the noun, with another word for texts
@ after | verb | m | f | mp | fp | m text | f text | mp text | fp text
old | ser | velho | velha | velhos | velhas | antigo | antiga | antigos | antigas

# predicates that do not agree
@ fixed | verb | form
hungry | estar | com fome

@ time | form
morning | de manhã
evening | no fim da tarde
night | à noite
today | hoje
yesterday | ontem
every_day | todos os dias
monday | na segunda-feira
winter | no inverno
summer | no verão
