"""What is written down of the demo company: people, customers, products, deals in hand."""

import csv
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

DATA = Path(__file__).parent / "data"

# Customers that signed their first contract so many days ago; before, they were potential.
NEW_SINCE = {
    "启栎储能": 200,
    "贝岚特传感": 260,
    "弥生检测": 300,
    "汀洲码头": 150,
    "苏州市政务数据局": 320,
}

# (customer, days ago, tier before); the tier after is the one of accounts.csv.
TIER_MOVES = (
    ("启栎新能源", 400, "strategic"),
    ("越川化工", 350, "important"),
    ("江衡银行", 330, "important"),
    ("澜途精工", 300, "important"),
    ("沁园酒店", 280, "important"),
    ("云汀民宿", 240, "strategic"),
    ("星槎光电", 210, "strategic"),
    ("璟和地产", 130, "core"),
    ("屿白制药", 75, "important"),
    ("迟塔传动", 60, "important"),
    ("嘉粟食品", 50, "core"),
    ("青砚传媒", 35, "strategic"),
    *((name, days - 20, "potential") for name, days in NEW_SINCE.items()),
)

# (customer, days ago, manager before)
TRANSFERS = (
    ("知砚教育", 420, "meng.yu"),
    ("屿白制药", 420, "meng.yu"),
    ("青砚传媒", 420, "meng.yu"),
    ("禾锦包装", 420, "meng.yu"),
    ("沁园酒店", 58, "ding.yifan"),
    ("璟和地产", 44, "wen.rujing"),
)

# (customer, name before, days ago)
RENAMES = (
    ("江衡银行", "江衡城市商业银行股份有限公司苏州分行", 900),
    ("沁园酒店", "苏州沁园宾馆有限公司", 800),
    ("远笠汽车", "南京远笠汽配有限公司", 500),
    ("临拓通信", "苏州临拓通信有限公司", 30),
)

# Customers that came in during the last 90 days, through the services.
RECENT = {"蕴川氢能": 71, "观野露营": 54, "泊远机器人": 40, "知更智能": 26}

SELLERS = {
    "衡曜半导体": "ding.yifan",
    "贝岚特工业": "ding.yifan",
    "纬帆电子": "ding.yifan",
    "禾序医疗": "wen.rujing",
    "远笠汽车": "wen.rujing",
}


@dataclass(frozen=True)
class Customer:
    """A line of accounts.csv. `revenue` is what it signed in the last 12 months, in 万元;
    `growth` the change against the 12 months before, in percent."""

    short: str
    name: str
    name_en: str
    city: str
    industry: str
    tier: str
    manager: str
    revenue: float
    growth: float
    group: str
    nature: str


@dataclass(frozen=True)
class Good:
    """A line of products.csv."""

    code: str
    family_zh: str
    family_en: str
    name_zh: str
    name_en: str
    unit_zh: str
    unit_en: str
    list_price: Decimal
    floor_rate: Decimal
    active: bool


@dataclass(frozen=True)
class Person:
    """A line of users.csv."""

    username: str
    name_zh: str
    name_en: str
    post: str
    unit: str
    superior: str
    cast: bool
    active: bool
    phone: str


@dataclass(frozen=True)
class DealInHand:
    """A line of open_deals.csv: days since it was opened, until it should close."""

    account: str
    name: str
    product: str
    amount: float
    milestone: str
    age: int
    close_in: int
    next_step: str
    next_in: int


def _rows(name, kind, **types):
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return tuple(
            kind(**{key: types.get(key, str)(value) for key, value in row.items()})
            for row in csv.DictReader(file)
        )


def _flag(text):
    return text == "1"


@cache
def customers() -> tuple[Customer, ...]:
    return _rows("accounts.csv", Customer, revenue=float, growth=float)


@cache
def goods() -> tuple[Good, ...]:
    return _rows("products.csv", Good, list_price=Decimal, floor_rate=Decimal, active=_flag)


@cache
def people() -> tuple[Person, ...]:
    return _rows("users.csv", Person, cast=_flag, active=_flag)


@cache
def deals_in_hand() -> tuple[DealInHand, ...]:
    return _rows("open_deals.csv", DealInHand, amount=float, age=int, close_in=int, next_in=int)
