"""A callback and the flow that steers it (F-05): see engagement.services.steering."""

import datetime

from django.utils import timezone

from core import writing
from engagement.models import Callback, CallbackSettings, CallbackStatus, ListApproval
from engagement.models import CallbackKind as Kind
from engagement.notices import callbacks as notices
from engagement.services import steering
from flows.models import FlowRun

KIND = "callback"
# The flow that starts where no binding says another.
USUAL_FLOW = "F-05"
END_OF_DAY = datetime.time(23, 59)
ENDED = (CallbackStatus.ARCHIVED, CallbackStatus.NOT_REACHED, CallbackStatus.CANCELLED)


def run_of(callback) -> FlowRun | None:
    """The open run that steers the callback."""
    return steering.run_of(KIND, callback)


def begin(callback, *, actor, now=None) -> None:
    """Start the flow bound to the callback. Whoever plans it has planned it; who also fixes lists
    has put it on the list by that."""
    steering.begin(KIND, callback, usual=USUAL_FLOW, actor=actor, now=now)
    run = run_of(callback)
    if run is None or actor is None or steering.waits_for_holding(KIND, callback):
        return
    step = steering.step_of(run)[1]
    items = steering.open_items(run)
    if step.kind != "approval" and any(one.assignee_id == actor.pk for one in items):
        answer(callback, actor=actor, now=now)


def answer(callback, *, actor, now=None, outcome="", opinion="") -> bool:
    return steering.answer(KIND, callback, actor=actor, now=now, outcome=outcome, opinion=opinion)


def waits_for_call(callback) -> bool:
    return steering.waits_for_holding(KIND, callback)


def needs_list(callback) -> bool:
    """Whether its list is approved before the call, by the settings."""
    asked = CallbackSettings.current().list_approval
    return asked == ListApproval.ALL or (
        asked == ListApproval.REGULAR and callback.kind == Kind.REGULAR
    )


def due_at(callback) -> datetime.datetime:
    """The end of the last day in time, or of the day it is planned for where that is later."""
    day = max(callback.due_on, timezone.localdate(callback.planned_at))
    return timezone.make_aware(datetime.datetime.combine(day, END_OF_DAY))


def settle_status(*, callback, status, actor) -> Callback:
    """Take the status the flow says, within the flow's transaction."""
    at, note = steering.last_words(KIND, callback)
    return write_status(callback, status, actor=actor, at=at, note=note)


def write_status(callback, status, *, actor, at, note="") -> Callback:
    values = {"status": status, "ended_at": at if status in ENDED else None}
    if status == CallbackStatus.CANCELLED:
        notices.overtake(callback.pk, callback.planned_at)
    if status == CallbackStatus.PLANNED:
        values["held_at"] = None
    elif status not in (CallbackStatus.NOT_REACHED, CallbackStatus.CANCELLED):
        values["held_at"] = callback.held_at or at
    if note and status in (CallbackStatus.NOT_REACHED, CallbackStatus.CANCELLED):
        values["reason"] = note
    return writing.edit(
        instance=callback,
        values=values,
        actor=actor,
        action=f"callback.{status}",
        parent=callback.account,
        reason=note,
        at=at,
    )
