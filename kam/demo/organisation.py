"""Units, colleagues, virtual teams, industries, products and rates of the demo company."""

import datetime
from decimal import Decimal

from django.contrib.auth.hashers import make_password

from accounts.models import Industry
from core.models import City, CompanySettings, Currency, ExchangeRate
from core.normalise import search_index
from core.periods import add_months
from kam.demo import source
from opportunities.models import Product
from teams.models import Post, TeamKind, TeamMembership, Unit, UnitKind, User, VirtualTeam

# code, parent, kind, Chinese, English, city
UNITS = (
    ("JSYT", "", UnitKind.COMPANY, "江苏云通", "Jiangsu Yuntong Telecom", "南京"),
    ("GE", "JSYT", UnitKind.DIVISION, "政企事业部", "Enterprise Division", "南京"),
    ("RC", "JSYT", UnitKind.DIVISION, "县域事业部", "County Division", "无锡"),
    ("FIN", "JSYT", UnitKind.DEPARTMENT, "财务部", "Finance", "南京"),
    ("MKT", "JSYT", UnitKind.DEPARTMENT, "市场推广部", "Marketing Promotion", "南京"),
    ("TEC", "JSYT", UnitKind.DEPARTMENT, "技术支持中心", "Technical Support", "南京"),
    ("IT", "JSYT", UnitKind.DEPARTMENT, "信息部", "Information Technology", "南京"),
    ("KA", "GE", UnitKind.DEPARTMENT, "大客户部", "Key Accounts", "南京"),
    ("MN", "GE", UnitKind.DEPARTMENT, "跨国客户部", "Multinational Accounts", "苏州"),
    ("RC-XY", "RC", UnitKind.DEPARTMENT, "县域客户部", "County Accounts", "无锡"),
    ("KA-NJ", "KA", UnitKind.CITY_UNIT, "南京大客户中心", "Nanjing Key Accounts", "南京"),
    ("KA-SZ", "KA", UnitKind.CITY_UNIT, "苏州大客户中心", "Suzhou Key Accounts", "苏州"),
    ("KA-WX", "KA", UnitKind.CITY_UNIT, "无锡大客户中心", "Wuxi Key Accounts", "无锡"),
    ("KA-CZ", "KA", UnitKind.CITY_UNIT, "常州大客户中心", "Changzhou Key Accounts", "常州"),
)
HEADS = {
    "JSYT": "lu.zhensheng",
    "GE": "gu.wenlan",
    "RC": "he.zhiqiu",
    "FIN": "lu.jing",
    "MKT": "fang.qing",
    "TEC": "xu.hang",
    "IT": "xu.wen",
    "KA": "zhou.ming",
    "MN": "su.tang",
    "RC-XY": "jiang.zhaoye",
    "KA-NJ": "cheng.weiyang",
    "KA-SZ": "shen.zhiyuan",
    "KA-WX": "yu.beichen",
    "KA-CZ": "zhong.yuan",
}
# Industries of the trade beside the fourteen that come with the product.
INDUSTRIES = (
    ("semiconductor", "集成电路", "Semiconductors", True, True),
    ("electronics", "电子信息", "Electronics", True, False),
    ("machinery", "装备制造", "Machinery", True, False),
    ("new_energy", "新能源", "New energy", True, True),
    ("healthcare", "医药健康", "Healthcare", True, True),
    ("education", "教育", "Education", False, True),
    ("tourism", "文旅", "Culture and tourism", False, False),
    ("software", "软件信息", "Software", False, False),
    ("food", "食品", "Food", False, False),
)
# code, Chinese, English, unit, leader, kind, members with their roles
TECHNICAL = ("技术支持", "Technical support")
SALES = ("客户经理", "Account manager")
CHIEF = ("首席", "Chief")
PLANS = ("方案", "Proposals")
MONEY = ("财务", "Finance")
TEAMS = (
    ("CITY-SZ", "苏州城市组", "Suzhou city team", "KA-SZ", "zhou.ming", TeamKind.VIRTUAL,
     (("zhou.ming", CHIEF), ("shen.zhiyuan", SALES), ("luo.yiming", SALES),
      ("xu.hang", TECHNICAL), ("fang.qing", PLANS), ("lu.jing", MONEY))),
    ("CITY-NJ", "南京城市组", "Nanjing city team", "KA-NJ", "qin.wangshu", TeamKind.VIRTUAL,
     (("qin.wangshu", CHIEF), ("cheng.weiyang", SALES), ("pei.tingyu", SALES),
      ("gao.yuan", TECHNICAL), ("fang.qing", PLANS))),
    ("CITY-WX", "无锡城市组", "Wuxi city team", "KA-WX", "qin.wangshu", TeamKind.VIRTUAL,
     (("qin.wangshu", CHIEF), ("yu.beichen", SALES), ("gao.yuan", TECHNICAL),
      ("bai.lu", MONEY))),
    ("CITY-CZ", "常州城市组", "Changzhou city team", "KA-CZ", "zhou.ming", TeamKind.VIRTUAL,
     (("zhou.ming", CHIEF), ("zhong.yuan", SALES), ("wei.jiamu", SALES),
      ("qiao.an", TECHNICAL))),
    ("RURAL", "农村组", "Rural team", "RC-XY", "jiang.zhaoye", TeamKind.VIRTUAL,
     (("jiang.zhaoye", SALES), ("qiao.an", TECHNICAL), ("fang.qing", PLANS))),
    ("MULTI", "跨国组", "Multinational team", "MN", "su.tang", TeamKind.CROSS_BOUNDARY,
     (("su.tang", SALES), ("shen.zhiyuan", SALES), ("xu.hang", TECHNICAL),
      ("lu.jing", MONEY))),
)  # fmt: skip
RATES = {"USD": Decimal("7.120000"), "EUR": Decimal("7.760000"), "HKD": Decimal("0.912000")}


