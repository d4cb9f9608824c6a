# Bengali. definite = suffix of a known thing (- when the bare noun serves); classifier = what follows
# the number (- for a mass noun); respect = yes when the verb is respectful
@ noun | one | definite | classifier | respect
mother | মা | - | জন | yes
father | বাবা | - | জন | yes
boy | ছেলে | টি | টি | -
girl | মেয়ে | টি | টি | -
woman | মহিলা | - | জন | yes
man | লোক | টি | জন | -
grandmother | দাদি | - | জন | yes
teacher | শিক্ষক | - | জন | yes
student | ছাত্র | টি | জন | -
doctor | ডাক্তার | - | জন | yes
farmer | কৃষক | - | জন | -
fisherman | জেলে | - | জন | -
merchant | ব্যবসায়ী | - | জন | -
soldier | সৈনিক | - | জন | -
king | রাজা | - | জন | yes
friend | বন্ধু | টি | জন | -
neighbour | প্রতিবেশী | - | জন | -
singer | গায়ক | - | জন | yes
dog | কুকুর | টি | টি | -
cat | বিড়াল | টি | টি | -
horse | ঘোড়া | টি | টি | -
cow | গরু | টি | টি | -
goat | ছাগল | টি | টি | -
bird | পাখি | টি | টি | -
fish | মাছ | টি | টি | -
hen | মুরগি | টি | টি | -
lion | সিংহ | টি | টি | -
elephant | হাতি | টি | টি | -
snake | সাপ | টি | টি | -
monkey | বানর | টি | টি | -
bread | রুটি | - | - | -
meat | মাংস | - | - | -
salt | লবণ | - | - | -
honey | মধু | - | - | -
water | পানি | - | - | -
milk | দুধ | - | - | -
tea | চা | - | - | -
apple | আপেল | টি | টি | -
egg | ডিম | টি | টি | -
mango | আম | টি | টি | -
onion | পেঁয়াজ | টি | টি | -
banana | কলা | টি | টি | -
book | বই | টি | টি | -
letter | চিঠি | টি | টি | -
knife | ছুরি | টি | টি | -
pot | হাঁড়ি | টি | টি | -
plate | প্লেট | টি | টি | -
basket | ঝুড়ি | টি | টি | -
bag | ব্যাগ | টি | টি | -
chair | চেয়ার | টি | টি | -
table | টেবিল | টি | টি | -
bed | খাট | টি | টি | -
door | দরজা | টি | টি | -
window | জানালা | টি | টি | -
lamp | বাতি | টি | টি | -
key | চাবি | টি | টি | -
rope | দড়ি | টি | টি | -
boat | নৌকা | টি | টি | -
bicycle | সাইকেল | টি | টি | -
car | গাড়ি | টি | টি | -
hat | টুপি | টি | টি | -
shirt | শার্ট | টি | টি | -
flower | ফুল | টি | টি | -
tree | গাছ | টি | টি | -
stone | পাথর | টি | টি | -
drum | ঢোল | টি | টি | -
money | টাকা | - | - | -
gold | সোনা | - | - | -
wood | কাঠ | - | - | -
medicine | ওষুধ | - | - | -
song | গান | টি | টি | -
picture | ছবি | টি | টি | -
story | গল্প | টি | টি | -
joy | আনন্দ | - | - | -
fear | ভয় | - | - | -
sadness | দুঃখ | - | - | -
hope | আশা | - | - | -

# cooked = the meal, growing = the plant in the field
@ grain | one | definite | classifier | respect | cooked | growing
rice | চাল | - | - | - | ভাত | ধান

# at and to = "at the ..." and "to the ..."; within = in the water, for boats and fish
@ place | one | definite | classifier | respect | at | to | within
house | বাড়ি | টি | টি | - | বাড়িতে | বাড়িতে | -
school | স্কুল | টি | টি | - | স্কুলে | স্কুলে | -
market | বাজার | টি | টি | - | বাজারে | বাজারে | -
hospital | হাসপাতাল | টি | টি | - | হাসপাতালে | হাসপাতালে | -
village | গ্রাম | টি | টি | - | গ্রামে | গ্রামে | -
city | শহর | টি | টি | - | শহরে | শহরে | -
river | নদী | টি | টি | - | নদীর ধারে | নদীর ধারে | নদীতে
sea | সমুদ্র | - | টি | - | সমুদ্রের ধারে | সমুদ্রের ধারে | সমুদ্রে
forest | বন | টি | টি | - | বনে | বনে | -
mountain | পাহাড় | টি | টি | - | পাহাড়ে | পাহাড়ে | -
field | ক্ষেত | টি | টি | - | ক্ষেতে | ক্ষেতে | -
garden | বাগান | টি | টি | - | বাগানে | বাগানে | -
kitchen | রান্নাঘর | টি | টি | - | রান্নাঘরে | রান্নাঘরে | -
road | রাস্তা | টি | টি | - | রাস্তায় | রাস্তায় | -
shop | দোকান | টি | টি | - | দোকানে | দোকানে | -
station | স্টেশন | টি | টি | - | স্টেশনে | স্টেশনে | -
bridge | সেতু | টি | টি | - | সেতুর উপর | সেতুতে | -
island | দ্বীপ | টি | টি | - | দ্বীপে | দ্বীপে | -
palace | প্রাসাদ | টি | টি | - | প্রাসাদে | প্রাসাদে | -
library | লাইব্রেরি | টি | টি | - | লাইব্রেরিতে | লাইব্রেরিতে | -

