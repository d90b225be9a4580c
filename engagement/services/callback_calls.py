"""Making callbacks (R-ENG-27, R-ENG-28): tried, reached, what was said, what comes of it."""

import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.services import note_contact
from core import audit, writing
from core.exceptions import DomainError, StaleVersion
from engagement import calling
from engagement.models import (
    CallbackFeedback,
    CallbackSettings,
    CallbackStatus,
    CallbackTry,
    OpinionKind,
    OpinionSource,
    OpinionState,
)
from engagement.notices import callbacks as notices
from engagement.permissions import callbacks as permissions
from engagement.services import callback_flow, steering
from engagement.services.callbacks import NotPlanned, follow, refuse_elsewhere
from engagement.services.opinions import add_opinion, take_in_hand
from flows.models import ItemState
from flows.services import drop, make_item

END_OF_DAY = datetime.time(23, 59)
MOST_LINES = 30


class NotReady(DomainError):
    """Something stands before the call still: its list, the approval of it."""


@transaction.atomic
def record_call(
    *,
    callback,
    actor,
    satisfaction,
    contacts=(),
    lines=(),
    summary="",
    channel=None,
    actions=(),
    held_at=None,
    version=None,
    at=None,
):
    """The customer was reached: keep what was said; the flow goes on to the three who read it.

    `satisfaction` is 1 to 5 on the whole; each of `lines` is a dict of theme, text and perhaps
    kind, satisfaction and wish, and becomes an opinion that is followed to its end. `actions` are
    (what, whose, until which day inclusive). `held_at` is when it was, `at` when it is entered.
    """
    at = at or timezone.now()
    held_at = held_at or at
    _refuse_call(callback, actor, version)
    if satisfaction is None:
        raise DomainError(_("Say how satisfied they are."), field="satisfaction")
    if held_at > at:
        raise DomainError(_("That time has not come yet."), field="held_at")
    if len(lines) > MOST_LINES:
        raise DomainError(_("At most %(n)s opinions a callback.") % {"n": MOST_LINES})
    contacts = list(contacts)
    if callback.is_ahead:
        _reach(callback, actor, held_at, contacts, channel, at)
    _note_people(callback, contacts, held_at, actor, at)
    person = contacts[0] if contacts else _person(callback)
    for values in lines:
        _add_line(callback, values, person, actor, at)
    writing.edit(
        instance=callback,
        values={"satisfaction": satisfaction, "summary": summary.strip()},
        actor=actor,
        action="callback.recorded",
        parent=callback.account,
        at=at,
    )
    for what, who, day in actions:
        add_action(callback=callback, what=what, who=who, due_on=day, actor=actor, at=at)
    if callback_flow.run_of(callback) is None:
        callback_flow.write_status(callback, CallbackStatus.DISTRIBUTED, actor=actor, at=at)
    elif callback.status == CallbackStatus.CONTACTED:
        callback_flow.answer(callback, actor=actor, now=at)
    return callback


def _refuse_call(callback, actor, version):
    if actor is not None and not permissions.can_call(actor, callback):
        raise PermissionDenied
    if callback.status not in (CallbackStatus.PLANNED, CallbackStatus.CONTACTED):
        raise NotPlanned(
            _("This callback is %(status)s: nothing is entered any more.")
            % {"status": callback.get_status_display()}
        )
    if version is not None and int(version) != callback.version:
        raise StaleVersion(callback)
    if callback.is_ahead and not callback_flow.waits_for_call(callback):
        step = steering.named(callback_flow.run_of(callback))
        raise NotReady(_("Before the call comes: %(step)s") % {"step": step})


def _reach(callback, actor, held_at, contacts, channel, at):
    """From here on the customer was reached: its time and channel are kept, the flow goes on."""
    CallbackTry.objects.create(callback=callback, at=held_at, by=actor, reached=True)
    values = {"held_at": held_at} | ({"channel": channel} if channel else {})
    if callback_flow.run_of(callback) is None:
        values["status"] = CallbackStatus.CONTACTED
    writing.edit(
        instance=callback,
        values=values,
        actor=actor,
        action="callback.reached",
        parent=callback.account,
        at=at,
    )
    if callback_flow.run_of(callback) is not None:
        callback_flow.answer(callback, actor=actor, now=at)


def _note_people(callback, contacts, held_at, actor, at):
    if not contacts:
        return
    known = {row.contact_id: row for row in callback.contacts.all()}
    refuse_elsewhere(callback.account, [one for one in contacts if one.pk not in known])
    for contact in contacts:
        row = known.get(contact.pk) or callback.contacts.model(callback=callback, contact=contact)
        row.reached = True
        row.save()
        note_contact(contact=contact, on=timezone.localdate(held_at), actor=actor, at=at)
    callback.contacts.exclude(contact__in=contacts).update(reached=False)


def _person(callback):
    row = callback.contacts.select_related("contact").order_by("pk").first()
    return row.contact if row else None


def _add_line(callback, values, person, actor, at):
    last = callback.feedback.order_by("-line").values_list("line", flat=True).first() or 0
    theme, kind = values["theme"], values.get("kind") or OpinionKind.OPINION
    opinion = add_opinion(
        account=callback.account,
        text=values["text"],
        source=OpinionSource.CALLBACK,
        actor=actor,
        kind=kind,
        topic=theme.name,
        wish=values.get("wish", ""),
        contact=person,
        at=at,
    )
    row = CallbackFeedback(
        callback=callback,
        line=last + 1,
        kind=kind,
        theme=theme,
        satisfaction=values.get("satisfaction"),
        text=values["text"],
        opinion=opinion,
    )
    row.full_clean(exclude=["callback", "opinion"])
    row.save(force_insert=True)
    return row


