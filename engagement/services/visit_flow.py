"""A visit and the flow that steers it: see engagement.services.steering."""

from django.utils import timezone

from accounts.services import record_figures
from core import writing
from engagement import visit_figures
from engagement.models import AHEAD_STATUSES, Visit, VisitStatus
from engagement.notices import reminders
from engagement.services import steering
from engagement.services.steering import CHOSEN, HELD, named, step_of
from flows.models import FlowRun

__all__ = ["CHOSEN", "HELD", "named", "step_of"]
KIND = "visit"
# The flow that starts where no binding says another.
USUAL_FLOW = "F-02B"


def run_of(visit) -> FlowRun | None:
    """The open run that steers the visit."""
    return steering.run_of(KIND, visit)


def begin(visit, *, actor, now=None) -> None:
    """Start the flow bound to the visit. Whoever plans it has chosen whom to visit."""
    steering.begin(KIND, visit, usual=USUAL_FLOW, actor=actor, now=now)


def choose(visit, *, actor, now=None) -> None:
    steering.choose(KIND, visit, actor=actor, now=now)


def answer(visit, *, actor, now=None) -> bool:
    return steering.answer(KIND, visit, actor=actor, now=now)


def waits_for_holding(visit) -> bool:
    return steering.waits_for_holding(KIND, visit)


def settle_status(*, visit, status, actor) -> Visit:
    """Take the status the flow says, within the flow's transaction, with what follows from it."""
    at, note = steering.last_words(KIND, visit)
    return _write_status(visit, status, actor=actor, at=at, note=note)


def _write_status(visit, status, *, actor, at, note) -> Visit:
    values = {"status": status}
    if status == VisitStatus.CANCELLED:
        reminders.overtake(visit.pk, visit.starts_at)
    if status in AHEAD_STATUSES:
        values |= {"held_at": None, "recorded_at": None}
    elif status == VisitStatus.VISITED:
        values |= {"held_at": visit.held_at or at, "recorded_at": None}
    elif status == VisitStatus.RECORDED:
        values["recorded_at"] = visit.recorded_at or at
    if note:
        values["reason"] = note
    writing.edit(
        instance=visit,
        values=values,
        actor=actor,
        action=f"visit.{status}",
        parent=visit.account,
        reason=note,
        at=at,
    )
    refresh_figures(visit.account_id)
    return visit


def carry(visit, status, *, actor, now=None) -> Visit:
    """Let what was done move the visit on. One that no flow steers (carried over from elsewhere)
    takes the status by itself."""
    if run_of(visit) is not None:
        answer(visit, actor=actor, now=now)
        return visit
    return _write_status(visit, status, actor=actor, at=now or timezone.now(), note="")


def cancel_without_flow(visit, reason, *, actor, now=None) -> Visit:
    at = now or timezone.now()
    return _write_status(visit, VisitStatus.CANCELLED, actor=actor, at=at, note=reason)


def refresh_figures(account_id, now=None) -> None:
    now = now or timezone.now()
    record_figures(account_id=account_id, at=now, **visit_figures.of_account(account_id, now))
