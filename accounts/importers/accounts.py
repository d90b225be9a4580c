"""Importing accounts, with their contacts in the same sheet."""

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.importers.book import ContactBook
from accounts.importers.lookups import account_lookup, industry_lookup, tier_lookup
from accounts.importers.matching import AccountMatching
from accounts.importers.rules import AccountRules
from accounts.models import (
    Account,
    AccountAssignment,
    AccountFigures,
    AccountFormerName,
    AccountStatus,
    AssignmentRole,
    Closeness,
    ContactLevel,
    CreditChange,
    CreditGrade,
    GeographicScope,
    Industry,
    Nature,
    PurchasingPower,
    SalesChannel,
    TierChange,
)
from accounts.services.accounts import number_registered
from core.importing import bulk
from core.importing.base import MAIN, Importer, Side
from core.importing.fields import Field
from core.models import company
from core.normalise import normalise_name, search_index
from core.numbering import take_numbers
from teams.importers import city_lookup, currency_lookup, user_lookup
from teams.rights import Right

NAMES = ("name", "short_name", "name_en", "file_number", "registration_no")
DERIVED = (
    "normalised_name",
    "search_index",
    "tier_since",
    "credit_since",
    "credit_assessor_id",
    "department_id",
    "division_id",
    "tier_id",
)
BY_IMPORT = _("Imported from a file")


