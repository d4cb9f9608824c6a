# Chinese (simplified). one = noun, measure = its measure word (- for a mass noun).
@ person | one | measure
mother | 妈妈 | 位
father | 爸爸 | 位
boy | 男孩 | 个
girl | 女孩 | 个
woman | 女人 | 个
man | 男人 | 个
grandmother | 奶奶 | 位
teacher | 老师 | 位
student | 学生 | 个
doctor | 医生 | 位
farmer | 农民 | 个
fisherman | 渔夫 | 个
merchant | 商人 | 个
soldier | 士兵 | 个
king | 国王 | 位
friend | 朋友 | 个
neighbour | 邻居 | 个
singer | 歌手 | 位

@ animal | one | measure
dog | 狗 | 只
cat | 猫 | 只
horse | 马 | 匹
cow | 牛 | 头
goat | 山羊 | 只
bird | 鸟 | 只
fish | 鱼 | 条
hen | 母鸡 | 只
lion | 狮子 | 头
elephant | 大象 | 头
snake | 蛇 | 条
monkey | 猴子 | 只

# an onion, like a flower, is planted as a plant
@ food | one | measure | measure growing
bread | 面包 | - | -
meat | 肉 | - | -
salt | 盐 | - | -
honey | 蜂蜜 | - | -
apple | 苹果 | 个 | -
mango | 芒果 | 个 | -
onion | 洋葱 | 个 | 棵
banana | 香蕉 | 根 | -

@ drink | one | measure
water | 水 | -
milk | 牛奶 | -
tea | 茶 | -

# the grain, the meal and the plant
@ grain | one | measure | one cooked | one growing
rice | 大米 | - | 米饭 | 水稻

@ thing | one | measure
book | 书 | 本
letter | 信 | 封
knife | 刀 | 把
basket | 篮子 | 个
bag | 袋子 | 个
door | 门 | 扇
key | 钥匙 | 把
rope | 绳子 | 根
bicycle | 自行车 | 辆
car | 汽车 | 辆
stone | 石头 | 块
drum | 鼓 | 面
hat | 帽子 | 顶
shirt | 衬衫 | 件
tree | 树 | 棵
money | 钱 | -
gold | 金子 | -
wood | 木头 | -
medicine | 药 | -
picture | 画 | 幅
joy | 快乐 | -
fear | 恐惧 | -
sadness | 悲伤 | -
hope | 希望 | -

# flowers are counted by the blossom, but planted by the plant
@ flower | one | measure | measure growing
flower | 花 | 朵 | 棵

@ text | one | measure
song | 歌 | 首
story | 故事 | 个

# what shatters and what carpenters make: see "break" and "build"
@ fragile | one | measure
egg | 鸡蛋 | 个
pot | 锅 | 口
plate | 盘子 | 个
window | 窗户 | 扇
lamp | 灯 | 盏

@ made | one | measure
chair | 椅子 | 把
table | 桌子 | 张
bed | 床 | 张
boat | 小船 | 条

# at = after 在 or before 有; to = the goal of a verb of motion
@ place | one | measure | at | to
house | 房子 | 座 | 房子里 | 屋里
school | 学校 | 所 | 学校里 | 学校
market | 市场 | 个 | 市场里 | 市场
hospital | 医院 | 家 | 医院里 | 医院
kitchen | 厨房 | 间 | 厨房里 | 厨房
road | 路 | 条 | 路上 | 路边
shop | 商店 | 家 | 商店里 | 商店
station | 车站 | 个 | 车站里 | 车站
bridge | 桥 | 座 | 桥上 | 桥上
palace | 宫殿 | 座 | 宫殿里 | 宫殿
library | 图书馆 | 座 | 图书馆里 | 图书馆

@ land | one | measure | at | to
village | 村子 | 个 | 村子里 | 村子里
city | 城市 | 座 | 城里 | 城里
forest | 森林 | 片 | 森林里 | 森林
mountain | 山 | 座 | 山上 | 山上
field | 田地 | 块 | 田里 | 田里
garden | 花园 | 个 | 花园里 | 花园
island | 岛 | 座 | 岛上 | 岛上

# on the shore; but fish, boats and storms are in the water or on it
@ shore | one | measure | at | to | at fish | at boat | at storm
river | 河 | 条 | 河边 | 河边 | 河里 | 河上 | 河上
sea | 大海 | 片 | 海边 | 海边 | 海里 | 海上 | 海上

