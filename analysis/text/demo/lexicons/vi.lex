# Vietnamese. one = with its classifier, as after a number ("hai con chó") and when known ("con chó").
@ person | one
mother | người mẹ
father | người cha
boy | cậu bé
girl | cô bé
woman | người phụ nữ
man | người đàn ông
grandmother | người bà
teacher | thầy giáo
student | cậu học sinh
doctor | bác sĩ
farmer | người nông dân
fisherman | người ngư dân
merchant | người lái buôn
soldier | người lính
friend | người bạn
neighbour | người hàng xóm
singer | ca sĩ

# a king is "vị vua" when new, "nhà vua" when known
@ ruler | one | one known
king | vị vua | nhà vua

@ animal | one
dog | con chó
cat | con mèo
horse | con ngựa
cow | con bò
goat | con dê
bird | con chim
fish | con cá
hen | con gà mái
lion | con sư tử
elephant | con voi
snake | con rắn
monkey | con khỉ

# mass nouns: no classifier, no number
@ food | one
bread | bánh mì
meat | thịt
salt | muối
honey | mật ong
water | nước
milk | sữa
tea | trà

# the grain, the meal and the plant
@ grain | one | one cooked | one growing
rice | gạo | cơm | lúa

@ material | one
money | tiền
gold | vàng
wood | gỗ
medicine | thuốc

@ emotion | one
joy | niềm vui
fear | nỗi sợ
sadness | nỗi buồn
hope | niềm hy vọng

@ fruit | one
apple | quả táo
egg | quả trứng
mango | quả xoài
onion | củ hành tây
banana | quả chuối

@ thing | one
book | quyển sách
knife | con dao
basket | cái giỏ
bag | cái túi
door | cánh cửa
key | chiếc chìa khóa
rope | sợi dây thừng
bicycle | chiếc xe đạp
car | chiếc ô tô
stone | hòn đá
drum | cái trống
picture | bức tranh

@ text | one
letter | lá thư
song | bài hát
story | câu chuyện

# what shatters, what carpenters make and what one wears: see "break", "build" and "wash"
@ fragile | one
pot | cái nồi
plate | cái đĩa
window | cái cửa sổ
lamp | cái đèn

@ made | one
chair | cái ghế
table | cái bàn
bed | cái giường
boat | chiếc thuyền

@ cloth | one
hat | chiếc mũ
shirt | chiếc áo sơ mi

# the flower, and the plant that bears it
@ plant | one | one growing
flower | bông hoa | cây hoa
tree | cái cây | cái cây

# at: "ở" or a word for in, on, by; to: the goal as the object of a verb of motion
@ place | one | at | to
house | ngôi nhà | trong nhà | ngôi nhà
school | ngôi trường | ở trường | trường
market | khu chợ | ở chợ | chợ
hospital | bệnh viện | trong bệnh viện | bệnh viện
village | ngôi làng | trong làng | làng
city | thành phố | trong thành phố | thành phố
forest | khu rừng | trong rừng | khu rừng
mountain | ngọn núi | trên núi | ngọn núi
field | cánh đồng | trên cánh đồng | cánh đồng
garden | khu vườn | trong vườn | khu vườn
kitchen | nhà bếp | trong bếp | nhà bếp
road | con đường | trên đường | con đường
shop | cửa hàng | trong cửa hàng | cửa hàng
station | nhà ga | ở nhà ga | nhà ga
bridge | cây cầu | trên cầu | cây cầu
island | hòn đảo | trên đảo | hòn đảo
palace | cung điện | trong cung điện | cung điện
library | thư viện | trong thư viện | thư viện

@ shore | one | at | to | at fish | at boat | at storm
river | con sông | bên bờ sông | bờ sông | dưới sông | trên sông | trên sông
sea | biển | bên bờ biển | bờ biển | dưới biển | trên biển | trên biển

@ event | happened
storm | có một cơn bão
rain | có mưa
earthquake | xảy ra động đất
fire | xảy ra hỏa hoạn
war | xảy ra chiến tranh
wedding | có một đám cưới
feast | có một bữa tiệc

# after = what follows the object
@ verb | form | after
see | nhìn thấy | -
find | tìm thấy | -
lose | làm mất | -
buy | mua | -
sell | bán | -
carry | mang | -
bring | đem | đến
eat | ăn | -
drink | uống | -
cook | nấu | -
open | mở | -
close | đóng | -
read | đọc | -
write | viết | -
look_for | tìm | -
plant | trồng | -
draw | vẽ | -
feel | cảm thấy | -
help | giúp | -
follow | đi theo | -
give | đưa | -
sleep | ngủ | -
sing | hát | -
work | làm việc | -
play | chơi đùa | -
laugh | cười | -
dance | nhảy múa | -
go | đi đến | -
come | đến | -
run | chạy đến | -
return | trở về | -

# verbs that change with their object
@ hearing | form | after | form text
hear | nghe thấy | - | nghe

@ washing | form | after | form cloth | form window
wash | rửa | - | giặt | lau

@ making | form | after | form made
build | xây | - | đóng

@ breaking | form | after | form fragile | form egg | form bicycle
break | làm gãy | - | làm vỡ | làm vỡ | làm hỏng

@ quality | form
small | nhỏ
new | mới
beautiful | đẹp
heavy | nặng
happy | hạnh phúc
tired | mệt
hungry | đói
strong | khỏe
rich | giàu
poor | nghèo
clean | sạch
dirty | bẩn
hot | nóng
cold | lạnh
expensive | đắt
cheap | rẻ
sweet | ngọt

@ size | form | form place | form shore
big | to | lớn | lớn

@ age | form | form animal | form tree
old | cũ | già | già

@ worth | form | form food | form grain | form fruit | form text | form picture
good | tốt | ngon | ngon | ngon | hay | đẹp

@ colour | form
red | đỏ
white | trắng
black | đen

# predicates that stand alone, without "rất"
@ condition | form | form place
sick | bị ốm | bị ốm
empty | trống rỗng | vắng vẻ

@ time | form
morning | buổi sáng
evening | buổi tối
night | ban đêm
today | hôm nay
yesterday | hôm qua
every_day | mỗi ngày
monday | vào thứ Hai
winter | vào mùa đông
summer | vào mùa hè
