"""A record and the flow that steers it: where it stands, and answering on behalf of what was done.

Steps are known by their canonical milestone, by the status they give or by where they lead, never
by their code: an administrator may have written another flow.
"""

from django.utils import timezone

from core.models import in_language
from flows.cache import flow_of
from flows.models import FlowEvent, FlowRun, ItemState
from flows.services import complete, start
from flows.services.starting import NoFlow, main_line

CHOSEN, HELD = "identified", "contacted"


def run_of(kind, record) -> FlowRun | None:
    """The open run that steers the record."""
    runs = FlowRun.objects.open().about(kind, record.pk).filter(steers=True)
    return runs.select_related("version", "template", "originator").first()


def step_of(run):
    """(the open visit of a step on the main line, its step)."""
    line = main_line(run)
    return line, flow_of(run.version).steps[line.step]


def begin(kind, record, *, usual, actor, now=None) -> None:
    """Start the flow bound to the record, else the `usual` one. Whoever plans it has chosen."""
    try:
        start(subject=record, actor=actor, now=now)
    except NoFlow:
        start(subject=record, actor=actor, template_code=usual, now=now)
    choose(kind, record, actor=actor, now=now)


def choose(kind, record, *, actor, now=None) -> None:
    """Pass the step that asks for the target: the record names it already."""
    run = run_of(kind, record)
    if run is not None and CHOSEN in step_of(run)[1].milestones:
        answer(kind, record, actor=actor, now=now)
    record.refresh_from_db()


def open_items(run) -> list:
    """What is open on the step of the main line."""
    return list(step_of(run)[0].items.filter(state=ItemState.OPEN).select_related("run"))


def answer(kind, record, *, actor, now=None, outcome="", opinion="") -> bool:
    """Give the open step of the main line its yes, or the outcome named; False where it asks
    nobody at all.

    It is the system that answers where the actor had the right to do the thing itself but the
    step lies in other hands, a colleague's or a pool's.
    """
    run = run_of(kind, record)
    if run is None:
        return False
    items = open_items(run)
    item = next((one for one in items if one.assignee_id), items[0] if items else None)
    if item is None:
        return False
    by = actor if actor is not None and item.assignee_id == actor.pk else None
    outcome = outcome or step_of(run)[1].positive
    complete(item=item, outcome=outcome, actor=by, opinion=opinion, now=now)
    record.refresh_from_db()
    return True


def waits_for_holding(kind, record) -> bool:
    """Whether it is to be held now: nothing stands before it any more."""
    run = run_of(kind, record)
    return run is None or HELD in step_of(run)[1].milestones


def outcome_to(run, status) -> str:
    """The outcome of the open step that ends the flow with a status; empty where there is none."""
    flow, step = flow_of(run.version), step_of(run)[1]
    for outcome in step.outcomes.values():
        if outcome.end in flow.ends and flow.ends[outcome.end].status == status:
            return outcome.code
    return ""


def named(run) -> str:
    """What the run waits for, in the reader's words."""
    step = step_of(run)[1]
    return in_language(step.name.zh, step.name.en)


def last_words(kind, record) -> tuple:
    """(when, why) of what was done last in the flow: the time and reason of a new status."""
    events = FlowEvent.objects.filter(run__subject_type=kind, run__subject_id=record.pk)
    event = events.order_by("pk").last()
    if event is None:
        return timezone.now(), ""
    return event.at, "" if event.verb == "start" else event.note
