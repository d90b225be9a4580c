"""What was and is being sold: every deal as a line of dated steps, before anything is written."""

import datetime
from dataclasses import dataclass, field
from decimal import Decimal

from kam.demo import phrases, source
from kam.demo.past import workday
from opportunities.milestones import ORDER, WON_FROM, MilestoneCode

SEASON = (0.8, 0.6, 1.2, 0.9, 0.95, 1.3, 0.85, 0.85, 1.2, 0.9, 1.0, 1.4)
WANTED = {
    "transport": ("IOT-CAR", "DL-SDWAN", "CC-SEAT", "SEC-CAM", "5G-CPE", "DL-INT"),
    "healthcare": ("CL-DR", "SEC-MLPS", "CC-SEAT", "CC-BOT", "NET-WIFI", "DL-DUAL", "CL-VM"),
    "education": ("NET-WIFI", "DL-INT", "NET-MEET", "CL-VDI", "SEC-MLPS", "NET-OPS"),
    "tourism": ("NET-WIFI", "DL-INT", "CC-SEAT", "SEC-CAM", "CC-BOT"),
    "banking": ("DL-DUAL", "CC-SEAT", "SEC-DDOS", "SEC-MLPS", "CL-DR", "DL-SDWAN"),
    "software": ("CL-VM", "CL-GPU", "SEC-FW", "DL-INT", "CL-RACK"),
    "public_utilities": ("SEC-CAM", "IOT-SIM", "SEC-MLPS", "DL-DUAL", "IOT-CMP"),
    "agriculture": ("IOT-SIM", "SEC-CAM", "IOT-CMP", "DL-INT"),
    "new_energy": ("5G-PRIV", "CL-DR", "IOT-SIM", "IOT-CMP", "DL-DUAL", "CL-VM"),
    "semiconductor": ("5G-PRIV", "CL-RACK", "DL-DUAL", "CL-GPU", "SEC-DDOS", "CL-DR"),
}
MAKERS = ("5G-PRIV", "5G-VIRT", "5G-MEC", "DL-DUAL", "IOT-SIM", "IOT-CMP", "SEC-CAM", "CL-VM",
          "DL-SDWAN", "NET-WIFI", "NET-OPS")  # fmt: skip
OTHERS = ("DL-INT", "CL-VM", "SEC-FW", "NET-MEET", "CL-VDI", "CC-SEAT", "DL-SDWAN")
ABROAD = {"贝岚特工业": "EUR", "迟塔传动": "EUR", "纬帆电子": "USD"}
HELPERS = (("xu.hang", "技术支持"), ("gao.yuan", "技术支持"), ("qiao.an", "技术支持"),
           ("fang.qing", "方案"))  # fmt: skip


@dataclass
class Deal:
    """A deal from first sight to its present state. `moves` are (day, milestone) after the
    first; a won deal has its later milestones there too."""

    account: str
    owner: str
    name: str
    kind: str
    opened_on: datetime.date
    lines: list[tuple[str, int, Decimal]] = field(default_factory=list)
    currency: str = "CNY"
    moves: list[tuple[datetime.date, str]] = field(default_factory=list)
    outcome: str = "open"
    closed_on: datetime.date | None = None
    lost_reason: str = ""
    expected_close_on: datetime.date | None = None
    next_step: str = ""
    next_step_on: datetime.date | None = None
    member: tuple[str, str] | None = None
    notes: str = ""

    @property
    def amount(self) -> Decimal | None:
        if not self.lines:
            return None
        return sum(quantity * price for _code, quantity, price in self.lines)


def plan(world) -> list[Deal]:
    """Every deal of the demo company, in the order in which they were opened."""
    deals = [deal for customer in source.customers() for deal in _closed(world, customer)]
    deals += [_in_hand(world, line) for line in source.deals_in_hand()]
    deals += [deal for customer in source.customers() for deal in _open(world, customer)]
    deals.append(_first_contract(world))
    return sorted(deals, key=lambda deal: (deal.opened_on, deal.name))


