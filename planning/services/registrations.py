"""Starting a registration (备案), and changing what it says while it is not under review."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import AccountStatus
from core import writing
from core.exceptions import DomainError, SteeredStatus
from core.numbering import take_numbers
from flows.services import NoFlow, start
from planning import permissions
from planning.models import Registration, RegistrationKind, RegistrationStatus

# The flow that starts where no binding says another.
FLOWS = {RegistrationKind.CUSTOMER: "F-01", RegistrationKind.DEAL: "F-01-D"}
EDITABLE = frozenset({"deal_name", "amount", "currency", "valid_until"})
CHANGEABLE = (RegistrationStatus.DRAFT, RegistrationStatus.RETURNED)
PREFIX = "REG-"


class AlreadyRegistered(DomainError):
    """The customer has its file already."""


@transaction.atomic
def start_registration(
    *, account, actor, kind=RegistrationKind.CUSTOMER, originator=None, at=None, **deal
) -> Registration:
    """Put a customer or a deal forward. Its flow begins at once.

    `deal` are the fields of EDITABLE; a deal needs a name and a last day. Raises
    AlreadyRegistered, and DomainError where one of this kind is under way.
    """
    if actor is not None and not permissions.can_start_registration(actor, account):
        raise PermissionDenied
    if account.archived_at is not None:
        raise DomainError(_("The account is archived."))
    _refuse(account, kind, deal, timezone.localdate(at))
    if kind == RegistrationKind.CUSTOMER:
        deal = {}
    registration = Registration(
        kind=kind,
        number=take_numbers(code="registration", prefix=PREFIX)[0],
        account=account,
        originator=originator or actor,
        **deal,
    )
    writing.create(
        instance=registration,
        actor=actor,
        action="registration.started",
        parent=account,
        at=at,
    )
    _start_flow(registration, actor, at)
    return registration


@transaction.atomic
def registration_under_way(*, account, originator, at=None) -> Registration:
    """The registration of a customer that is under way, or a new one whose flow is still to be
    started: for flows that wait for it (F-03)."""
    found = account.registrations.open().filter(kind=RegistrationKind.CUSTOMER).first()
    if found is not None:
        return found
    _refuse(account, RegistrationKind.CUSTOMER, {}, timezone.localdate(at))
    registration = Registration(
        number=take_numbers(code="registration", prefix=PREFIX)[0],
        account=account,
        originator=originator,
    )
    return writing.create(
        instance=registration,
        actor=None,
        action="registration.started",
        parent=account,
        at=at,
    )


def _start_flow(registration, actor, at):
    try:
        start(subject=registration, actor=actor, now=at)
    except NoFlow:
        start(subject=registration, actor=actor, template_code=FLOWS[registration.kind], now=at)
    registration.refresh_from_db()


def _refuse(account, kind, deal, today):
    if account.registrations.open().filter(kind=kind).exists():
        raise DomainError(_("A registration of this kind is under way already."), field="kind")
    if kind == RegistrationKind.CUSTOMER:
        if account.status == AccountStatus.REGISTERED:
            raise AlreadyRegistered(_("This customer is registered already."), field="kind")
        return
    _refuse_deal(deal.get("deal_name"), deal.get("valid_until"), today)


def _refuse_deal(name, valid_until, today):
    if not (name or "").strip():
        raise DomainError(_("Say which deal it is."), field="deal_name")
    if valid_until is None:
        raise DomainError(_("Say until when the registration holds."), field="valid_until")
    if valid_until < today:
        raise DomainError(_("That day has passed already."), field="valid_until")


@transaction.atomic
def update_registration(*, registration, values, actor, version=None, at=None) -> Registration:
    """Change what the registration says of its deal, as long as nobody is reviewing it. The
    status is refused: SteeredStatus."""
    if actor is not None and not permissions.can_start_registration(actor, registration.account):
        raise PermissionDenied
    if "status" in values:
        raise SteeredStatus(registration)
    unknown = set(values) - EDITABLE
    if unknown:
        raise TypeError(f"not editable here: {', '.join(sorted(unknown))}")
    if registration.status not in CHANGEABLE:
        raise DomainError(_("It is being reviewed or decided: nothing is changed any more."))
    if registration.kind == RegistrationKind.DEAL:
        said = {name: values.get(name, getattr(registration, name)) for name in EDITABLE}
        _refuse_deal(said["deal_name"], said["valid_until"], timezone.localdate(at))
    return writing.edit(
        instance=registration,
        values=values,
        actor=actor,
        action="registration.edited",
        version=version,
        parent=registration.account,
        at=at,
    )
