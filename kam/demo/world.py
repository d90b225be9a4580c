"""What the parts of the demo company share while it is being written."""

import datetime
import random
from dataclasses import dataclass, field

from accounts.models import Account, TierScheme
from core.models import Currency
from kam.demo import source
from kam.demo.past import Calendar, Past

RECENT_DAYS = 90


@dataclass
class World:
    """`cut` is the day from which on everything goes through the services."""

    today: datetime.date
    seed: int
    users: dict = field(default_factory=dict)
    units: dict = field(default_factory=dict)
    cities: dict = field(default_factory=dict)
    teams: dict = field(default_factory=dict)
    industries: dict = field(default_factory=dict)
    products: dict = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    contacts: dict[str, list] = field(default_factory=dict)
    currencies: dict[str, Currency] = field(default_factory=dict)
    events: list = field(default_factory=list)

    def __post_init__(self):
        self.rng = random.Random(self.seed)
        self.calendar = Calendar(self.today, self.rng)
        self.cut = self.today - datetime.timedelta(days=RECENT_DAYS)
        self.past = Past()
        self.customers = {customer.short: customer for customer in source.customers()}
        self.tiers = {}

    def read_tiers(self):
        scheme = TierScheme.objects.get(is_default=True)
        self.tiers = {tier.code: tier for tier in scheme.tiers.all()} | {"": None}

    def currency(self, code) -> Currency:
        if not self.currencies:
            self.currencies = Currency.objects.in_bulk()
        return self.currencies[code]

    def user(self, username):
        return self.users[username]

    def manager_at(self, short: str, day: datetime.date):
        """Who managed the account on a day."""
        for name, days, before in source.TRANSFERS:
            if name == short and day < self.calendar.ago(days):
                return self.users[before]
        return self.users[self.customers[short].manager]

    def director_of(self, short: str):
        manager = self.customers[short].manager
        return self.users["he.zhiqiu" if manager == "jiang.zhaoye" else "gu.wenlan"]

    def chief_of(self, short: str):
        city = self.customers[short].city
        return self.users["qin.wangshu" if city in ("南京", "无锡") else "zhou.ming"]

    def later(self, at: datetime.datetime, action) -> None:
        """Remember something for the last stage, when it is done through a service."""
        self.events.append((at, len(self.events), action))
