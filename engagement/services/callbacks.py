"""Planning callbacks (R-ENG-27, R-ENG-28): plan, change, move, cancel."""

import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, ContactRole
from core import writing
from core.exceptions import DomainError, StaleVersion, SteeredStatus
from core.numbering import take_numbers
from engagement.models import (
    Callback,
    CallbackChannel,
    CallbackContact,
    CallbackKind,
    CallbackSettings,
    CallbackStatus,
)
from engagement.notices import callbacks as notices
from engagement.people import person_for
from engagement.permissions import callbacks as permissions
from engagement.services import callback_flow, steering
from flows import services as flows

PREFIX = "CB-"
EDITABLE = frozenset({"topic", "channel", "caller", "due_on"})


class NotPlanned(DomainError):
    """The customer was reached, or will not be called."""


@transaction.atomic
def plan_callback(
    *,
    account,
    actor,
    planned_at,
    due_on=None,
    kind=CallbackKind.REGULAR,
    caller=None,
    channel=CallbackChannel.PHONE,
    topic="",
    contacts=(),
    source="",
    at=None,
) -> Callback:
    """Plan a callback; its flow begins at once and leads past its planning.

    Without `due_on` the planned day is the last in time. `contacts` are people of the account,
    `caller` calls them (the actor where left out), `source` is the occasion that asks for it.
    """
    caller = caller or actor
    _refuse_planning(account, caller, actor)
    callback = Callback(
        number=take_numbers(code="callback", prefix=PREFIX)[0],
        account=account,
        kind=kind,
        topic=topic.strip(),
        channel=channel,
        caller=caller,
        due_on=due_on or timezone.localdate(planned_at),
        planned_at=planned_at,
        source=source,
        created_by=actor,
    )
    writing.create(instance=callback, actor=actor, action="callback.planned", parent=account, at=at)
    _set_contacts(callback, contacts)
    callback_flow.begin(callback, actor=actor, now=at)
    callback.refresh_from_db()
    return callback


@transaction.atomic
def plan_after_event(
    *, account, kind, source, happened_on, topic="", contacts=(), caller=None, actor=None, at=None
) -> Callback | None:
    """Plan the callback that an event asks for: a complaint that was closed, a service call that
    was done. The seam for whatever records such events; `source` names the event, and asking again
    for the same one gives the callback that is there. None where nobody looks after the account.

    `actor` is None where the system plans it.
    """
    known = Callback.objects.filter(kind=kind, source=source).first()
    if known is not None:
        return known
    caller = caller or person_for(account, "manager")
    if caller is None or account.archived_at is not None:
        return None
    rules = CallbackSettings.current()
    today = timezone.localdate(at)
    due = max(happened_on + datetime.timedelta(days=rules.event_days), today)
    moment = datetime.datetime.combine(due, rules.first_at)
    return plan_callback(
        account=account,
        actor=actor,
        kind=kind,
        source=source,
        caller=caller,
        topic=topic,
        contacts=contacts,
        due_on=due,
        planned_at=timezone.make_aware(moment),
        at=at,
    )


def _refuse_planning(account, caller, actor):
    if caller is None:
        raise DomainError(_("Say who calls."), field="caller")
    if account.archived_at is not None:
        raise DomainError(_("The account is archived."), field="account")
    if actor is not None:
        seen = Account.objects.visible_to(actor).filter(pk=account.pk).exists()
        if not (seen and permissions.can_plan(actor, account)):
            raise PermissionDenied
    _refuse_caller(account, caller, actor)


def _refuse_caller(account, caller, actor):
    if actor is not None and not permissions.can_plan_for(actor, account, caller):
        raise DomainError(_("You plan callbacks of your own at this account."), field="caller")
    if not caller.is_active:
        raise DomainError(_("This colleague has left."), field="caller")
    if not Account.objects.visible_to(caller).filter(pk=account.pk).exists():
        raise DomainError(
            _("%(user)s does not see this account.") % {"user": caller}, field="caller"
        )


