"""Many accounts, contacts and deals at once, for measuring. Invented, set-based, deterministic.

About a hundred accounts a manager; a few accounts have most of the deals; three names in four
are Chinese. The invariants hold here too.
"""

import datetime
import random
from decimal import Decimal
from itertools import accumulate

from django.contrib.auth.hashers import make_password
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils import timezone

from accounts.models import (
    Account,
    AccountAssignment,
    AccountFigures,
    Contact,
    ContactRole,
    Industry,
    ServedAccount,
    TierChange,
    TierScheme,
)
from core.importing.bulk import insert, reserve_ids
from core.models import AuditEntry, City, company
from core.normalise import normalise_name, search_index
from core.numbering import take_numbers
from core.periods import month_of
from kam.demo.names import AREA, credit_code, in_latin
from kam.demo.phrases import TITLES
from kam.demo.words import (
    FIRST,
    GIVEN,
    LAST,
    LATIN,
    LATIN_FORMS,
    LATIN_TRADES,
    SURNAMES,
    SYLLABLES,
    TRADES,
)
from opportunities.models import Opportunity, OpportunityLine, OpportunityMember, Product
from teams.models import Post, TeamMembership, Unit, User, VirtualTeam

BATCH = 1000
CHUNK = 20_000
OPEN = ("identified", "qualified", "contacted", "needs_known", "proposed")
WON = ("signed", "delivered", "retained")