def company(world) -> None:
    """Names of the company and the month rates of the last three years."""
    CompanySettings.objects.update_or_create(
        pk=CompanySettings.SINGLETON,
        defaults={
            "name_zh": "江苏云通通信有限公司",
            "name_en": "Jiangsu Yuntong Telecom",
            "version": 1,
        },
    )
    first = world.calendar.today.replace(day=1)
    rows = []
    for code, rate in RATES.items():
        currency = Currency.objects.get(pk=code)
        for back in range(36, -1, -1):
            drift = Decimal(world.rng.randrange(-12, 13)) / 1000
            rows.append(
                ExchangeRate(
                    currency=currency,
                    valid_from=add_months(first, -back),
                    rate=(rate * (1 + drift)).quantize(Decimal("0.0001")),
                )
            )
    at = _noon(world, 400)
    world.past.create(
        rows, action="rate.created", actor_of=lambda row: world.user("xu.wen"), at_of=lambda row: at
    )


def units(world) -> None:
    cities = {city.name_zh: city for city in City.objects.all()}
    at = _noon(world, 1500)
    rows = {}
    for code, parent, kind, zh, en, city in UNITS:
        unit = Unit(
            code=code,
            kind=kind,
            name_zh=zh,
            name_en=en,
            city=cities[city],
            parent=rows.get(parent),
        )
        world.past.create(
            [unit], action="unit.created", actor_of=lambda row: None, at_of=lambda row: at
        )
        above = unit.parent
        unit.path = f"{above.path if above else '/'}{unit.pk}/"
        unit.division = unit if kind == UnitKind.DIVISION or not above else above.division
        rows[code] = unit
    Unit.objects.bulk_update(rows.values(), ["path", "division"])
    world.units, world.cities = rows, cities


def colleagues(world) -> None:
    """Everybody, the fixed cast first: the log-in page shows them in this order."""
    posts = {post.code: post for post in Post.objects.all()}
    lines = sorted(source.people(), key=lambda line: (not line.cast, _cast_order(line)))
    rows = [
        User(
            username=line.username,
            email=f"{line.username}@yuntong.example",
            employee_no=f"YT{1001 + position}",
            name_zh=line.name_zh,
            name_en=line.name_en,
            name_index=search_index(line.name_zh, line.name_en),
            phone=line.phone,
            unit=world.units[line.unit],
            post=posts[line.post],
            is_active=line.active,
            is_staff=line.post == "administrator",
            is_superuser=line.post == "administrator",
            is_demo_cast=line.cast,
            password=make_password(None),
            date_joined=_noon(world, 1400),
        )
        for position, line in enumerate(lines)
    ]
    at = _noon(world, 1400)
    world.past.create(rows, action="user.created", actor_of=lambda row: None, at_of=lambda row: at)
    world.users = {row.username: row for row in rows}
    _lines_of_command(world, lines)


