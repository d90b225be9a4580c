"""Accounts come in, change, move in their group and go out of use."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import permissions
from accounts.duplicates import find_duplicates
from accounts.models import (
    Account,
    AccountAssignment,
    AccountFigures,
    AccountFormerName,
    AccountStatus,
    AssignmentRole,
)
from accounts.services.contacts import create_contact
from accounts.services.tiers import take_scheme
from core import writing
from core.exceptions import DomainError
from core.models import company
from core.normalise import fold, normalise_name, search_index
from core.numbering import take_numbers
from teams.models import Unit
from teams.rights import Right

# What an edit may touch; everything else has its own service.
EDITABLE = frozenset(
    {
        "address",
        "city",
        "closeness",
        "employees",
        "founded_year",
        "geographic_scope",
        "industry",
        "name",
        "name_en",
        "nature",
        "notes",
        "phone",
        "purchasing_power",
        "registration_no",
        "sales_channel",
        "short_name",
        "turnover",
        "turnover_currency",
        "website",
    }
)
# On entry also these, because importing and registering carry them over.
ON_ENTRY = EDITABLE | {"file_number", "parent", "status", "created_by", "tier", "tier_since"}


class DuplicateAccount(DomainError):
    """An account with the same name or number exists; `duplicates` says which, where visible."""

    def __init__(self, duplicates):
        super().__init__(
            _("This account seems to exist already. Look at it, or confirm that it is another."),
            field="name",
        )
        self.duplicates = duplicates


class GroupLoop(DomainError):
    """A group would contain itself."""


class NotReadyToRegister(DomainError):
    """R-ACC-01: a contact and an account manager come first."""


@transaction.atomic
def create_account(
    *,
    actor,
    name,
    manager=None,
    department=None,
    contacts=(),
    confirm_duplicate=False,
    starts_on=None,
    at=None,
    **fields,
) -> Account:
    """Enter an account. Its manager is `manager`, else the person entering it; the department
    is the manager's unless given. `contacts` are dicts for `create_contact`.

    Raises DuplicateAccount unless `confirm_duplicate`.
    """
    _only(fields, ON_ENTRY)
    if actor is not None and not permissions.can_create_account(actor):
        raise PermissionDenied
    manager = manager or actor
    if (
        actor is not None
        and manager != actor
        and not (actor.sees_everything or manager.unit_id in actor.unit_ids)
    ):
        raise PermissionDenied
    if not confirm_duplicate and actor is not None:
        same = find_duplicates(
            user=actor, name=name, registration_no=fields.get("registration_no") or ""
        )
        if any(found.exact for found in same):
            raise DuplicateAccount(same)
    department = department or (manager and manager.unit)
    if department is None:
        raise DomainError(
            _("Choose an account manager who belongs to a department."), field="manager"
        )
    account = Account(name=name, department=department, created_by=fields.pop("created_by", actor))
    for field, value in fields.items():
        setattr(account, field, value)
    account.division = division_of(department)
    account.registration_no = account.registration_no or None
    account.file_number = account.file_number or None
    if account.status == AccountStatus.REGISTERED and not account.file_number:
        account.file_number = take_file_number()
    fill_indexes(account)
    told = {"manager": manager} if manager is not None else {}
    writing.create(instance=account, actor=actor, action="account.created", at=at, told=told)
    AccountFigures.objects.create(account=account, figures_at=at or timezone.now())
    if manager is not None:
        AccountAssignment.objects.create(
            account=account,
            user=manager,
            role=AssignmentRole.MANAGER,
            starts_on=starts_on or timezone.localdate(at),
        )
    for contact in contacts:
        create_contact(account=account, actor=actor, at=at, **contact)
    return account


@transaction.atomic
def update_account(*, account, values, actor, version=None, reason="", at=None) -> Account:
    """Change what an account is (EDITABLE). A new legal name keeps the old one as a former name."""
    _only(values, EDITABLE)
    if actor is not None and not permissions.can_edit_account(actor, account):
        raise PermissionDenied
    values = dict(values)
    if "registration_no" in values:
        values["registration_no"] = values["registration_no"] or None
    old_name, old_key = account.name, account.normalised_name
    names = {f: values.get(f, getattr(account, f)) for f in ("name", "short_name", "name_en")}
    if any(getattr(account, field) != value for field, value in names.items()) or (
        "registration_no" in values
    ):
        values["normalised_name"] = normalise_name(names["name"])
        former = list(account.former_names.values_list("name", flat=True))
        if names["name"] != old_name:
            former.append(old_name)
        values["search_index"] = search_index(
            *names.values(),
            account.file_number or "",
            values.get("registration_no", account.registration_no) or "",
            *former,
        )
    writing.edit(
        instance=account,
        values=values,
        actor=actor,
        action="account.edited",
        version=version,
        reason=reason,
        at=at,
    )
    if account.name != old_name:
        AccountFormerName.objects.get_or_create(
            account=account,
            name=old_name,
            defaults={
                "normalised_name": old_key,
                "until": timezone.localdate(at),
            },
        )
    return account


@transaction.atomic
def move_in_group(*, account, parent, actor, version=None) -> Account:
    """Put an account under another one, or on its own (`parent=None`). No loops (R-ACC-28)."""
    if actor is not None and not permissions.can_edit_account(actor, account):
        raise PermissionDenied
    refuse_loop(account, parent)
    return writing.edit(
        instance=account,
        values={"parent": parent},
        actor=actor,
        action="account.moved_in_group",
        version=version,
    )


def refuse_loop(account, parent):
    """Raise GroupLoop if `account` lies above `parent` or is it."""
    above, seen = parent, set()
    while above is not None and above.pk not in seen:
        if above.pk == account.pk:
            raise GroupLoop(
                _("%(account)s already belongs to %(parent)s; a group cannot contain itself.")
                % {"account": parent, "parent": account},
                field="parent",
            )
        seen.add(above.pk)
        above = above.parent


@transaction.atomic
def register_account(*, account, actor, version=None, at=None) -> Account:
    """Mark an account as registered (备案) and issue its file number (档案编号). It needs a
    contact and a manager first (R-ACC-01). Called by the last step of the registration's flow."""
    if actor is not None and not permissions.can_register(actor, account):
        raise PermissionDenied
    today = timezone.localdate(at)
    missing = []
    if not account.contact_roles.on(today).exists():
        missing.append((_("a contact"), account.get_absolute_url() + "people/"))
    if not account.assignments.on(today).filter(role=AssignmentRole.MANAGER).exists():
        missing.append((_("an account manager"), account.get_absolute_url() + "team/"))
    if missing:
        raise NotReadyToRegister(_("The account cannot be registered yet."), missing=missing)
    return writing.edit(
        instance=account,
        values={"status": AccountStatus.REGISTERED} | _numbered(account),
        actor=actor,
        action="account.registered",
        version=version,
        at=at,
    )


