"""What the flow of a registration writes, within the flow's own transaction."""

from django.db import transaction
from django.utils import timezone

from accounts.models import Account, AccountStatus
from accounts.permissions import can_register
from accounts.services import register_account
from core import writing
from flows.models import FlowEvent
from planning.models import RegistrationStatus
from planning.services.files import confirm_file

DECIDED = (RegistrationStatus.REGISTERED, RegistrationStatus.REJECTED, RegistrationStatus.RETURNED)


def settle_status(*, registration, status, actor):
    """Take the status the flow says; a decision also keeps who decided, when and why."""
    event = _last_event(registration)
    at = event.at if event else timezone.now()
    values = {"status": status}
    if status in DECIDED:
        values |= {"decided_by": actor, "decided_at": at, "reason": event.note if event else ""}
    return writing.edit(
        instance=registration,
        values=values,
        actor=actor,
        action=f"registration.{status}",
        parent=registration.account,
        reason=values.get("reason", ""),
        at=at,
    )


@transaction.atomic
def open_file(*, registration, actor):
    """Register the account: it gets its file number, and its file is in date from that day on.

    The flow decided; whoever did its last step need not have the right to register.
    """
    event = _last_event(registration)
    at = event.at if event else None
    account = Account.objects.get(pk=registration.account_id)
    if account.status == AccountStatus.REGISTERED and account.file_number:
        return account
    by = actor if actor is not None and can_register(actor, account) else None
    register_account(account=account, actor=by, at=at)
    confirm_file(account=account, actor=None, at=at)
    return account


def _last_event(registration):
    """What was done last in a flow on the registration: its time and its words are the reason."""
    events = FlowEvent.objects.filter(
        run__subject_type="registration", run__subject_id=registration.pk
    )
    return events.order_by("pk").last()