# each event with the verb that says it took place
@ event | one | verb
storm | ঝড় | হলো
rain | বৃষ্টি | হলো
earthquake | ভূমিকম্প | হলো
fire | আগুন | লাগল
war | যুদ্ধ | হলো
wedding | বিয়ে | হলো
feast | উৎসব | হলো

# ke = which beings take -ke as objects: known ones or always; host = word before the verb
@ verb | ke | host | past | past_respect | present | present_respect
see | known | - | দেখল | দেখলেন | দেখে | দেখেন
find | - | খুঁজে | পেল | পেলেন | পায় | পান
lose | - | হারিয়ে | ফেলল | ফেললেন | ফেলে | ফেলেন
buy | - | - | কিনল | কিনলেন | কেনে | কেনেন
sell | - | বিক্রি | করল | করলেন | করে | করেন
carry | - | বহন | করল | করলেন | করে | করেন
bring | - | - | আনল | আনলেন | আনে | আনেন
eat | - | - | খেল | খেলেন | খায় | খান
drink | - | পান | করল | করলেন | করে | করেন
cook | - | রান্না | করল | করলেন | করে | করেন
wash | - | - | ধুল | ধুলেন | ধোয় | ধোন
open | - | - | খুলল | খুললেন | খোলে | খোলেন
close | - | বন্ধ | করল | করলেন | করে | করেন
read | - | - | পড়ল | পড়লেন | পড়ে | পড়েন
write | - | - | লিখল | লিখলেন | লেখে | লেখেন
build | - | তৈরি | করল | করলেন | করে | করেন
break | - | - | ভাঙল | ভাঙলেন | ভাঙে | ভাঙেন
look_for | known | - | খুঁজল | খুঁজলেন | খোঁজে | খোঁজেন
plant | - | - | লাগাল | লাগালেন | লাগায় | লাগান
hear | - | - | শুনল | শুনলেন | শোনে | শোনেন
draw | known | - | আঁকল | আঁকলেন | আঁকে | আঁকেন
feel | - | অনুভব | করল | করলেন | করে | করেন
help | always | সাহায্য | করল | করলেন | করে | করেন
follow | always | অনুসরণ | করল | করলেন | করে | করেন
give | - | - | দিল | দিলেন | দেয় | দেন
sleep | - | - | ঘুমাল | ঘুমালেন | ঘুমায় | ঘুমান
sing | - | গান | গাইল | গাইলেন | গায় | গান
work | - | কাজ | করল | করলেন | করে | করেন
play | - | - | খেলল | খেললেন | খেলে | খেলেন
laugh | - | - | হাসল | হাসলেন | হাসে | হাসেন
dance | - | - | নাচল | নাচলেন | নাচে | নাচেন
go | - | - | গেল | গেলেন | যায় | যান
come | - | - | এল | এলেন | আসে | আসেন
run | - | দৌড়ে | গেল | গেলেন | যায় | যান
return | - | - | ফিরল | ফিরলেন | ফেরে | ফেরেন

@ quality | form
big | বড়
small | ছোট
new | নতুন
beautiful | সুন্দর
good | ভালো
red | লাল
white | সাদা
black | কালো
heavy | ভারী
happy | খুশি
tired | ক্লান্ত
sick | অসুস্থ
hungry | ক্ষুধার্ত
strong | শক্তিশালী
rich | ধনী
poor | গরিব
clean | পরিষ্কার
dirty | নোংরা
hot | গরম
cold | ঠান্ডা
expensive | দামি
cheap | সস্তা
sweet | মিষ্টি
empty | খালি

# another word for animals than for things
@ varied | form | living
old | পুরোনো | বুড়ো

@ time | form
morning | সকালে
evening | সন্ধ্যায়
night | রাতে
today | আজ
yesterday | গতকাল
every_day | প্রতিদিন
monday | সোমবার
winter | শীতকালে
summer | গ্রীষ্মকালে
