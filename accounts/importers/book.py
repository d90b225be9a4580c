"""The contacts of accounts that rows name: found again, updated, or new."""

from accounts.models import Account, Contact, ContactRole
from accounts.permissions import cared_for
from core.importing.base import MAIN, Side
from core.normalise import fold as fold_name
from core.normalise import normalise_name, search_index

OF_PERSON = {
    "contact_mobile": "mobile",
    "contact_phone": "phone",
    "contact_email": "email",
    "contact_wechat": "wechat",
}
OF_ROLE = {
    "contact_title": "title",
    "contact_department": "department_name",
    "contact_level": "level",
}


def contact_index(values: dict) -> str:
    names = ("name", "name_en", "phone", "mobile", "email")
    return search_index(*(values.get(name) or "" for name in names))


def editable_accounts(user, today):
    """Ids of accounts whose contacts this person may edit; None means all."""
    if user.sees_everything:
        return None
    cared = cared_for(user, today)
    covered = Account.objects.filter(department__in=user.unit_ids)
    return set(covered.values_list("pk", flat=True)) | set(cared.values_list("account", flat=True))


class ContactBook:
    """Who works where, for the accounts of one chunk."""

    def __init__(self, user, today):
        self.user, self.today = user, today
        self._new: dict[tuple, Side] = {}
        self._roles: dict[int, dict[str, tuple]] = {}

    def load(self, accounts: set[int]):
        """The open roles at these accounts, by the folded name of the person."""
        self._roles = {}
        if not accounts:
            return
        rows = ContactRole.objects.filter(
            account__in=accounts, ends_on=None, contact__archived_at=None
        ).select_related("contact")
        for role in rows:
            names = self._roles.setdefault(role.account_id, {})
            names.setdefault(fold_name(role.contact.name), (role.contact, role))

    def sides(self, key, account: int | None, values: dict, *, created_by: int) -> list[Side]:
        """The person of a line. `key` stands for the account while it has no id."""
        name = values["contact_name"]
        person = {to: values[of] for of, to in OF_PERSON.items() if values.get(of)}
        role = {to: values[of] for of, to in OF_ROLE.items() if values.get(of)}
        if (key, fold_name(name)) in self._new:
            return []
        known = self._roles.get(account, {}).get(fold_name(name)) if account else None
        if known is not None:
            return [s for s in (_changed(known[0], person), _changed(known[1], role)) if s]
        columns = {
            "name": name,
            "normalised_name": normalise_name(name),
            "search_index": contact_index({"name": name, **person}),
            "created_by_id": created_by,
            **person,
        }
        contact = Side(Contact, columns, action="contact.created", label=name)
        self._new[key, fold_name(name)] = contact
        return [contact, Side(ContactRole, {"contact_id": contact, "account_id": MAIN, **role})]


def _changed(record, values: dict) -> Side | None:
    """The change of an existing contact or role, or nothing."""
    changes = {name: value for name, value in values.items() if getattr(record, name) != value}
    if not changes:
        return None
    side = Side(type(record), changes, pk=record.pk, version=record.version)
    if isinstance(record, Contact):
        told = {f: getattr(record, f) for f in ("name", "name_en", "phone", "mobile", "email")}
        side.values["search_index"] = contact_index({**told, **changes})
    side.action = "contact.edited" if isinstance(record, Contact) else "contact.role_edited"
    side.label = str(record)
    side.before = {name: getattr(record, name) for name in side.values}
    return side