@transaction.atomic
def note_not_reached(
    *, callback, actor, next_at=None, note="", version=None, tried_at=None, at=None
):
    """Nobody answered: it is tried again at another time, as often as the settings say."""
    at = at or timezone.now()
    _refuse_call(callback, actor, version)
    if not callback.is_ahead:
        raise NotPlanned(_("The customer was reached already."))
    if next_at is None:
        raise DomainError(_("Say when it is tried again."), field="next_at")
    if next_at <= at:
        raise DomainError(_("That time is over already."), field="next_at")
    most, failed = CallbackSettings.current().tries, callback.tries.filter(reached=False).count()
    if not calling.may_try_again(failed + 1, most):
        raise DomainError(
            _("It was tried %(n)s times: end it with a reason.") % {"n": failed + 1},
            field="next_at",
        )
    note = note.strip()
    CallbackTry.objects.create(
        callback=callback, at=tried_at or at, by=actor, note=note, next_at=next_at
    )
    notices.overtake(callback.pk, callback.planned_at, next_at)
    writing.edit(
        instance=callback,
        values={"planned_at": next_at},
        actor=actor,
        action="callback.tried",
        parent=callback.account,
        reason=note,
        at=at,
    )
    follow(callback, actor, at)
    return callback


@transaction.atomic
def give_up_callback(*, callback, actor, reason, version=None, at=None):
    """Nobody is reached: the callback ends with that, and why."""
    at = at or timezone.now()
    _refuse_call(callback, actor, version)
    if not callback.is_ahead:
        raise NotPlanned(_("The customer was reached already."))
    reason = reason.strip()
    if not reason:
        raise DomainError(_("Please say why."), field="reason")
    CallbackTry.objects.create(callback=callback, at=at, by=actor, note=reason[:300])
    run = callback_flow.run_of(callback)
    if run is None:
        return callback_flow.write_status(
            callback, CallbackStatus.NOT_REACHED, actor=actor, at=at, note=reason
        )
    outcome = steering.outcome_to(run, CallbackStatus.NOT_REACHED)
    if not outcome:
        raise DomainError(_("Its flow knows no end for a customer that is not reached."))
    callback_flow.answer(callback, actor=actor, now=at, outcome=outcome, opinion=reason)
    return callback


@transaction.atomic
def add_action(*, callback, what, who, due_on, actor, at=None):
    """What changes in how the customer is served because of the call: somebody does it by a day."""
    at = at or timezone.now()
    if actor is not None and not (
        permissions.can_add_action(actor, callback) or permissions.can_call(actor, callback)
    ):
        raise PermissionDenied
    if due_on < timezone.localdate(callback.held_at or at):
        raise DomainError(_("It is due after the call."), field="due_on")
    return make_item(
        actor=actor,
        title_zh=what,
        title_en=what,
        assignee=who,
        due_at=_until(due_on),
        subject=callback,
        now=at,
    )


def _until(day) -> datetime.datetime:
    return timezone.make_aware(datetime.datetime.combine(day, END_OF_DAY))


@transaction.atomic
def pass_on(*, callback, feedback, department, actor, who=None, due_on=None, note="", at=None):
    """One opinion goes to the department that sees to it: its head, or somebody named, has it as
    work and reads the callback by that. Without anybody there the department alone is noted.

    Passing it on again to another department takes the work from the first.
    """
    at = at or timezone.now()
    if actor is not None and not permissions.can_pass_on(actor, callback):
        raise PermissionDenied
    if feedback.callback_id != callback.pk:
        raise DomainError(_("That was said in another callback."))
    who = who or (department.head if department.head_id and department.head.is_active else None)
    held = feedback.item
    if feedback.department_id == department.pk and held and held.assignee_id == (who and who.pk):
        return feedback
    before = feedback.department
    _take_back(feedback)
    feedback.department, feedback.passed_at, feedback.item = department, at, None
    if who is not None:
        feedback.item = _ask(callback, feedback, who, due_on, note, actor, at)
    feedback.save(update_fields=["department", "passed_at", "item"])
    if feedback.opinion.state == OpinionState.OPEN:
        take_in_hand(opinion=feedback.opinion, actor=None)
    audit.record(
        actor=actor,
        action="callback.passed_on",
        target=callback,
        parent=callback.account,
        at=at,
        changes={"department": (before, department)},
    )
    return feedback


def _take_back(feedback):
    item = feedback.item
    if item is not None and item.state == ItemState.OPEN:
        drop(item=item, actor=None, reason=str(_("Passed on to another department")))


def _ask(callback, feedback, who, due_on, note, actor, at):
    text = feedback.text[:180]
    return make_item(
        actor=actor,
        title_zh=f"处理客户意见：{text}"[:250],
        title_en=f"See to what the customer said: {text}"[:250],
        assignee=who,
        due_at=_until(due_on or feedback.opinion.due_on),
        subject=callback,
        note=note.strip() or feedback.opinion.wish,
        grants_read=True,
        now=at,
    )