@ event | happened
storm | 刮起了风暴
rain | 下了一场雨
earthquake | 发生了地震
fire | 发生了火灾
war | 发生了战争
wedding | 举行了一场婚礼
feast | 举行了一场庆祝会

# verb = present, with 了 in the past; 不 and 没有 negate it
@ verb | verb
buy | 买
sell | 卖
eat | 吃
drink | 喝
cook | 煮
open | 打开
read | 读
write | 写
plant | 种
draw | 画
help | 帮助
give | 给
laugh | 笑
go | 去

# verbs of result: cannot = the present negative, after the place
@ result | verb | cannot
see | 看见 | 看不见
find | 找到 | 找不到
lose | 弄丢 | 不会弄丢
hear | 听见 | 听不见
feel | 感受到 | 感受不到

# verbs that change: past = without 了 or with a form of its own; plain = after 没有 and 不
@ special | verb | past | plain
bring | 带来 | 带来了 | 带
look_for | 寻找 | 寻找 | 寻找
follow | 跟着 | 跟着 | 跟着
sleep | 睡觉 | 睡了一觉 | 睡觉
sing | 唱歌 | 唱了歌 | 唱歌
work | 工作 | 工作 | 工作
play | 玩耍 | 玩耍 | 玩耍
dance | 跳舞 | 跳了舞 | 跳舞
come | 来到 | 来到了 | 来
run | 跑到 | 跑到了 | 跑去
return | 回到 | 回到了 | 回

# verbs that change with their object, or with an animal as their agent
@ carrying | verb | past | plain | verb animal | past animal | plain animal | verb water | past water | plain water | verb basket | past basket | plain basket | verb bag | past bag | plain bag
carry | 搬 | 搬了 | 搬 | 驮着 | 驮着 | 驮 | 提着 | 提着 | 提 | 提着 | 提着 | 提 | 提着 | 提着 | 提

@ washing | verb | verb window
wash | 洗 | 擦

@ closing | verb | plain | verb book | plain book | verb bag | plain bag
close | 关上 | 关 | 合上 | 合上 | 合上 | 合上

@ making | verb | verb made | verb boat
build | 建 | 做 | 造

@ breaking | verb | cannot | verb fragile | cannot fragile
break | 弄坏 | 不会弄坏 | 打破 | 不会打破

# before = beside a noun, is and not = predicates; some beside animals, lands, shores, ... apart
@ quality | before | is | not
new | 新 | 很新 | 不新
red | 红 | 是红色的 | 不是红色的
white | 白 | 是白色的 | 不是白色的
black | 黑 | 是黑色的 | 不是黑色的
heavy | 沉重的 | 很重 | 不重
happy | - | 很高兴 | 不高兴
tired | - | 很累 | 不累
sick | - | 生病了 | 没有生病
hungry | - | 很饿 | 不饿
strong | - | 很强壮 | 不强壮
rich | - | 很富有 | 不富有
poor | - | 很穷 | 不穷
clean | - | 很干净 | 不干净
dirty | - | 很脏 | 不脏
hot | - | 很热 | 不热
expensive | - | 很贵 | 不贵
cheap | - | 很便宜 | 不便宜
sweet | - | 很甜 | 不甜
empty | - | 是空的 | 不是空的

@ size | before | is | not | before elephant
big | 大 | 很大 | 不大 | 巨大的

# 小马, 小牛 and 小山羊 would be young ones
@ smallness | before | is | not | before horse | before cow | before goat
small | 小 | 很小 | 不小 | 矮小的 | 矮小的 | 矮小的

@ age | before | is | not | before elephant | before animal | is animal | not animal | before tree | is tree | not tree | before text | is text | not text
old | 旧 | 很旧 | 不旧 | 年老的 | 老 | 很老 | 不老 | 老 | 很老 | 不老 | 老 | 很老 | 不老

@ beauty | before | is | not | before land | is land | not land | is shore | not shore | before text | is text | not text
beautiful | 漂亮的 | 很漂亮 | 不漂亮 | 美丽的 | 很美 | 不美 | 很美 | 不美 | 优美的 | 很优美 | 不优美

@ worth | before | is | not | is food | not food | is drink | not drink | is salt | not salt
good | 好 | 很好 | 不好 | 很好吃 | 不好吃 | 很好喝 | 不好喝 | 很好 | 不好

@ warmth | before | is | not | is shore | not shore
cold | - | 很凉 | 不凉 | 很冷 | 不冷

@ time | form
morning | 早上
evening | 傍晚
night | 夜里
today | 今天
yesterday | 昨天
every_day | 每天
monday | 星期一
winter | 冬天
summer | 夏天
