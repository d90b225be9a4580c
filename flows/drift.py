"""Does what runs say still hold together: step, items and status (architecture, status never
drifts). Reads only; the nightly job tells of what it finds."""

from collections.abc import Iterator
from dataclasses import dataclass

from core.subjects import subjects
from flows.cache import flow_of
from flows.models import FlowRun, ItemState, RunState, StepState

CHUNK = 400
UNFINISHED = (ItemState.OPEN, ItemState.QUEUED)


@dataclass(frozen=True)
class Drift:
    """One run and what is wrong with it."""

    run_id: int
    title: str
    code: str


# What each code means, for whoever has to look at the run.
WORDS = {
    "no_subject": ("办理对象已不存在", "what it is about no longer exists"),
    "status": ("对象状态与流程状态不一致", "the record has another status than the flow"),
    "step_status": ("流程状态与所在步骤不一致", "the status is not that of the step it stands at"),
    "main_line": ("主线上进行中的步骤不是一个", "not exactly one step of the main line is open"),
    "unknown_step": ("所在步骤已不在该版本中", "it stands at a step its version does not have"),
    "nobody_asked": ("步骤进行中但无人待办", "a step is open and nobody is asked"),
    "never_wakes": ("等待步骤没有下次检查时间", "a waiting step will never look again"),
    "stray_items": ("已结束的步骤仍有待办", "work is left on a step that has ended"),
    "no_holder": ("待办既无办理人也无候选人", "work waits for nobody"),
    "ended_open": ("流程已结束但仍有进行中的步骤", "it has ended and a step is still open"),
    "end_status": ("流程状态与结束方式不一致", "the status is not that of its end"),
}


def find(*, since=None) -> Iterator[Drift]:
    """Everything wrong with open runs, and with those that ended since a moment."""
    runs = FlowRun.objects.open()
    if since is not None:
        runs = FlowRun.objects.exclude(state=RunState.OPEN).filter(ended_at__gte=since) | runs
    ids = list(runs.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), CHUNK):
        yield from _of_chunk(ids[start : start + CHUNK])


def _of_chunk(ids) -> Iterator[Drift]:
    runs = FlowRun.objects.filter(pk__in=ids).select_related("version").order_by("pk")
    runs = list(runs.prefetch_related("steps__version", "items__candidates", "items__step_run"))
    statuses = _statuses(runs)
    for run in runs:
        for code in dict.fromkeys(_wrong(run, statuses)):
            yield Drift(run.pk, run.title, code)


def _statuses(runs) -> dict[tuple[str, int], str]:
    """The status of each subject as its own record says it."""
    wanted = {}
    for run in runs:
        wanted.setdefault(run.subject_type, set()).add(run.subject_id)
    found = {}
    for kind, ids in wanted.items():
        if adapter := subjects().get(kind):
            for subject in adapter.model._default_manager.filter(pk__in=ids):
                found[kind, subject.pk] = adapter.status(subject)
    return found


def _wrong(run, statuses) -> Iterator[str]:
    status = statuses.get((run.subject_type, run.subject_id))
    if status is None:
        yield "no_subject"
    elif run.steers and run.state == RunState.OPEN and status != run.status:
        yield "status"
    yield from _items(run)
    visits = [visit for visit in run.steps.all() if visit.state == StepState.OPEN]
    if run.state == RunState.OPEN:
        yield from _open(run, visits)
    else:
        yield from _ended(run, visits)


def _items(run) -> Iterator[str]:
    for item in run.items.all():
        if item.state in UNFINISHED and item.step_run.state != StepState.OPEN:
            yield "stray_items"
        if item.state == ItemState.OPEN and not (item.assignee_id or item.candidates.all()):
            yield "no_holder"


def _open(run, visits) -> Iterator[str]:
    main = [visit for visit in visits if not visit.branch]
    if len(main) != 1:
        yield "main_line"
    asked = {item.step_run_id for item in run.items.all() if item.state == ItemState.OPEN}
    for visit in visits:
        step = flow_of(visit.version).steps.get(visit.step)
        if step is None:
            yield "unknown_step"
            continue
        if not visit.branch and step.status and step.status != run.status:
            yield "step_status"
        if step.by_person and visit.pk not in asked:
            yield "nobody_asked"
        if step.waits and visit.wake_at is None:
            yield "never_wakes"


def _ended(run, visits) -> Iterator[str]:
    if visits:
        yield "ended_open"
    end = flow_of(run.version).ends.get(run.end)
    if end is not None and end.status and end.status != run.status:
        yield "end_status"