def _closed(world, customer):
    """Two years of won and lost deals that add up to what accounts.csv says."""
    if not customer.revenue:
        return
    rng = world.rng
    since = source.NEW_SINCE.get(customer.short)
    for year in (0, 1):
        target = customer.revenue * 10_000
        if year:
            target /= 1 + customer.growth / 100
        if since and year:
            return
        won = _how_many(customer.revenue)
        shares = [rng.gammavariate(2, 1) + 0.2 for _ in range(won)]
        first = None
        if since:
            first = world.calendar.ago(since)
        for share in shares:
            closed_on = first or _closing_day(world, year, since)
            first = None
            yield _won(world, customer, target * share / sum(shares), closed_on)
        for _ in range(_round(rng, won * (0.62 if customer.growth > 0 else 0.9))):
            amount = target * rng.gammavariate(2, 0.5) / won
            yield _lost(world, customer, amount, _closing_day(world, year, since))


def _how_many(revenue: float) -> int:
    for floor, number in ((800, 9), (400, 7), (200, 5), (80, 4)):
        if revenue >= floor:
            return number
    return 2


def _round(rng, number: float) -> int:
    return int(number) + (rng.random() < number % 1)


def _closing_day(world, year, since):
    """A weekday of the last (or the last but one) 365 days, by season."""
    while True:
        days = world.rng.randrange(1, 365) + 365 * year
        if since and days > since:
            continue
        day = world.calendar.ago(days)
        if world.rng.random() * 1.4 < SEASON[day.month - 1]:
            return day


def _won(world, customer, target, closed_on):
    deal = _deal(world, customer, target, closed_on, world.rng.randrange(28, 150))
    deal.outcome = "won"
    _climb(world, deal, len(ORDER[:WON_FROM]) - 1, closed_on)
    delivered = closed_on + datetime.timedelta(days=world.rng.randrange(18, 60))
    retained = delivered + datetime.timedelta(days=world.rng.randrange(170, 300))
    later = [(workday(delivered), MilestoneCode.DELIVERED.value)]
    if deal.kind == "existing" or world.rng.random() < 0.3:
        later.append((workday(retained), MilestoneCode.RETAINED.value))
    deal.moves += [(day, milestone) for day, milestone in later if closed_on < day < world.today]
    return deal


def _lost(world, customer, target, closed_on):
    deal = _deal(world, customer, target, closed_on, world.rng.randrange(20, 130))
    deal.outcome = "lost"
    deal.lost_reason = world.rng.choice(phrases.LOST_REASONS)
    _climb(world, deal, world.rng.choices((1, 2, 3, 4), (15, 20, 25, 40))[0], closed_on)
    return deal


def _deal(world, customer, target, closed_on, days):
    opened_on = workday(closed_on - datetime.timedelta(days=days))
    if closed_on <= opened_on:
        opened_on = closed_on
    deal = Deal(
        account=customer.short,
        owner="",
        name="",
        kind="incremental",
        opened_on=opened_on,
        closed_on=closed_on,
        expected_close_on=closed_on + datetime.timedelta(days=world.rng.randrange(-20, 30)),
    )
    _fill(world, deal, customer, target)
    deal.owner = _owner(world, customer.short, closed_on)
    return deal


def _fill(world, deal, customer, target):
    """Products, name, kind, helper and currency of a deal of about this amount."""
    rng = world.rng
    code = _product(rng, customer, target)
    if customer.short in ABROAD and rng.random() < 0.25 and target > 300_000:
        code, deal.currency = "DL-INTL", ABROAD[customer.short]
    target /= {"EUR": 7.76, "USD": 7.12}.get(deal.currency, 1)
    second = rng.random() < 0.3 and deal.currency == "CNY"
    deal.lines = [_line(rng, code, target * (0.8 if second else 1), deal.currency)]
    if second:
        extra = _product(rng, customer, target * 0.2)
        if extra != code:
            deal.lines.append(_line(rng, extra, target * 0.2, deal.currency))
    deal.name = _title(rng, customer, code)
    if any(word in deal.name for word in phrases.RENEWALS):
        deal.kind = "existing"
    if rng.random() < 0.3:
        deal.member = rng.choice(HELPERS)


def _product(rng, customer, target):
    """One that the trade buys and that is not dearer than the whole deal."""
    prices = {good.code: float(good.list_price) for good in source.goods()}
    makers = customer.industry in ("manufacturing", "machinery", "electronics", "food", "mining")
    wanted = WANTED.get(customer.industry, MAKERS if makers else OTHERS)
    fitting = [code for code in wanted if prices[code] * 0.9 <= target]
    return rng.choice(fitting or ["CL-VDI", "DL-SDWAN" if target > 18_000 else "IOT-SIM"])


