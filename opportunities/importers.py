"""Importing the product catalogue and opportunities."""

from bisect import bisect_right
from datetime import date
from decimal import Decimal

from django.db.models import Max, Min
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from accounts.importers.lookups import account_lookup
from accounts.models import Account, AccountFigures
from core.importing import bulk
from core.importing.base import MAIN, Importer, Side
from core.importing.fields import Field, Lookup, Problem, fold
from core.models import ExchangeRate, company
from core.money import quantise
from core.normalise import search_index
from core.numbering import take_numbers
from core.periods import month_of
from opportunities.milestones import MilestoneCode, status_allows
from opportunities.models import (
    BusinessKind,
    Milestone,
    Opportunity,
    OpportunityLine,
    OpportunityMember,
    OpportunityStatus,
    Product,
)
from teams.importers import bilingual, currency_lookup, user_lookup
from teams.models import User
from teams.rights import Right

OPEN_HAS_NO_END = gettext_noop("An open opportunity has no closing date.")
ENDS_TOO_EARLY = gettext_noop("It cannot be closed before it was opened.")
NOT_SIGNED = gettext_noop("Won means that the milestone signed was reached.")


def product_lookup() -> Lookup:
    lookup = Lookup()
    for pk, code, zh, en in Product.objects.values_list("pk", "code", "name_zh", "name_en"):
        lookup.add(pk, zh, en, strong=[code])
    return lookup


class ProductImporter(Importer):
    """The catalogue (产品)."""

    kind = "products"
    label = _("Products")
    model = Product
    right = Right.MANAGE_SETTINGS
    fields = (
        Field("code", _("Code"), attr="code", key=True, limit=40),
        Field("name", _("Name"), limit=120),
        Field("name_zh", _("Chinese name"), attr="name_zh", limit=120),
        Field("name_en", _("English name"), attr="name_en", limit=120),
        Field("family", _("Series"), limit=80),
        Field("family_zh", _("Series (Chinese)"), attr="family_zh", limit=80),
        Field("family_en", _("Series (English)"), attr="family_en", limit=80),
        Field("list_price", _("List price"), "decimal", attr="list_price", low=0),
        Field(
            "floor_price",
            _("Floor price"),
            "decimal",
            attr="floor_price",
            low=0,
            right=Right.SEE_COST,
        ),
        Field("currency", _("Currency"), "lookup", attr="currency_id", lookup="currency"),
        Field("unit", _("Unit"), limit=20),
        Field("is_active", _("Active"), "bool", attr="is_active"),
    )

    lookup_currency = staticmethod(currency_lookup)
    lookup_product = staticmethod(product_lookup)

    def match(self, plan):
        products = self.extra_lookup("product")
        seen: dict[str, int] = {}
        for position in range(plan.count):
            row = plan.row(position)
            name = row.get("code") or row.get("name") or row.get("name_zh") or row.get("name_en")
            if not name:
                plan.problem(position, Problem("required", "code"))
                continue
            key = fold(name)
            if key in seen:
                params = {"line": plan.lines[seen[key]]}
                plan.problem(position, Problem("duplicate_key", "code", name, params))
                continue
            seen[key] = position
            known = products.ids.get(key)
            if row.get("code") and key not in products.strong:
                known = None
            plan.target[position] = known

    def values(self, plan, position, values):
        wanted = super().values(plan, position, values)
        bilingual(values, wanted, values.get("name"))
        for stem in ("family", "unit"):
            part: dict = {}
            bilingual(values, part, values.get(stem))
            for name, text in part.items():
                wanted.setdefault(name.replace("name", stem), text)
        return wanted

    def complete(self, plan, position, values, wanted, current):
        if current is None:
            name = values.get("name") or values.get("name_zh") or values.get("name_en")
            wanted.setdefault("code", (name or "")[:40])
            wanted.setdefault("currency_id", company().currency_id)
            if not wanted.get("name_zh") and not wanted.get("name_en"):
                bilingual(values, wanted, wanted["code"])

    def label_of(self, plan, outcome):
        codes = ("name", "name_zh", "name_en", "code")
        return next((t for code in codes if (t := plan.text(outcome.position, code))), "")


class Rates:
    """Exchange rates into the company currency, loaded once."""

    def __init__(self):
        self.base = company().currency_id
        self._days: dict[str, list[date]] = {}
        self._rates: dict[str, list[Decimal]] = {}
        rows = ExchangeRate.objects.order_by("valid_from")
        for code, day, rate in rows.values_list("currency", "valid_from", "rate"):
            self._days.setdefault(code, []).append(day)
            self._rates.setdefault(code, []).append(rate)

    def at(self, currency: str, day: date) -> Decimal | None:
        """The rate in force on a day, None where none is known."""
        if currency == self.base:
            return Decimal(1)
        index = bisect_right(self._days.get(currency, []), day)
        return self._rates[currency][index - 1] if index else None