class AccountImporter(AccountMatching, AccountRules, Importer):
    """Key accounts (大客户); further lines with the same key add contacts."""

    kind = "accounts"
    label = _("Accounts")
    model = Account
    right = Right.EDIT_ACCOUNTS
    parent_field = "parent"
    parent_attr = "parent_id"
    owned = ("accounts.accountfigures",)
    shared = (Industry,)
    fields = (
        Field("name", _("Legal name"), attr="name", required=True, key=True),
        Field("file_number", _("File number"), attr="file_number", key=True, limit=40),
        Field(
            "registration_no", _("Registration number"), attr="registration_no", key=True, limit=40
        ),
        Field("short_name", _("Short name"), attr="short_name", limit=60),
        Field("name_en", _("English name"), attr="name_en"),
        Field("former_name", _("Former name")),
        Field("parent", _("Belongs to group"), "self", attr="parent_id"),
        Field("industry", _("Industry"), "lookup", attr="industry_id", lookup="industry"),
        Field("city", _("City"), "lookup", attr="city_id", lookup="city"),
        Field("address", _("Address"), attr="address", limit=300),
        Field("phone", _("Phone"), "phone", attr="phone", limit=40),
        Field("website", _("Website"), "url", attr="website"),
        Field("founded_year", _("Founded in"), "integer", attr="founded_year", low=1000, high=2200),
        Field("employees", _("Employees"), "integer", attr="employees", low=0),
        Field("turnover", _("Annual turnover"), "decimal", attr="turnover", low=0),
        Field(
            "turnover_currency",
            _("Turnover currency"),
            "lookup",
            attr="turnover_currency_id",
            lookup="currency",
        ),
        Field("nature", _("Customer nature"), "choice", attr="nature", choices=Nature),
        Field(
            "purchasing_power",
            _("Purchasing power"),
            "choice",
            attr="purchasing_power",
            choices=PurchasingPower,
        ),
        Field(
            "closeness", _("Relationship closeness"), "choice", attr="closeness", choices=Closeness
        ),
        Field(
            "sales_channel",
            _("Sales channel"),
            "choice",
            attr="sales_channel",
            choices=SalesChannel,
        ),
        Field(
            "geographic_scope",
            _("Geographic scope"),
            "choice",
            attr="geographic_scope",
            choices=GeographicScope,
        ),
        Field("tier", _("Tier"), "lookup", attr="tier_id", lookup="tier"),
        Field(
            "credit_grade",
            _("Credit grade"),
            "choice",
            attr="credit_grade",
            choices=CreditGrade,
            right=Right.SET_CREDIT,
        ),
        Field("status", _("Status"), "choice", attr="status", choices=AccountStatus),
        Field("manager", _("Account manager"), "lookup", lookup="user"),
        Field("chief", _("Chief account manager"), "lookup", lookup="user"),
        Field("sellers", _("Sellers"), "many", lookup="user", help=_("Several, separated by ;")),
        Field("notes", _("Notes"), attr="notes", limit=10_000),
        Field("created_by", _("Created by"), "lookup", attr="created_by_id", lookup="user"),
        Field("created_at", _("Created on"), "datetime", attr="created_at"),
        Field("contact_name", _("Contact: name"), limit=120),
        Field("contact_title", _("Contact: job title"), limit=120),
        Field("contact_department", _("Contact: department"), limit=120),
        Field("contact_level", _("Contact: level"), "choice", choices=ContactLevel),
        Field("contact_mobile", _("Contact: mobile"), "phone", limit=40),
        Field("contact_phone", _("Contact: phone"), "phone", limit=40),
        Field("contact_email", _("Contact: e-mail"), "email", limit=254),
        Field("contact_wechat", _("Contact: WeChat"), limit=60),
    )

    lookup_city = staticmethod(city_lookup)
    lookup_currency = staticmethod(currency_lookup)
    lookup_user = staticmethod(user_lookup)
    lookup_tier = staticmethod(tier_lookup)

    def lookup_industry(self):
        return industry_lookup(self.user.has_right(Right.MANAGE_SETTINGS))

    def lookup_self(self):
        return account_lookup(self.user)

    def parent_map(self):
        return dict(Account.objects.values_list("pk", "parent"))

    # ------------------------------------------------------------------------------------- values

    def values(self, plan, position, values):
        wanted = super().values(plan, position, values)
        if number := wanted.get("registration_no"):
            wanted["registration_no"] = number.upper().replace(" ", "")
        target = plan.target[position]
        if target is None:
            return wanted
        for name in ("created_at", "created_by_id"):  # who entered it and when stays true
            wanted.pop(name, None)
        manager = values.get("manager")
        if manager is not None and manager != self._managers.get(target):
            wanted["department_id"], wanted["division_id"] = self._people[manager]
        return wanted

    def extra_names(self):
        return (*NAMES, *DERIVED)

    def complete(self, plan, position, values, wanted, current):
        if current is None:
            self._complete_new(values, wanted)
        elif set(NAMES) & set(wanted):
            names = {**current, **wanted}
            wanted["normalised_name"] = normalise_name(names["name"])
            former = [current["name"]] if "name" in wanted else []
            texts = [names[name] or "" for name in NAMES]
            wanted["search_index"] = search_index(*texts, *former)
        if current is not None and "division_id" in wanted:
            self._take_scheme(wanted, current)
        if "tier_id" in wanted:
            wanted["tier_since"] = self.today
        if "credit_grade" in wanted:
            wanted["credit_since"], wanted["credit_assessor_id"] = self.today, self.user.pk

    def _complete_new(self, values, wanted):
        manager = values.get("manager") or self._default_manager
        if manager is not None:
            wanted["department_id"], wanted["division_id"] = self._people[manager]
        else:
            wanted["department_id"] = self._home.pk
            wanted["division_id"] = self._home.division_id or self._home.pk
        wanted.setdefault("created_by_id", self.user.pk)
        if wanted.get("turnover") is not None:
            wanted.setdefault("turnover_currency_id", self._currency)

    def before_write(self, plan, creates):
        """File numbers for registered rows without one, and the search index, which contains
        them."""
        for outcome in creates:
            outcome.values["file_number"] = outcome.values.get("file_number") or None
        missing = [
            o
            for o in creates
            if not o.values["file_number"] and o.values.get("status") == AccountStatus.REGISTERED
        ]
        for outcome, number in zip(missing, self._numbers(plan, len(missing)), strict=True):
            outcome.values["file_number"] = number
        for outcome in creates:
            values = outcome.values
            values["normalised_name"] = self._normals.get(outcome.position) or normalise_name(
                values["name"]
            )
            former = plan.text(outcome.position, "former_name")
            values["search_index"] = search_index(
                *(values.get(name) or "" for name in NAMES), former
            )

    def _numbers(self, plan, count) -> list[str]:
        taken = {number.casefold() for number in plan.columns.get("file_number", ()) if number}
        prefix, found = company().file_number_prefix, []
        while len(found) < count:
            for number in take_numbers(code="account", prefix=prefix, count=count - len(found)):
                key = number.casefold()
                if key not in taken and key not in self._by_number:
                    found.append(number)
        return found

    def after_chunk(self, plan, outcomes):
        made = [{"account_id": o.pk} for o in outcomes if o.action == "create"]
        bulk.insert(AccountFigures, made)
        registered = [o.pk for o in outcomes if o.action == "update" and "status" in o.values]
        if registered:
            number_registered(Account.objects.filter(pk__in=registered))

    # -------------------------------------------------------------------------------------- sides

    def prepare_chunk(self, plan, positions):
        targets = {plan.target[p] for p in positions} - {None}
        self._open: dict[int, list] = {}
        rows = AccountAssignment.objects.filter(account__in=targets, ends_on=None)
        if {"manager", "chief", "sellers"} & set(plan.columns):
            for row in rows:
                self._open.setdefault(row.account_id, []).append(row)
        self._former: set = set()
        if targets and {"former_name", "name"} & set(plan.columns):
            known = AccountFormerName.objects.filter(account__in=targets)
            self._former = set(known.values_list("account", "name"))
        if "contact_name" in plan.columns:
            if not hasattr(self, "_book"):
                self._book = ContactBook(self.user, self.today)
            self._book.load(targets)

    def sides(self, plan, position, values, wanted, current):
        target = plan.target[position]
        sides: list[Side] = []
        if position not in plan.continues:
            industry = values.get("industry")
            if isinstance(industry, Side) and industry.pk is None and industry not in self._added:
                self._added.add(industry)
                sides.append(industry)
            sides += self._people_sides(values, target)
            sides += self._name_sides(values, wanted, current, target)
            sides += self._grade_sides(wanted, current)
        if values.get("contact_name"):
            key = plan.continues.get(position, position)
            made_by = values.get("created_by") or self.user.pk
            sides += self._book.sides(key, target, values, created_by=made_by)
        return sides

    def _people_sides(self, values, target) -> list[Side]:
        sides = []
        open_rows = self._open.get(target, []) if target else []
        manager = values.get("manager")
        if target is None:
            manager = manager or self._default_manager
        since = self._since(values) if target is None else self.today
        held = next((row for row in open_rows if row.role == AssignmentRole.MANAGER), None)
        if manager is not None and (held is None or held.user_id != manager):
            if held is not None:
                sides.append(self._close(held))
            was = self._person(held.user_id) if held else None
            note = {"manager": [was, self._person(manager)]}
            sides.append(self._assignment(manager, AssignmentRole.MANAGER, since, note))
        wanted = [(values["chief"], AssignmentRole.CHIEF)] if values.get("chief") else []
        wanted += [(pk, AssignmentRole.SELLER) for pk in dict.fromkeys(values.get("sellers") or ())]
        have = {(row.user_id, row.role) for row in open_rows}
        for pk, role in wanted:
            if (pk, role) not in have:
                note = {f"{role}:{pk}": [None, self._person(pk)]}
                sides.append(self._assignment(pk, role, since, note))
        return sides

    def _since(self, values):
        created = values.get("created_at")
        return min(timezone.localdate(created), self.today) if created else self.today

    @staticmethod
    def _assignment(user_id, role, since, note) -> Side:
        values = {"account_id": MAIN, "user_id": user_id, "role": role, "starts_on": since}
        return Side(AccountAssignment, values, note=note)

    def _close(self, row) -> Side:
        last_day = max(row.starts_on, self.today - timedelta(days=1))
        return Side(
            AccountAssignment,
            {"ends_on": last_day},
            pk=row.pk,
            version=row.version,
            before={"ends_on": row.ends_on},
        )

    def _person(self, pk) -> dict:
        return {"id": pk, "label": self._label(self.by_code["manager"], pk)}

    def _name_sides(self, values, wanted, current, target) -> list[Side]:
        names = [(values["former_name"], None)] if values.get("former_name") else []
        if current is not None and "name" in wanted:
            names.append((current["name"], self.today))
        return [
            Side(
                AccountFormerName,
                {
                    "account_id": MAIN,
                    "name": name,
                    "normalised_name": normalise_name(name),
                    "until": until,
                },
            )
            for name, until in dict(names).items()
            if (target, name) not in self._former
        ]

    def _grade_sides(self, wanted, current) -> list[Side]:
        sides = []
        if current is not None and "tier_id" in wanted:
            moved = {
                "account_id": MAIN,
                "from_tier_id": current.get("tier_id"),
                "to_tier_id": wanted["tier_id"],
                "reason": str(BY_IMPORT),
                "changed_by_id": self.user.pk,
                "changed_on": self.today,
            }
            sides.append(Side(TierChange, moved))
        if "credit_grade" in wanted:
            graded = {
                "account_id": MAIN,
                "grade": wanted["credit_grade"],
                "assessor_id": self.user.pk,
                "effective_on": self.today,
                "reason": str(BY_IMPORT),
            }
            sides.append(Side(CreditChange, graded))
        return sides