def _line(rng, code, target, currency):
    """(product, quantity, unit price) near the target, at a usual discount."""
    price = next(float(good.list_price) for good in source.goods() if good.code == code)
    if currency != "CNY":
        price /= {"EUR": 7.76, "USD": 7.12}[currency]
    price *= rng.uniform(0.84, 1.0)
    unit = Decimal(str(round(price, 2 if price < 100 else 0 if price < 5000 else -2)))
    return code, max(1, round(target / float(unit))), unit.quantize(Decimal("0.01"))


def _title(rng, customer, code):
    places = phrases.PLACES[phrases.PLACES_OF.get(customer.industry, "factory")]
    place, other = rng.sample(places, 2)
    return rng.choice(phrases.TITLES[code]).format(place=place, other=other)


def _owner(world, short, day):
    seller = source.SELLERS.get(short)
    if seller and day > world.calendar.ago(480) and world.rng.random() < 0.25:
        return seller
    return world.manager_at(short, day).username


def _climb(world, deal, steps, until):
    """Milestones up to number `steps`, at rising days before `until`."""
    days = (until - deal.opened_on).days
    for step in range(1, steps + 1):
        share = (step - 0.4 + world.rng.random() * 0.6) / (steps + 0.6)
        day = workday(deal.opened_on + datetime.timedelta(days=int(days * share)))
        day = max(day, deal.opened_on)
        deal.moves.append((day, ORDER[step].value))


def _open(world, customer):
    """More of the open pipeline, beside the deals that are written down one by one."""
    known = sum(1 for line in source.deals_in_hand() if line.account == customer.short)
    wanted = {"core": 4, "strategic": 3, "important": 1, "potential": 1}.get(customer.tier, 0)
    rng = world.rng
    for _ in range(max(0, wanted - known)):
        age = rng.randrange(6, 170)
        if customer.short in source.RECENT:
            age = rng.randrange(2, source.RECENT[customer.short] - 4)
        deal = Deal(
            account=customer.short,
            owner="",
            name="",
            kind="incremental",
            opened_on=world.calendar.ago(age),
            expected_close_on=world.calendar.ahead(rng.randrange(-8, 150)),
            next_step=rng.choice(phrases.NEXT_STEPS),
            next_step_on=world.calendar.ahead(rng.randrange(0, 25)),
        )
        mean = max(customer.revenue, 60) * 10_000 / _how_many(customer.revenue)
        _fill(world, deal, customer, mean * rng.gammavariate(2, 0.6))
        deal.owner = _owner(world, customer.short, world.today)
        reached = min(4, int(age / 32) + rng.randrange(0, 2))
        _climb(world, deal, reached, world.calendar.ago(2))
        if reached == 0 and rng.random() < 0.4:
            deal.lines = []
        yield deal


def _in_hand(world, line):
    """A deal of open_deals.csv."""
    customer = world.customers.get(line.account)
    deal = Deal(
        account=line.account,
        owner=_owner(world, line.account, world.today) if customer else "shen.zhiyuan",
        name=line.name,
        kind="existing" if any(w in line.name for w in phrases.RENEWALS) else "incremental",
        opened_on=world.calendar.ago(line.age),
        expected_close_on=world.calendar.ahead(line.close_in),
        next_step=line.next_step,
        next_step_on=world.calendar.ahead(line.next_in),
    )
    deal.lines = [_exact(line.product, Decimal(str(line.amount)) * 10_000)]
    _climb(world, deal, [m.value for m in ORDER].index(line.milestone), world.calendar.ago(2))
    if deal.account and world.rng.random() < 0.5:
        deal.member = world.rng.choice(HELPERS)
    return deal


def _exact(code, amount):
    """A line that makes exactly this amount."""
    price = next(good.list_price for good in source.goods() if good.code == code)
    quantity = max(1, int(amount / price))
    while (amount / quantity).quantize(Decimal("0.01")) * quantity != amount:
        quantity -= 1
    return code, quantity, (amount / quantity).quantize(Decimal("0.01"))


def _first_contract(world):
    """A potential account that has just signed: its tier is due for a change (R-ACC-13)."""
    customer = world.customers["拾光芯片"]
    deal = Deal(
        account=customer.short,
        owner=customer.manager,
        name="研发中心互联网专线",
        kind="incremental",
        opened_on=world.calendar.ago(64),
        closed_on=world.calendar.ago(8),
        expected_close_on=world.calendar.ago(1),
        outcome="won",
    )
    deal.lines = [("DL-INT", 4, Decimal("45600.00"))]
    _climb(world, deal, 4, deal.closed_on)
    return deal
