# Indonesian. definite = what marks a known one (- for kin terms, which stand bare); classifier = with
# se- for one, after the number for more (- for a mass noun)
@ noun | one | definite | classifier
mother | ibu | - | orang
father | ayah | - | orang
boy | anak laki-laki | itu | orang
girl | anak perempuan | itu | orang
woman | wanita | itu | orang
man | pria | itu | orang
grandmother | nenek | - | orang
teacher | guru | itu | orang
student | pelajar | itu | orang
doctor | dokter | itu | orang
farmer | petani | itu | orang
fisherman | nelayan | itu | orang
merchant | pedagang | itu | orang
soldier | prajurit | itu | orang
king | raja | itu | orang
friend | teman | itu | orang
neighbour | tetangga | itu | orang
singer | penyanyi | itu | orang
dog | anjing | itu | ekor
cat | kucing | itu | ekor
horse | kuda | itu | ekor
cow | sapi | itu | ekor
goat | kambing | itu | ekor
bird | burung | itu | ekor
fish | ikan | itu | ekor
hen | ayam betina | itu | ekor
lion | singa | itu | ekor
elephant | gajah | itu | ekor
snake | ular | itu | ekor
monkey | monyet | itu | ekor
bread | roti | itu | -
meat | daging | itu | -
salt | garam | itu | -
honey | madu | itu | -
water | air | itu | -
milk | susu | itu | -
tea | teh | itu | -
apple | apel | itu | buah
egg | telur | itu | butir
mango | mangga | itu | buah
onion | bawang | itu | butir
banana | pisang | itu | buah
book | buku | itu | buah
letter | surat | itu | pucuk
knife | pisau | itu | bilah
pot | panci | itu | buah
plate | piring | itu | buah
basket | keranjang | itu | buah
bag | tas | itu | buah
chair | kursi | itu | buah
table | meja | itu | buah
bed | tempat tidur | itu | buah
door | pintu | itu | buah
window | jendela | itu | buah
lamp | lampu | itu | buah
key | kunci | itu | buah
rope | tali | itu | utas
boat | perahu | itu | buah
bicycle | sepeda | itu | buah
car | mobil | itu | buah
hat | topi | itu | buah
shirt | kemeja | itu | helai
flower | bunga | itu | tangkai
tree | pohon | itu | batang
stone | batu | itu | buah
drum | gendang | itu | buah
money | uang | itu | -
gold | emas | itu | -
wood | kayu | itu | -
medicine | obat | itu | -
song | lagu | itu | buah
picture | gambar | itu | buah
story | cerita | itu | buah
joy | kegembiraan | itu | -
fear | ketakutan | itu | -
sadness | kesedihan | itu | -
hope | harapan | itu | -

# cooked = the meal, growing = the plant in the field
@ grain | one | definite | classifier | cooked | growing
rice | beras | itu | - | nasi | padi

# at and to = "at the ..." and "to the ..."; within = in the water, for boats and fish
@ place | one | definite | classifier | at | to | within
house | rumah | itu | buah | di rumah | ke rumah | -
school | sekolah | itu | buah | di sekolah | ke sekolah | -
market | pasar | itu | buah | di pasar | ke pasar | -
hospital | rumah sakit | itu | buah | di rumah sakit | ke rumah sakit | -
village | desa | itu | buah | di desa | ke desa | -
city | kota | itu | buah | di kota | ke kota | -
river | sungai | itu | buah | di tepi sungai | ke sungai | di sungai
sea | laut | itu | buah | di tepi laut | ke laut | di laut
forest | hutan | itu | buah | di hutan | ke hutan | -
mountain | gunung | itu | buah | di gunung | ke gunung | -
field | ladang | itu | buah | di ladang | ke ladang | -
garden | kebun | itu | buah | di kebun | ke kebun | -
kitchen | dapur | itu | buah | di dapur | ke dapur | -
road | jalan | itu | buah | di jalan | ke jalan | -
shop | toko | itu | buah | di toko | ke toko | -
station | stasiun | itu | buah | di stasiun | ke stasiun | -
bridge | jembatan | itu | buah | di jembatan | ke jembatan | -
island | pulau | itu | buah | di pulau | ke pulau | -
palace | istana | itu | buah | di istana | ke istana | -
library | perpustakaan | itu | buah | di perpustakaan | ke perpustakaan | -

# each event with the verb that says it took place
@ event | verb | one
storm | terjadi | badai
rain | turun | hujan
earthquake | terjadi | gempa bumi
fire | terjadi | kebakaran
war | terjadi | perang
wedding | ada | pernikahan
feast | ada | pesta

# other = for the objects that grammars/id.py lists: break a chair, build a boat, draw a picture
@ verb | form | other
see | melihat | -
find | menemukan | -
lose | kehilangan | -
buy | membeli | -
sell | menjual | -
carry | mengangkut | -
bring | membawa | -
eat | makan | -
drink | minum | -
cook | memasak | -
wash | mencuci | -
open | membuka | -
close | menutup | -
read | membaca | -
write | menulis | -
build | membangun | membuat
break | memecahkan | merusak
look_for | mencari | -
plant | menanam | -
hear | mendengar | -
draw | menggambar | membuat
feel | merasakan | -
help | membantu | -
follow | mengikuti | -
give | memberikan | -
sleep | tidur | -
sing | bernyanyi | -
work | bekerja | -
play | bermain | -
laugh | tertawa | -
dance | menari | -
go | pergi | -
come | datang | -
run | berlari | -
return | kembali | -

# link = what ties the adjective to its noun as an attribute
@ quality | form | link
big | besar | -
small | kecil | -
new | baru | -
red | merah | -
white | putih | -
black | hitam | -
heavy | berat | yang
happy | senang | -
tired | lelah | -
sick | sakit | -
hungry | lapar | -
strong | kuat | -
rich | kaya | -
poor | miskin | -
clean | bersih | -
dirty | kotor | -
hot | panas | -
cold | dingin | -
expensive | mahal | -
cheap | murah | -
sweet | manis | -
empty | kosong | -

# another word for animals than for things
@ varied | form | living | link
beautiful | indah | cantik | yang

# another word for food and drink
@ tasted | form | food | link
good | bagus | enak | yang

# another word for songs, stories, pictures and letters, and for what wears out
@ aged | form | text | worn | link
old | tua | lama | usang | -

@ time | form
morning | pada pagi hari
evening | pada sore hari
night | pada malam hari
today | hari ini
yesterday | kemarin
every_day | setiap hari
monday | pada hari Senin
winter | pada musim dingin
summer | pada musim panas