def _numbered(account) -> dict:
    """The columns that a file number changes; none where the account has one."""
    if account.file_number:
        return {}
    number = take_file_number()
    return {"file_number": number, "search_index": f"{account.search_index} {fold(number)}"}


def number_registered(accounts) -> None:
    """File numbers for accounts that came in registered, within the caller's transaction."""
    rows = accounts.filter(status=AccountStatus.REGISTERED, file_number=None).order_by("pk")
    for account in rows:
        Account.objects.filter(pk=account.pk).update(**_numbered(account))


@transaction.atomic
def override_classification(
    *, account, actor, reason, age_override=None, is_key_override=..., version=None
) -> Account:
    """Set new/existing or key/non-key by hand, with a reason; empty takes the computed value
    again (R-ACC-05, R-ACC-10)."""
    if actor is not None and not permissions.can_edit_account(actor, account):
        raise PermissionDenied
    values = {"override_reason": reason}
    if age_override is not None:
        values["age_override"] = age_override
    if is_key_override is not ...:
        values["is_key_override"] = is_key_override
    by_hand = values.get("age_override", account.age_override) or (
        values.get("is_key_override", account.is_key_override) is not None
    )
    if by_hand and not reason.strip():
        raise DomainError(_("Say why the computed value does not hold."), field="reason")
    return writing.edit(
        instance=account,
        values=values,
        actor=actor,
        action="account.classified_by_hand",
        reason=reason,
        version=version,
    )


@transaction.atomic
def archive_account(*, account, reason, actor, version=None) -> Account:
    """Take an account out of use. Nothing is deleted; it can be restored."""
    if actor is not None and not (
        permissions.can_edit_account(actor, account) and permissions.covers(actor, account)
    ):
        raise PermissionDenied
    if not reason.strip():
        raise DomainError(_("Say why the account is archived."), field="reason")
    return writing.edit(
        instance=account,
        values={"archived_at": timezone.now()},
        actor=actor,
        action="account.archived",
        reason=reason,
        version=version,
    )


@transaction.atomic
def restore_account(*, account, actor, version=None) -> Account:
    """Bring an archived account back, with a tier of the scheme that holds now. One that was
    merged stays where it went."""
    if actor is not None and not (
        actor.has_right(Right.EDIT_ACCOUNTS) and permissions.covers(actor, account)
    ):
        raise PermissionDenied
    if account.merged_into_id:
        raise DomainError(_("A merged account cannot be restored."))
    writing.edit(
        instance=account,
        values={"archived_at": None},
        actor=actor,
        action="account.restored",
        version=version,
    )
    take_scheme(account, actor=actor)
    return account


def division_of(department: Unit) -> Unit:
    """The division that decides tier scheme, routes and currency of a department's accounts."""
    return department.division or department


def take_file_number() -> str:
    """The next free file number; numbers that an import brought along are skipped."""
    prefix = company().file_number_prefix
    while True:
        [number] = take_numbers(code="account", prefix=prefix)
        if not Account.objects.filter(file_number=number).exists():
            return number


def fill_indexes(account):
    """Names made comparable and findable; called by every writer of names."""
    account.normalised_name = normalise_name(account.name)
    account.search_index = search_index(
        account.name,
        account.short_name,
        account.name_en,
        account.file_number or "",
        account.registration_no or "",
        *(account.former_names.values_list("name", flat=True) if account.pk else ()),
    )


def refresh_search(account):
    """Recompute the indexes after names came in from elsewhere (a merge)."""
    fill_indexes(account)
    Account.objects.filter(pk=account.pk).update(
        search_index=account.search_index, normalised_name=account.normalised_name
    )


def _only(values, allowed):
    unknown = set(values) - set(allowed)
    if unknown:
        raise TypeError(f"not editable here: {', '.join(sorted(unknown))}")


def touch_parent(account, parent):
    """Put an account under another group without a history line of its own (merging tells it)."""
    account.parent = parent
    Account.objects.filter(pk=account.pk).update(parent=parent)