class OpportunityImporter(Importer):
    """Opportunities (商机). Without an account they stay visible to their owner and line."""

    kind = "opportunities"
    label = _("Opportunities")
    model = Opportunity
    right = Right.EDIT_OPPORTUNITIES
    fields = (
        Field("number", _("Number"), attr="number", key=True, limit=40),
        Field("name", _("Name"), attr="name"),
        Field("account", _("Account"), "lookup", attr="account_id", lookup="account"),
        Field("owner", _("Owner"), "lookup", attr="owner_id", lookup="user"),
        Field("members", _("Deal team"), "many", lookup="user"),
        Field("product", _("Product"), "lookup", lookup="product"),
        Field("quantity", _("Quantity"), "decimal", low=0),
        Field("unit_price", _("Unit price"), "decimal", low=0),
        Field("kind", _("Kind of business"), "choice", attr="kind", choices=BusinessKind),
        Field("status", _("Status"), "choice", attr="status", choices=OpportunityStatus),
        Field("milestone", _("Milestone"), "choice", attr="milestone", choices=Milestone),
        Field("milestone_since", _("Milestone since"), "date", attr="milestone_since"),
        Field("amount", _("Amount"), "decimal", attr="amount", low=0),
        Field("currency", _("Currency"), "lookup", attr="currency_id", lookup="currency"),
        Field("opened_on", _("Opened on"), "date", attr="opened_on"),
        Field("expected_close_on", _("Expected close"), "date", attr="expected_close_on"),
        Field("closed_on", _("Closed on"), "date", attr="closed_on"),
        Field("next_step", _("Next step"), attr="next_step"),
        Field("next_step_on", _("Next step on"), "date", attr="next_step_on"),
        Field("lost_reason", _("Why it was lost"), attr="lost_reason", limit=300),
        Field("notes", _("Notes"), attr="notes", limit=10_000),
        Field("created_by", _("Created by"), "lookup", attr="created_by_id", lookup="user"),
        Field("created_at", _("Created on"), "datetime", attr="created_at"),
    )
    DERIVED_FROM = (
        "name",
        "number",
        "status",
        "milestone",
        "amount",
        "currency_id",
        "closed_on",
        "opened_on",
        "owner_id",
        "account_id",
    )

    DERIVED = (
        "owner_unit_id",
        "amount_base",
        "rate_date",
        "closed_month",
        "milestone_since",
        "search_index",
    )

    lookup_user = staticmethod(user_lookup)
    lookup_currency = staticmethod(currency_lookup)
    lookup_product = staticmethod(product_lookup)

    def lookup_account(self):
        return account_lookup(self.user)

    # ------------------------------------------------------------------------------------ matching

    def match(self, plan):
        self._load(plan)
        seen: dict[str, int] = {}
        for position, number in enumerate(plan.columns.get("number") or ()):
            if not number:
                continue
            key = number.casefold()
            if key in seen:
                params = {"line": plan.lines[seen[key]]}
                plan.problem(position, Problem("duplicate_key", "number", number, params))
                continue
            seen[key] = position
            known = self._by_number.get(key)
            if known is None:
                continue
            plan.target[position], archived = known
            if archived:
                plan.problem(position, Problem("archived"))
            elif self._editable is not None and known[0] not in self._editable:
                plan.problem(position, Problem("not_yours"))

    def _load(self, plan):
        user = self.user
        self._rates = Rates()
        self._units = frozenset(user.unit_ids)
        self._people = {
            pk: (unit, currency)
            for pk, unit, currency in User.objects.values_list(
                "pk", "unit", "unit__division__currency"
            )
        }
        rows = Opportunity.objects.exclude(pk__in=self.own_ids)
        self._by_number = {
            number.casefold(): (pk, archived is not None)
            for pk, number, archived in rows.values_list("pk", "number", "archived_at")
        }
        self._editable = None
        if not user.sees_everything:
            mine = Opportunity.objects.filter(owner=user)
            line = Opportunity.objects.filter(owner_unit__in=self._units)
            team = Opportunity.objects.filter(members__user=user)
            self._editable = {
                pk for rows in (mine, line, team) for pk in rows.values_list("pk", flat=True)
            }
        accounts = Account.objects.visible_to(user)
        self._account_names = dict(accounts.values_list("pk", "name"))
        self._products = {product.pk: product for product in Product.objects.all()}
        self._held = {}
        targets = {pk for pk, _archived in self._by_number.values()}
        if targets and plan.columns.get("number"):
            held = rows.values_list("pk", "status", "milestone", "closed_on", "opened_on", "owner")
            self._held = {row[0]: row[1:] for row in held}

    # --------------------------------------------------------------------------------------- rules

    def check(self, plan, position, values):
        target = plan.target[position]
        held = self._held.get(target, (None,) * 5)
        owner = values.get("owner")
        if owner is not None and owner != held[4] and not self._may_give(owner):
            plan.problem(position, Problem("no_right", "owner", plan.text(position, "owner")))
        status = values.get("status") or held[0] or OpportunityStatus.OPEN
        closed = values.get("closed_on") or held[2]
        opened = values.get("opened_on") or held[3]
        milestone = values.get("milestone")
        bad = {p.field for p in plan.problems.get(position, ())}
        if status != OpportunityStatus.OPEN and closed is None and "closed_on" not in bad:
            plan.problem(position, Problem("required", "closed_on"))
        if status == OpportunityStatus.OPEN and values.get("closed_on"):
            self._rule(plan, position, "closed_on", OPEN_HAS_NO_END)
        if closed and opened and closed < opened:
            self._rule(plan, position, "closed_on", ENDS_TOO_EARLY)
        if milestone and not status_allows(milestone, status):
            self._rule(plan, position, "milestone", NOT_SIGNED)
        won = status == OpportunityStatus.WON
        if won and target is None and values.get("amount") is None and "amount" not in bad:
            plan.problem(position, Problem("required", "amount"))
        if values.get("amount") is not None:
            self._check_rate(plan, position, values, closed)

    @staticmethod
    def _rule(plan, position, code, reason):
        params = {"reason": reason}
        plan.problem(position, Problem("rule", code, plan.text(position, code), params))

    def _check_rate(self, plan, position, values, closed):
        currency = values.get("currency") or self._currency_of(values.get("owner"))
        if self._rates.at(currency, closed or self.today) is None:
            params = {"currency": currency}
            plan.problem(
                position, Problem("no_rate", "amount", plan.text(position, "amount"), params)
            )

    def _may_give(self, owner) -> bool:
        if owner == self.user.pk or self.user.sees_everything:
            return True
        return self._people[owner][0] in self._units

    def _currency_of(self, owner) -> str:
        return self._people[owner or self.user.pk][1] or self._rates.base

    # -------------------------------------------------------------------------------------- values

    def values(self, plan, position, values):
        wanted = super().values(plan, position, values)
        if plan.target[position] is not None:
            for name in ("created_at", "created_by_id"):
                wanted.pop(name, None)
        return wanted

    def extra_names(self):
        return (*self.DERIVED_FROM, *self.DERIVED)

    def complete(self, plan, position, values, wanted, current):
        if current is None:
            self._complete_new(values, wanted)
        now = {**(current or {}), **wanted}
        if current is None or "owner_id" in wanted:
            wanted["owner_unit_id"] = self._people[now["owner_id"]][0]
        if current is None or {"amount", "currency_id", "closed_on"} & set(wanted):
            on = now.get("closed_on") or self.today
            amount = now.get("amount")
            rate = None if amount is None else self._rates.at(now["currency_id"], on)
            wanted["amount_base"] = None if rate is None else quantise(amount * rate)
            wanted["rate_date"] = None if rate is None else on
        if "closed_on" in wanted:
            wanted["closed_month"] = month_of(wanted["closed_on"])
        if current is not None:
            self._complete_change(wanted, now)

    def _complete_change(self, wanted, now):
        if "status" in wanted and not status_allows(now["milestone"], now["status"]):
            won = now["status"] == OpportunityStatus.WON
            wanted["milestone"] = (
                MilestoneCode.SIGNED.value if won else MilestoneCode.PROPOSED.value
            )
        if now["status"] == OpportunityStatus.OPEN and now.get("closed_on"):
            wanted["closed_on"] = wanted["closed_month"] = None
        if "milestone" in wanted:
            wanted.setdefault("milestone_since", now.get("closed_on") or self.today)
        if {"name", "number"} & set(wanted):
            wanted["search_index"] = search_index(now["name"], now["number"])

    def _complete_new(self, values, wanted):
        wanted.setdefault("owner_id", self.user.pk)
        wanted.setdefault("created_by_id", self.user.pk)
        wanted.setdefault("status", OpportunityStatus.OPEN.value)
        won = wanted["status"] == OpportunityStatus.WON
        first = MilestoneCode.SIGNED if won else MilestoneCode.IDENTIFIED
        wanted.setdefault("milestone", first.value)
        wanted.setdefault("currency_id", self._currency_of(values.get("owner")))
        day = wanted.get("closed_on") or wanted.get("opened_on")
        if day is None and wanted.get("created_at"):
            day = timezone.localdate(wanted["created_at"])
        wanted.setdefault("milestone_since", day or self.today)
        if not wanted.get("name"):
            wanted["name"] = self._name(values)[:200]

    def _name(self, values) -> str:
        """Account and product, where the file has no name of its own."""
        product = self._products.get(values.get("product"))
        parts = [self._account_names.get(values.get("account")), product and product.name]
        return " · ".join(p for p in parts if p) or values.get("number") or str(_("Opportunity"))

    def before_write(self, plan, creates):
        missing = [o for o in creates if not o.values.get("number")]
        for outcome, number in zip(missing, self._numbers(plan, len(missing)), strict=True):
            outcome.values["number"] = number
        for outcome in creates:
            outcome.values["search_index"] = search_index(
                outcome.values["name"], outcome.values["number"]
            )

    def _numbers(self, plan, count) -> list[str]:
        taken = {number.casefold() for number in plan.columns.get("number", ()) if number}
        prefix, found = company().opportunity_number_prefix, []
        while len(found) < count:
            wanted = count - len(found)
            for number in take_numbers(code="opportunity", prefix=prefix, count=wanted, width=6):
                if number.casefold() not in taken and number.casefold() not in self._by_number:
                    found.append(number)
        return found

    # --------------------------------------------------------------------------------------- sides

    def prepare_chunk(self, plan, positions):
        targets = [plan.target[p] for p in positions if plan.target[p] is not None]
        self._lines: dict[tuple, OpportunityLine] = {}
        self._members: set = set()
        if targets and "product" in plan.columns:
            for line in OpportunityLine.objects.filter(opportunity__in=targets):
                self._lines[line.opportunity_id, line.product_id] = line
        if targets and "members" in plan.columns:
            members = OpportunityMember.objects.filter(opportunity__in=targets)
            self._members = set(members.values_list("opportunity", "user"))

    def sides(self, plan, position, values, wanted, current):
        target = plan.target[position]
        sides = []
        if values.get("product"):
            sides += self._line(values, target)
        for user in dict.fromkeys(values.get("members") or ()):
            if (target, user) not in self._members:
                sides.append(Side(OpportunityMember, {"opportunity_id": MAIN, "user_id": user}))
        return sides

    def _line(self, values, target) -> list[Side]:
        product = self._products[values["product"]]
        columns = {c: values[c] for c in ("quantity", "unit_price") if values.get(c)}
        line = self._lines.get((target, product.pk))
        if line is None:
            columns |= {"opportunity_id": MAIN, "product_id": product.pk}
            return [Side(OpportunityLine, columns, note={"product": [None, product.code]})]
        changes = {n: v for n, v in columns.items() if getattr(line, n) != v}
        if not changes:
            return []
        before = {n: getattr(line, n) for n in changes}
        said = {f"{product.code}.{n}": [str(before[n]), str(v)] for n, v in changes.items()}
        return [
            Side(
                OpportunityLine, changes, pk=line.pk, version=line.version, before=before, note=said
            )
        ]

    def label_of(self, plan, outcome):
        return outcome.values.get("name") or super().label_of(plan, outcome)

    def parent_of(self, plan, outcome):
        accounts = plan.columns.get("account")
        account = accounts[outcome.position] if accounts else None
        return (Account, account) if account else None

    # ------------------------------------------------------------------------------- contract dates

    def after_chunk(self, plan, outcomes):
        accounts = plan.columns.get("account")
        if accounts:
            touched = {accounts[o.position] for o in outcomes if o.action in ("create", "update")}
            record_dates(touched - {None})

    @classmethod
    def before_undo(cls, ids):
        deals = Opportunity.objects.filter(pk__in=ids).exclude(account=None)
        return set(deals.values_list("account", flat=True))

    @classmethod
    def after_undo(cls, context):
        record_dates(context)


def record_dates(accounts: set[int]) -> None:
    """First and last contract of many accounts at once (services.contracts does one)."""
    won = Opportunity.objects.current().won().filter(account__in=accounts).values("account")
    dates = {
        row["account"]: {"first_contract_on": row["first"], "last_contract_on": row["last"]}
        for row in won.annotate(first=Min("closed_on"), last=Max("closed_on")).order_by()
    }
    none = {"first_contract_on": None, "last_contract_on": None}
    known = AccountFigures.objects.filter(account__in=accounts).values("account", *none)
    rows, now = [], timezone.now()
    for row in known:
        account = row.pop("account")
        if row != dates.get(account, none):
            rows.append((account, {**dates.get(account, none), "figures_at": now}))
    bulk.update(AccountFigures, rows)