CAST = (
    "shen",
    "zhou",
    "gu",
    "tang",
    "ye",
    "lu.zh",
    "fu",
    "lu.j",
    "fang",
    "cen",
    "ruan",
    "xu.h",
    "xu.w",
)


def _cast_order(line):
    return next((i for i, start in enumerate(CAST) if line.username.startswith(start)), 99)


def _lines_of_command(world, lines):
    """Superiors, heads, and who is away."""
    for line in lines:
        world.users[line.username].superior = world.users.get(line.superior)
    away = world.user("zhong.yuan")
    away.absent_from, away.absent_until = world.calendar.ago(2), world.calendar.ahead(5)
    away.stand_in = world.user("wei.jiamu")
    User.objects.bulk_update(
        world.users.values(), ["superior", "absent_from", "absent_until", "stand_in"]
    )
    for code, username in HEADS.items():
        world.units[code].head = world.users[username]
    Unit.objects.bulk_update(world.units.values(), ["head"])


def virtual_teams(world) -> None:
    began = world.calendar.ago(640)
    at = world.calendar.at(began)
    admin = world.user("xu.wen")
    world.teams = {}
    for code, zh, en, unit, leader, kind, members in TEAMS:
        team = VirtualTeam(
            code=code,
            name_zh=zh,
            name_en=en,
            unit=world.units[unit],
            leader=world.user(leader),
            kind=kind,
            starts_on=began,
        )
        rows = [
            TeamMembership(
                team=team, user=world.user(who), role_zh=zh_role, role_en=en_role, starts_on=began
            )
            for who, (zh_role, en_role) in members
        ]
        if code == "CITY-SZ":
            rows.append(
                TeamMembership(
                    team=team,
                    user=world.user("meng.yu"),
                    role_zh=SALES[0],
                    role_en=SALES[1],
                    starts_on=began,
                    ends_on=world.calendar.ago(420),
                )
            )
        world.past.create(
            [team], action="team.created", actor_of=lambda row: admin, at_of=lambda row: at
        )
        world.past.create(
            rows,
            action="team.member_added",
            actor_of=lambda row: admin,
            at_of=lambda row: at,
            parent_of=lambda row: row.team,
        )
        world.teams[code] = team


def industries(world) -> None:
    rows = [
        Industry(
            code=code,
            name_zh=zh,
            name_en=en,
            is_priority=priority,
            radiating_effect=radiating,
            position=200 + place,
        )
        for place, (code, zh, en, priority, radiating) in enumerate(INDUSTRIES)
    ]
    at = _noon(world, 1300)
    world.past.create(
        rows,
        action="industry.created",
        actor_of=lambda row: world.user("xu.wen"),
        at_of=lambda row: at,
    )
    world.industries = {row.code: row for row in Industry.objects.all()}


def products(world) -> None:
    rows = [
        Product(
            code=good.code,
            family_zh=good.family_zh,
            family_en=good.family_en,
            name_zh=good.name_zh,
            name_en=good.name_en,
            unit_zh=good.unit_zh,
            unit_en=good.unit_en,
            list_price=good.list_price,
            floor_price=(good.list_price * good.floor_rate).quantize(Decimal("0.01")),
            is_active=good.active,
        )
        for good in source.goods()
    ]
    at = _noon(world, 900)
    world.past.create(
        rows,
        action="product.created",
        actor_of=lambda row: world.user("xu.wen"),
        at_of=lambda row: at,
    )
    world.products = {row.code: row for row in rows}


def _noon(world, days) -> datetime.datetime:
    return world.calendar.at(world.calendar.ago(days), 12)
