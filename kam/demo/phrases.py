"""The words the demo company is told in: deals, reasons, posts on the customer's side."""

# What a deal over a product is called; {place} is one of the customer's places.
TITLES = {
    "DL-INT": ("{place}互联网专线", "{place}专线扩容", "{place}专线续约"),
    "DL-DUAL": ("{place}双路由专线", "{place}到{other}数据专线", "双路由改造"),
    "DL-INTL": ("跨境专线", "海外办事处专线", "跨境专线续约"),
    "DL-SDWAN": ("分支 SD-WAN 组网", "{place}到{other} SD-WAN", "门店组网"),
    "5G-VIRT": ("{place} 5G 专网", "5G 专网试点"),
    "5G-PRIV": ("{place} 5G 专网", "{place} 5G 专网扩容"),
    "5G-MEC": ("{place}边缘计算", "边缘节点扩容"),
    "5G-CPE": ("{place}工业终端", "5G 终端补货"),
    "IOT-SIM": ("物联网卡", "{place}物联网卡扩容", "表计物联网卡"),
    "IOT-CAR": ("车队车联网卡", "车联网卡续约"),
    "IOT-CMP": ("连接管理平台", "{place}设备联网平台"),
    "CL-VM": ("云主机扩容", "{place}系统上云", "云资源续订"),
    "CL-RACK": ("机柜托管", "算力托管扩容"),
    "CL-GPU": ("智算算力租用", "算力续租"),
    "CL-DR": ("异地灾备", "数据异地备份"),
    "CL-VDI": ("办公云桌面", "云桌面扩容"),
    "SEC-MLPS": ("等保合规服务", "等保复测"),
    "SEC-DDOS": ("抗攻击防护", "防护续订"),
    "SEC-FW": ("云防火墙", "{place}边界防护"),
    "SEC-CAM": ("{place}视频安全监测", "{place}安全监测"),
    "CC-SEAT": ("云呼叫中心", "坐席扩容", "坐席续订"),
    "CC-BOT": ("智能外呼", "回访外呼"),
    "NET-WIFI": ("{place}无线覆盖", "{place}无线升级"),
    "NET-MEET": ("视频会议室", "{place}会议室改造"),
    "NET-OPS": ("驻场运维", "驻场运维续约"),
}

RENEWALS = ("续约", "续订", "续租", "扩容", "补货", "复测")

PLACES = {
    "factory": ("总部", "一厂", "二厂", "研发中心", "仓储中心"),
    "healthcare": ("本部", "门诊楼", "住院部", "检验中心"),
    "education": ("本部", "一号校区", "二号校区", "图书馆"),
    "tourism": ("总部", "游客中心", "东区", "酒店"),
    "transport": ("总部", "分拨中心", "车队", "堆场"),
    "office": ("总部", "营业部", "数据机房", "客服中心"),
}

PLACES_OF = {
    "healthcare": "healthcare",
    "education": "education",
    "tourism": "tourism",
    "transport": "transport",
    "banking": "office",
    "insurance": "office",
    "services": "office",
    "software": "office",
    "public_utilities": "office",
    "construction": "office",
}

LOST_REASONS = (
    "价格高于对手",
    "客户预算取消",
    "项目推迟到明年",
    "对手已有在网设备",
    "工期不能满足",
    "客户自建",
    "缺跨省资源",
)

NEXT_STEPS = (
    "约信息部经理面谈",
    "现场勘察",
    "递交方案",
    "与采购核对数量",
    "回复技术澄清",
    "开方案评审会",
    "请首席出面拜访",
    "核对合同条款",
)

TIER_REASONS = {
    "up": ("近四个季度签约额持续上升", "新签三年框架，合作加深", "首份合同已签，进入在营"),
    "down": ("签约额连续两季下滑", "主要项目已结束，规模缩小"),
}

TRANSFER_REASONS = ("客户经理片区调整", "孟屿离职，客户移交")

CREDIT_REASONS = {
    "A": "近 24 个月无逾期，财务状况良好",
    "B": "偶有逾期，均在 30 天内付清",
    "C": "存在 60 天以上逾期，收紧账期",
}

NOTES = (
    "网络割接须避开月底结账。",
    "采购走线上招标，提前两周发需求。",
    "对故障答复时限看得很重。",
    "高层每季度会晤一次。",
    "新厂区明年投产，网络需求会增加。",
)

# (job title, customer's department, level, business department)
SENIOR = (
    ("董事长", "董事会", "senior", False),
    ("总经理", "总经办", "senior", False),
    ("设备副总", "总经办", "senior", True),
    ("首席信息官", "信息中心", "senior", False),
    ("财务总监", "财务部", "senior", False),
)
MIDDLE = (
    ("设备动力部总监", "设备动力部", "middle", True),
    ("信息部经理", "信息部", "middle", False),
    ("采购经理", "采购部", "middle", False),
    ("生产部经理", "生产部", "middle", True),
    ("行政主管", "行政部", "middle", False),
)
GRASSROOTS = (
    ("网络工程师", "信息部", "grassroots", False),
    ("采购专员", "采购部", "grassroots", False),
    ("机房管理员", "信息部", "grassroots", False),
    ("车间主任", "生产部", "grassroots", True),
)
OF_NATURE = {
    "healthcare": (
        ("院长", "院办", "senior", False),
        ("信息科科长", "信息科", "middle", False),
        ("设备科科长", "设备科", "middle", True),
        ("护理部主任", "护理部", "middle", True),
        ("网络管理员", "信息科", "grassroots", False),
        ("总会计师", "财务科", "senior", False),
        ("采购办干事", "采购办", "grassroots", False),
    ),
    "education": (
        ("校长", "校长室", "senior", False),
        ("网络中心主任", "网络中心", "middle", False),
        ("教务处处长", "教务处", "middle", True),
        ("总务处主任", "总务处", "middle", False),
        ("网络中心工程师", "网络中心", "grassroots", False),
    ),
    "government": (
        ("主任", "办公室", "senior", False),
        ("数据资源处处长", "数据资源处", "middle", True),
        ("网络安全科科长", "网络安全科", "middle", False),
        ("运维工程师", "运维科", "grassroots", False),
    ),
}

# People whom the pictures of the product name.
KNOWN_CONTACTS = {
    "衡曜半导体": (
        ("宋听涛", "董事长", "董事会", "senior", False),
        ("梁述", "设备副总", "总经办", "senior", True),
        ("高翊", "设备动力部总监", "设备动力部", "middle", True),
        ("苗知微", "信息部经理", "信息部", "middle", False),
        ("钱慕白", "财务总监", "财务部", "senior", False),
        ("尹向晚", "采购经理", "采购部", "middle", False),
        ("卓一川", "网络工程师", "信息部", "grassroots", False),
    ),
    "知砚教育": (
        ("周景行", "校长", "校长室", "senior", False),
        ("罗序", "网络中心主任", "网络中心", "middle", False),
        ("冯若谷", "总务处主任", "总务处", "middle", False),
        ("许南星", "网络中心工程师", "网络中心", "grassroots", False),
    ),
}

PREFERENCES = (
    "喜欢当面谈，不爱长邮件",
    "上午十点后联系",
    "关心同行做法",
    "重视书面结论",
    "微信回得快",
)
