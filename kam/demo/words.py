"""Words that invented names are made of."""

# ruff: noqa: E501, SIM905

SURNAMES = (
    "王李张刘陈杨黄赵吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈彭吕苏卢蒋蔡贾丁魏薛叶"
    "阎余潘杜戴夏钟汪田姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段钱汤尹黎易常武乔贺"
)
GIVEN = (
    "知行 一诺 安然 景明 若水 听雪 望舒 嘉言 子衿 清和 云起 书白 慕青 怀瑾 乐言 思远 明轩 语桐 星河 沐阳 "
    "承泽 晓棠 君竹 亦凡 浩然 静姝 文博 雨桐 志远 海川 立新 建平 国栋 美玲 晓峰 佳怡 俊杰 丽华 振宇 春燕 "
    "卫东 红梅 永康 雪松 立群 秀兰 天佑 梦瑶 启明 秋实 冬青 长风 向阳 若兰 之远 允中 伯言 少卿 以宁 可欣"
).split()

# For many names at once.
SYLLABLES = "衡曜贝岚启栎砺川禾序纬帆瀚桥远笠星槎澜途铸越知砚泽恒听霁云杼嘉粟屿白璟和朗锦棠沐岭青柏舟麦浪佑康绘林铭砂溪谷风陵"
TRADES = "半导体 精工 新能源 重工 医疗 电子 物流 汽车 光电 教育 水务 文旅 软件 纺织 食品 制药 地产 包装 化工 建材".split()
LATIN = "Nord Alta Vero Luma Kesta Orin Polar Tessel Marin Quanta Sole Brava Delph Ferro Halden Jura".split()
LATIN_TRADES = (
    "Systems Logistics Motors Foods Instruments Textiles Chemicals Energy Optics Packaging".split()
)
LATIN_FORMS = ("Co., Ltd.", "GmbH", "Inc.", "Ltd")
FIRST = (
    "Anna Peter Maria John Elena David Laura Tomas Ingrid Marco Sofia Henrik Clara Jonas".split()
)
LAST = "Keller Novak Larsen Rossi Weber Silva Moreau Berg Costa Fischer Lindt Palmer Stone".split()
