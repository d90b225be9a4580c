"""Importing contacts: people, and what they are at which account."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from accounts.importers.book import contact_index, editable_accounts
from accounts.importers.lookups import account_lookup
from accounts.models import Account, Consent, Contact, ContactLevel, ContactRole
from core.importing.base import MAIN, Importer, Side, Suspect
from core.importing.fields import Field, Problem
from core.normalise import fold as fold_name
from core.normalise import normalise_name
from teams.importers import user_lookup
from teams.rights import Right

OF_ROLE = {
    "title": "title",
    "department": "department_name",
    "level": "level",
    "is_business_department": "is_business_department",
    "is_primary": "is_primary",
    "starts_on": "starts_on",
    "ends_on": "ends_on",
}
INDEXED = ("name", "name_en", "phone", "mobile", "email")


class ContactImporter(Importer):
    """Contacts (联系人). A line names a person and perhaps the account where they work."""

    kind = "contacts"
    label = _("Contacts")
    model = Contact
    right = Right.EDIT_ACCOUNTS
    fields = (
        Field("name", _("Name"), attr="name", required=True, key=True, limit=120),
        Field("account", _("Account"), "lookup", lookup="account"),
        Field("name_en", _("English name"), attr="name_en", limit=120),
        Field("salutation", _("Salutation"), attr="salutation", limit=40),
        Field("title", _("Job title"), limit=120),
        Field("department", _("Customer's department"), limit=120),
        Field("level", _("Level"), "choice", choices=ContactLevel),
        Field("is_business_department", _("Business department"), "bool"),
        Field("is_primary", _("Main contact"), "bool"),
        Field("starts_on", _("From"), "date"),
        Field("ends_on", _("Until"), "date"),
        Field("mobile", _("Mobile"), "phone", attr="mobile", key=True, limit=40),
        Field("phone", _("Phone"), "phone", attr="phone", limit=40),
        Field("email", _("E-mail"), "email", attr="email", key=True, limit=254),
        Field("wechat", _("WeChat"), attr="wechat", limit=60),
        Field("birthday", _("Birthday"), "date", attr="birthday"),
        Field("important_dates", _("Important dates"), attr="important_dates", limit=300),
        Field("preferences", _("Preferences"), attr="preferences", limit=5_000),
        Field("consent", _("Consent to be contacted"), "choice", attr="consent", choices=Consent),
        Field("closeness", _("Closeness"), "integer", attr="closeness", low=0, high=5),
        Field("owner", _("Relationship owner"), "lookup", attr="owner_id", lookup="user"),
        Field("last_contact_on", _("Last contact"), "date", attr="last_contact_on"),
        Field("notes", _("Notes"), attr="notes", limit=10_000),
        Field("created_by", _("Created by"), "lookup", attr="created_by_id", lookup="user"),
        Field("created_at", _("Created on"), "datetime", attr="created_at"),
    )

    lookup_user = staticmethod(user_lookup)

    def lookup_account(self):
        return account_lookup(self.user)

    # ------------------------------------------------------------------------------------ matching

    def match(self, plan):
        self._load()
        seen: dict[tuple, int] = {}
        for position in range(plan.count):
            row = plan.row(position)
            if not row.get("name"):
                continue
            name = fold_name(row["name"])
            keys = [("a", name, row.get("account"))] if row.get("account") else []
            keys += [(code, name, row[code]) for code in ("email", "mobile") if row.get(code)]
            first = next((seen[key] for key in keys if key in seen), None)
            if first is not None:
                self._again(plan, position, first)
                continue
            seen.update(dict.fromkeys(keys, position))
            self._find(plan, position, row, name)

    def _again(self, plan, position, first):
        """The same person once more: another account is another role, else a repetition."""
        accounts = plan.columns.get("account")
        if accounts and accounts[position] not in (None, accounts[first]):
            plan.target[position] = plan.target[first]
            plan.continues[position] = first
        else:
            plan.problem(position, Problem("duplicate_key", params={"line": plan.lines[first]}))

    def _load(self):
        user = self.user
        self._mine = editable_accounts(user, self.today)
        self._at: dict[tuple, int] = {}
        self._by: dict[tuple, int] = {}
        self._by_name: dict[str, list] = {}
        self._labels: dict[int, str] = {}
        rows = Contact.objects.visible_to(user).current().exclude(pk__in=self.own_ids)
        for pk, name, email, mobile in rows.values_list("pk", "name", "email", "mobile").distinct():
            key = fold_name(name)
            self._labels[pk] = name
            self._by_name.setdefault(key, []).append(pk)
            for code, value in (("email", email), ("mobile", mobile)):
                if value:
                    self._by.setdefault((code, value), pk)
        roles = ContactRole.objects.filter(contact__in=list(self._labels), ends_on=None)
        if len(self._labels) > 900:
            roles = ContactRole.objects.filter(ends_on=None)
        self._works: dict[int, set] = {}
        for contact, account in roles.values_list("contact", "account"):
            if contact in self._labels:
                self._at[fold_name(self._labels[contact]), account] = contact
                self._works.setdefault(contact, set()).add(account)
        entered = Contact.objects.filter(created_by=user, roles=None).values_list("pk", flat=True)
        self._entered = set(entered)

    def _find(self, plan, position, row, name):
        account = row.get("account")
        target = self._at.get((name, account)) if account else None
        found = [self._by.get((c, row[c])) for c in ("email", "mobile") if row.get(c)]
        for pk in dict.fromkeys(pk for pk in found if pk):
            if target is None and fold_name(self._labels[pk]) == name:
                target = pk
            elif pk != target:
                plan.suspect(position, Suspect(pk, self._labels[pk], "number"))
        if target is None and not found and not account:
            for pk in self._by_name.get(name, ())[:3]:
                plan.suspect(position, Suspect(pk, self._labels[pk], "name"))
        if target is not None:
            plan.suspects.pop(position, None)
            plan.target[position] = target
            if not self._may_edit(target):
                plan.problem(position, Problem("not_yours"))

    def _may_edit(self, contact) -> bool:
        if self._mine is None or contact in self._entered:
            return True
        return bool(self._works.get(contact, set()) & self._mine)

    def check(self, plan, position, values):
        account = values.get("account")
        if account is not None and self._mine is not None and account not in self._mine:
            text = plan.text(position, "account")
            plan.problem(position, Problem("not_yours", "account", text))
        start, end = values.get("starts_on"), values.get("ends_on")
        if start and end and end < start:
            reason = {"reason": gettext_noop("It ends before it begins.")}
            text = plan.text(position, "ends_on")
            plan.problem(position, Problem("rule", "ends_on", text, reason))

    # -------------------------------------------------------------------------------------- values

    def values(self, plan, position, values):
        wanted = super().values(plan, position, values)
        if plan.target[position] is not None:
            for name in ("created_at", "created_by_id"):
                wanted.pop(name, None)
        return wanted

    def extra_names(self):
        return (*INDEXED, "search_index", "normalised_name")

    def complete(self, plan, position, values, wanted, current):
        if current is None:
            wanted.setdefault("created_by_id", self.user.pk)
        if set(INDEXED) & set(wanted):
            names = {**(current or {}), **wanted}
            wanted["search_index"] = contact_index(names)
            wanted["normalised_name"] = normalise_name(names["name"])

    def prepare_chunk(self, plan, positions):
        self._roles: dict[tuple, ContactRole] = {}
        targets = [plan.target[p] for p in positions if plan.target[p] is not None]
        for role in ContactRole.objects.filter(contact__in=targets, ends_on=None):
            self._roles[role.contact_id, role.account_id] = role

    def sides(self, plan, position, values, wanted, current):
        account = values.get("account")
        if account is None:
            return []
        columns = {to: values[of] for of, to in OF_ROLE.items() if of in values}
        role = self._roles.get((plan.target[position], account))
        if role is None:
            return [Side(ContactRole, {"contact_id": MAIN, "account_id": account, **columns})]
        changes = {name: value for name, value in columns.items() if getattr(role, name) != value}
        if not changes:
            return []
        before = {name: getattr(role, name) for name in changes}
        side = Side(ContactRole, changes, pk=role.pk, version=role.version, before=before)
        side.action, side.label = "contact.role_edited", values["name"]
        return [side]

    def parent_of(self, plan, outcome):
        accounts = plan.columns.get("account")
        account = accounts[outcome.position] if accounts else None
        return (Account, account) if account else None
