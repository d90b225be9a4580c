"""A visit and the flow that steers it: where it stands, and answering on behalf of what was done.

Steps are known by their canonical milestone or by the status they give, never by their code:
an administrator may have written another flow.
"""

from django.utils import timezone

from accounts.services import record_figures
from core import writing
from core.models import in_language
from engagement import visit_figures
from engagement.models import AHEAD_STATUSES, Visit, VisitStatus
from engagement.notices import reminders
from flows.cache import flow_of
from flows.models import FlowEvent, FlowRun
from flows.services import complete, start
from flows.services.starting import NoFlow, main_line

KIND = "visit"
# The flow that starts where no binding says another.
USUAL_FLOW = "F-02B"
CHOSEN, HELD = "identified", "contacted"


def run_of(visit) -> FlowRun | None:
    """The open run that steers the visit."""
    runs = FlowRun.objects.open().about(KIND, visit.pk).filter(steers=True)
    return runs.select_related("version", "template", "originator").first()


def step_of(run):
    """(the open visit of a step on the main line, its step)."""
    line = main_line(run)
    return line, flow_of(run.version).steps[line.step]


def begin(visit, *, actor, now=None) -> None:
    """Start the flow bound to the visit. Whoever plans it has chosen whom to visit."""
    try:
        start(subject=visit, actor=actor, now=now)
    except NoFlow:
        start(subject=visit, actor=actor, template_code=USUAL_FLOW, now=now)
    choose(visit, actor=actor, now=now)


def choose(visit, *, actor, now=None) -> None:
    """Pass the step that asks for the target: the visit names it already."""
    run = run_of(visit)
    if run is not None and CHOSEN in step_of(run)[1].milestones:
        answer(visit, actor=actor, now=now)
    visit.refresh_from_db()


def answer(visit, *, actor, now=None) -> bool:
    """Say yes to the open step of the main line; False where it asks somebody else altogether.

    It is the system that answers where the actor had the right to do the thing itself but the
    step lies in a colleague's hands.
    """
    run = run_of(visit)
    if run is None:
        return False
    line, step = step_of(run)
    items = line.items.filter(state="open").select_related("run")
    item = next((one for one in items if one.assignee_id), None)
    if item is None:
        return False
    by = actor if actor is not None and item.assignee_id == actor.pk else None
    complete(item=item, outcome=step.positive, actor=by, now=now)
    visit.refresh_from_db()
    return True


def waits_for_holding(visit) -> bool:
    """Whether the visit is to be held now: nothing stands before it any more."""
    run = run_of(visit)
    return run is None or HELD in step_of(run)[1].milestones


def named(run) -> str:
    """What the run waits for, in the reader's words."""
    step = step_of(run)[1]
    return in_language(step.name.zh, step.name.en)


def settle_status(*, visit, status, actor) -> Visit:
    """Take the status the flow says, within the flow's transaction, with what follows from it."""
    event = (
        FlowEvent.objects.filter(run__subject_type=KIND, run__subject_id=visit.pk)
        .order_by("pk")
        .last()
    )
    at, note = (event.at, event.note) if event else (timezone.now(), "")
    note = "" if event is None or event.verb == "start" else note
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