class Volume:
    """One run: `accounts`, `contacts`, `opportunities` say how many of each."""

    def __init__(self, *, accounts, contacts, opportunities, users=200, today=None, seed=7):
        self.wanted = {"accounts": accounts, "contacts": contacts, "opportunities": opportunities}
        self.user_count = users
        self.today = today or timezone.localdate()
        self.rng = random.Random(seed)
        self.now = timezone.now()

    @transaction.atomic
    def write(self) -> None:
        self._organisation()
        self._people()
        self._products()
        self._accounts()
        self._teams()
        self._contacts()
        self._opportunities()

    # --- who we are ------------------------------------------------------------------------

    def _organisation(self):
        self.cities = list(City.objects.filter(name_zh__in=AREA))
        root = self._unit("LOAD", "company", "量测公司", "Measured Company", None)
        self.units = []
        for d in range(4):
            division = self._unit(f"D{d}", "division", f"事业部 {d}", f"Division {d}", root)
            for e in range(3):
                department = self._unit(
                    f"D{d}{e}", "department", f"部门 {d}{e}", f"Department {d}{e}", division
                )
                self.units += [
                    self._unit(
                        f"D{d}{e}{c}",
                        "city_unit",
                        f"地市 {d}{e}{c}",
                        f"City unit {d}{e}{c}",
                        department,
                    )
                    for c in range(4)
                ]

    def _unit(self, code, kind, zh, en, parent):
        unit = Unit.objects.create(code=code, kind=kind, name_zh=zh, name_en=en, parent=parent)
        unit.path = f"{parent.path if parent else '/'}{unit.pk}/"
        unit.division = unit if kind == "division" or parent is None else parent.division
        unit.save(update_fields=["path", "division"])
        self._tell_of([unit], "unit.created")
        return unit

    def _people(self):
        posts = {post.code: post for post in Post.objects.all()}
        units = list(Unit.objects.order_by("path"))
        leads = [(unit, "sales_director") for unit in units if unit.kind == "division"]
        leads += [(unit, "sales_manager") for unit in units if unit.kind == "department"]
        rows = [self._user("load.gm", units[0], posts["general_manager"], 0)]
        rows += [
            self._user(f"load.{unit.code.lower()}", unit, posts[post], place + 1)
            for place, (unit, post) in enumerate(leads)
        ]
        managers = max(len(self.units), self.user_count - len(rows))
        first = len(rows)
        rows += [
            self._user(
                f"load.am{place:03d}",
                self.units[place % len(self.units)],
                posts["account_manager"],
                first + place,
            )
            for place in range(managers)
        ]
        User.objects.bulk_create(rows, batch_size=BATCH)
        self._tell_of(rows, "user.created")
        self.gm, self.managers = rows[0], rows[first:]

    def _user(self, username, unit, post, place):
        name = self.rng.choice(SURNAMES) + self.rng.choice(GIVEN)
        latin = in_latin(name)
        return User(
            username=username,
            email=f"{username}@load.example",
            employee_no=f"L{place:05d}",
            name_zh=name,
            name_en=latin,
            name_index=search_index(name, latin),
            unit=unit,
            post=post,
            password=make_password(None),
        )

    def _products(self):
        self.products = [
            Product(
                code=f"P{place:03d}",
                name_zh=f"产品 {place}",
                name_en=f"Product {place}",
                family_zh=f"系列 {place % 6}",
                family_en=f"Series {place % 6}",
                list_price=Decimal(self.rng.randrange(1, 500) * 100),
            )
            for place in range(40)
        ]
        Product.objects.bulk_create(self.products)
        self._tell_of(self.products, "product.created")

    # --- whom we serve ---------------------------------------------------------------------

    def _accounts(self):
        count = self.wanted["accounts"]
        self.industries = list(Industry.objects.values_list("pk", flat=True))
        self.tiers = list(
            TierScheme.objects.get(is_default=True)
            .tiers.order_by("rank")
            .values_list("pk", flat=True)
        )
        self.names = [self._short_name() for _ in range(4000)]
        numbers = take_numbers(code="account", prefix=company().file_number_prefix, count=count)
        managers = [self.managers[place % len(self.managers)] for place in range(count)]
        self.rng.shuffle(managers)
        self.manager_of = managers
        ids = reserve_ids(Account, count)
        self.accounts = [
            self._account(pk, number, manager)
            for pk, number, manager in zip(ids, numbers, managers, strict=True)
        ]
        # One account in ten belongs to a group near it.
        for place in range(9, count, 10):
            self.accounts[place]["parent_id"] = ids[place - 9]
        insert(Account, self.accounts)
        self._tell(Account, [(a["id"], a["short_name"], a["created_at"]) for a in self.accounts])
        self._looked_after()

    def _account(self, pk, number, manager):
        rng = self.rng
        city = rng.choice(self.cities)
        name, short = self._company_name(city, number)
        seconds = rng.randrange(30 * 86_400, 1500 * 86_400)
        made = self.now - datetime.timedelta(seconds=seconds)
        code = credit_code(city.name_zh, "commercial", rng)
        return {
            "id": pk,
            "file_number": number,
            "name": name,
            "short_name": short,
            "normalised_name": normalise_name(name),
            "search_index": search_index(name, short, "", number, code),
            "registration_no": code,
            "status": "registered",
            "department_id": manager.unit_id,
            "division_id": manager.unit.division_id,
            "tier_id": rng.choices(self.tiers, (4, 14, 42, 40))[0],
            "tier_since": made.date(),
            "industry_id": rng.choice(self.industries),
            "city_id": city.pk,
            "employees": int(rng.lognormvariate(5.5, 1.2)),
            "purchasing_power": rng.choice(("strong", "average", "weak")),
            "closeness": rng.choice(("close", "average", "not_close", "to_develop")),
            "created_by_id": manager.pk,
            "created_at": made,
            "updated_at": made,
            "parent_id": None,
        }

    def _short_name(self):
        rng = self.rng
        if rng.random() < 0.3:
            return f"{rng.choice(LATIN)}{rng.choice(LATIN).lower()} {rng.choice(LATIN_TRADES)}"
        return "".join(rng.choices(SYLLABLES, k=2)) + rng.choice(TRADES)

    def _company_name(self, city, number):
        """(legal name, short name); the number keeps legal names apart."""
        short = self.rng.choice(self.names)
        if short.isascii():
            return f"{short} {number[-5:]} {self.rng.choice(LATIN_FORMS)}", short
        return f"{city.name_zh}{short}{number[-5:]}有限公司", short

    def _looked_after(self):
        """Managers, first tiers, and thirty virtual teams that serve a hundred accounts each."""
        managed = []
        for account, manager in zip(self.accounts, self.manager_of, strict=True):
            made = account["created_at"]
            managed.append(
                {
                    "account_id": account["id"],
                    "user_id": manager.pk,
                    "role": "manager",
                    "starts_on": made.date(),
                    "created_at": made,
                    "updated_at": made,
                }
            )
        self._insert(AccountAssignment, managed)
        self._insert(
            TierChange,
            [
                {
                    "account_id": account["id"],
                    "to_tier_id": account["tier_id"],
                    "reason": "建档定级",
                    "changed_by_id": self.gm.pk,
                    "changed_on": account["tier_since"],
                }
                for account in self.accounts
            ],
        )

    def _teams(self):
        made = self.today - datetime.timedelta(days=500)
        teams = [
            VirtualTeam(
                code=f"T{place}", name_zh=f"团队 {place}", name_en=f"Team {place}", starts_on=made
            )
            for place in range(30)
        ]
        VirtualTeam.objects.bulk_create(teams)
        self._tell_of(teams, "team.created")
        ids = [account["id"] for account in self.accounts]
        members, served = [], []
        for team in teams:
            members += [
                TeamMembership(team=team, user=user, starts_on=made)
                for user in self.rng.sample(self.managers, min(6, len(self.managers)))
            ]
            served += [
                ServedAccount(team=team, account_id=pk, starts_on=made)
                for pk in self.rng.sample(ids, min(100, len(ids)))
            ]
        TeamMembership.objects.bulk_create(members, batch_size=BATCH)
        ServedAccount.objects.bulk_create(served, batch_size=BATCH)

    def _contacts(self):
        rng, accounts, count = self.rng, self.accounts, self.wanted["contacts"]
        ids = reserve_ids(Contact, count)
        rows, roles = [], []
        for place, pk in enumerate(ids):
            first = place < len(accounts)
            account = accounts[place] if first else rng.choice(accounts)
            rows.append(self._contact(pk, place, account))
            roles.append(
                {
                    "contact_id": pk,
                    "account_id": account["id"],
                    "title": rng.choice(("总经理", "信息部经理", "采购经理", "网络工程师")),
                    "level": rng.choice(("senior", "middle", "grassroots")),
                    "is_primary": first,
                }
            )
        for start in range(0, count, CHUNK):
            insert(Contact, rows[start : start + CHUNK])
        self._insert(ContactRole, roles)
        self._tell(Contact, [(row["id"], row["name"], row["created_at"]) for row in rows])

    def _contact(self, pk, place, account):
        rng = self.rng
        if rng.random() < 0.75:
            name = rng.choice(SURNAMES) + rng.choice(GIVEN)
        else:
            name = f"{rng.choice(FIRST)} {rng.choice(LAST)}"
        mobile, email = f"138 0000 {place:06d}", f"c{place}@load.example"
        made = account["created_at"] + datetime.timedelta(days=1)
        return {
            "id": pk,
            "name": name,
            "normalised_name": normalise_name(name),
            "search_index": search_index(name, "", "", mobile, email),
            "mobile": mobile,
            "email": email,
            "owner_id": account["created_by_id"],
            "created_by_id": account["created_by_id"],
            "created_at": made,
            "updated_at": made,
        }

    # --- what we sell ----------------------------------------------------------------------

    def _opportunities(self):
        rng, count = self.rng, self.wanted["opportunities"]
        weights = list(accumulate(rng.paretovariate(1.2) for _ in self.accounts))
        where = rng.choices(range(len(self.accounts)), cum_weights=weights, k=count)
        numbers = take_numbers(
            code="opportunity", prefix=company().opportunity_number_prefix, count=count, width=6
        )
        self.titles = [
            title.format(place="总部", other="二厂")
            for choices in TITLES.values()
            for title in choices
        ]
        self.won_on: dict[int, list] = {}
        for start in range(0, count, CHUNK):
            part = slice(start, start + CHUNK)
            ids = reserve_ids(Opportunity, len(numbers[part]))
            self._write_deals(
                [
                    self._deal(pk, number, place)
                    for pk, number, place in zip(ids, numbers[part], where[part], strict=True)
                ]
            )
        self._insert(
            AccountFigures,
            [
                {
                    "account_id": account["id"],
                    "first_contract_on": min(self.won_on.get(account["id"], ()), default=None),
                    "last_contract_on": max(self.won_on.get(account["id"], ()), default=None),
                }
                for account in self.accounts
            ],
        )

    def _write_deals(self, rows):
        rng = self.rng
        insert(Opportunity, rows)
        insert(
            OpportunityLine,
            [
                {
                    "opportunity_id": row["id"],
                    "product_id": rng.choice(self.products).pk,
                    "unit_price": row["amount"],
                }
                for row in rows
            ],
        )
        insert(
            OpportunityMember,
            [
                {"opportunity_id": row["id"], "user_id": rng.choice(self.managers).pk}
                for row in rows[::10]
            ],
        )
        self._tell(Opportunity, [(row["id"], row["name"], row["created_at"]) for row in rows])

    def _deal(self, pk, number, place):
        rng = self.rng
        account = self.accounts[place]["id"] if rng.random() > 0.02 else None
        owner = self.manager_of[place] if rng.random() < 0.9 else rng.choice(self.managers)
        status = rng.choices(("won", "lost", "open"), (45, 25, 30))[0]
        closed_on = None
        if status == "open":
            opened_on = self.today - datetime.timedelta(days=rng.randrange(1, 200))
        else:
            closed_on = self.today - datetime.timedelta(days=rng.randrange(1, 1000))
            opened_on = closed_on - datetime.timedelta(days=rng.randrange(5, 150))
        if status == "won" and account:
            self.won_on.setdefault(account, []).append(closed_on)
        made = self.now - (self.today - opened_on)
        name, amount = rng.choice(self.titles), Decimal(int(rng.lognormvariate(11.5, 1.1)))
        return {
            "id": pk,
            "number": number,
            "name": name,
            "search_index": search_index(name, number),
            "account_id": account,
            "owner_id": owner.pk,
            "owner_unit_id": owner.unit_id,
            "kind": rng.choice(("existing", "incremental")),
            "milestone": rng.choice(WON if status == "won" else OPEN),
            "milestone_since": closed_on or opened_on,
            "status": status,
            "amount": amount,
            "amount_base": amount,
            "currency_id": company().currency_id,
            "rate_date": closed_on or opened_on,
            "opened_on": opened_on,
            "expected_close_on": opened_on + datetime.timedelta(days=rng.randrange(20, 260)),
            "closed_on": closed_on,
            "closed_month": month_of(closed_on) if closed_on else None,
            "lost_reason": "价格高于对手" if status == "lost" else "",
            "created_by_id": owner.pk,
            "created_at": made,
            "updated_at": made,
        }

    # --- writing ---------------------------------------------------------------------------

    def _insert(self, model, rows):
        for start in range(0, len(rows), CHUNK):
            insert(model, rows[start : start + CHUNK])

    def _tell_of(self, rows, action):
        self._tell(
            type(rows[0]), [(row.pk, str(row), row.created_at) for row in rows], action, actor=None
        )

    def _tell(self, model, rows, action="", *, actor=...):
        """One short line of history a record, given as (id, label, made at)."""
        kind = ContentType.objects.get_for_model(model).pk
        actor = self.gm.pk if actor is ... else None
        action = action or f"{model._meta.model_name}.created"
        self._insert(
            AuditEntry,
            [
                {
                    "actor_id": actor,
                    "action": action,
                    "channel": "shell",
                    "target_type_id": kind,
                    "target_id": pk,
                    "target_label": label,
                    "changes": {"name": [None, label]},
                    "happened_at": made,
                }
                for pk, label, made in rows
            ],
        )