@transaction.atomic
def update_callback(*, callback, values, actor, version=None, at=None) -> Callback:
    """Change what is planned: EDITABLE and `contacts`. Its time is moved by `move_callback`; the
    status is refused: SteeredStatus."""
    _refuse_strangers(callback, actor)
    if "status" in values:
        raise SteeredStatus(callback)
    unknown = set(values) - EDITABLE - {"contacts"}
    if unknown:
        raise TypeError(f"not editable here: {', '.join(sorted(unknown))}")
    refuse_unplanned(callback)
    plain = {name: value for name, value in values.items() if name in EDITABLE}
    if "caller" in plain and plain["caller"] != callback.caller:
        _refuse_caller(callback.account, plain["caller"], actor)
    told = {}
    if "contacts" in values:
        before = callback.contacts.count()
        if _set_contacts(callback, values["contacts"]):
            # How many, for history: names of customers are not kept there.
            told["contacts"] = (before, callback.contacts.count())
    writing.edit(
        instance=callback,
        values=plain,
        actor=actor,
        action="callback.edited",
        version=version,
        parent=callback.account,
        at=at,
        told=told,
    )
    follow(callback, actor, at, caller="caller" in plain)
    return callback


def _set_contacts(callback, contacts) -> bool:
    """Whether anything changed. Who is called must work there."""
    wanted = {contact.pk: contact for contact in contacts}
    held = dict(callback.contacts.values_list("contact", "pk"))
    new = [pk for pk in wanted if pk not in held]
    refuse_elsewhere(callback.account, [wanted[pk] for pk in new])
    gone = [held[pk] for pk in held if pk not in wanted]
    CallbackContact.objects.filter(pk__in=gone).delete()
    CallbackContact.objects.bulk_create(
        CallbackContact(callback=callback, contact_id=pk) for pk in new
    )
    return bool(new or gone)


def refuse_elsewhere(account, contacts, field="contacts") -> None:
    """Everybody named works at the account today."""
    roles = ContactRole.objects.on(timezone.localdate()).filter(account=account)
    here = set(roles.filter(contact__in=contacts).values_list("contact", flat=True))
    for contact in contacts:
        if contact.pk not in here or contact.archived_at is not None:
            raise DomainError(
                _("%(person)s does not work at this account.") % {"person": contact}, field=field
            )


def follow(callback, actor, at, *, caller=False) -> None:
    """What waits in its flow is due by its dates and lies with who calls now."""
    run = callback_flow.run_of(callback)
    if run is None:
        return
    flows.follow_subject(run=run, actor=actor, now=at)
    if caller and callback_flow.waits_for_call(callback):
        give_items(run, callback.caller)
    callback.refresh_from_db()


def give_items(run, person, reason="") -> None:
    """The open call goes to who makes it now, with its trail."""
    for item in steering.open_items(run):
        if item.assignee_id != person.pk:
            flows.reassign(item=item, to=person, actor=None, reason=reason or str(_("who calls")))


@transaction.atomic
def move_callback(*, callback, planned_at, reason, actor, version=None, at=None) -> Callback:
    """Another time. What waits for it moves with it."""
    _refuse_strangers(callback, actor)
    refuse_unplanned(callback)
    if not reason.strip():
        raise DomainError(_("Please say why."), field="reason")
    if planned_at == callback.planned_at:
        return callback
    notices.overtake(callback.pk, callback.planned_at, planned_at)
    writing.edit(
        instance=callback,
        values={"planned_at": planned_at, "reason": reason.strip()},
        actor=actor,
        action="callback.moved",
        version=version,
        parent=callback.account,
        reason=reason.strip(),
        at=at,
    )
    follow(callback, actor, at)
    return callback


@transaction.atomic
def cancel_callback(*, callback, reason, actor, version=None, at=None) -> Callback:
    """Give a callback up. Its flow ends as cancelled and gives it the status."""
    _refuse_strangers(callback, actor)
    refuse_unplanned(callback)
    if not reason.strip():
        raise DomainError(_("Please say why."), field="reason")
    if version is not None and int(version) != callback.version:
        raise StaleVersion(callback)
    run = callback_flow.run_of(callback)
    if run is None:
        callback_flow.write_status(
            callback,
            CallbackStatus.CANCELLED,
            actor=actor,
            at=at or timezone.now(),
            note=reason.strip(),
        )
    else:
        flows.cancel(run=run, actor=actor, reason=reason.strip(), now=at)
        callback.refresh_from_db()
    return callback


def _refuse_strangers(callback, actor):
    if actor is not None and not permissions.can_change(actor, callback):
        raise PermissionDenied


def refuse_unplanned(callback):
    if not callback.is_ahead:
        raise NotPlanned(
            _("This callback is %(status)s: its plan is not changed any more.")
            % {"status": callback.get_status_display()}
        )
