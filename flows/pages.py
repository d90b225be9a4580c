"""What the pages of work and flows show: rows of the inbox, the route of a run, who may do what."""

import datetime
from dataclasses import dataclass
from functools import cached_property

from django.utils import timezone
from django.utils.translation import get_language

from core.expressions import holds
from core.models import in_language
from core.subjects import subjects
from documents.models import DocumentState, DocumentTemplate
from documents.selectors import latest_document, may_open
from flows import grants, permissions, services
from flows.cache import condition, flow_of, names_of
from flows.models import ItemState, RunState, StepState, WorkItem
from teams.selectors import pool_ids


def language() -> str:
    return "zh" if (get_language() or "").startswith("zh") else "en"


def said(words) -> str:
    return in_language(words.zh, words.en)


@dataclass(frozen=True)
class Choice:
    """One outcome a person may choose; `asks`: it needs words, so it opens a form."""

    code: str
    name: str
    yes: bool
    asks: bool


class Card:
    """One work item as a person sees it."""

    def __init__(self, item, user, now=None):
        self.item, self.user, self.now = item, user, now or timezone.now()

    @cached_property
    def step(self):
        if not self.item.run_id:
            return None
        return flow_of(self.item.run.version).steps.get(self.item.step_run.step)

    @cached_property
    def choices(self) -> list[Choice]:
        """Outcomes in the order written; a free item is only done."""
        if self.step is None:
            return []
        return [
            Choice(code, said(outcome.name) or code, code == self.step.positive, outcome.reason)
            for code, outcome in self.step.outcomes.items()
        ]

    @property
    def help(self) -> str:
        return said(self.step.help) if self.step else self.item.note

    @cached_property
    def mine(self) -> bool:
        """Whether the person may answer it now: they hold it, and still see its account."""
        return self.item.state == ItemState.OPEN and self._holds() and self._reaches()

    def _holds(self) -> bool:
        if self.item.assignee_id:
            return self.item.assignee_id == self.user.pk
        pools = pool_ids(self.user, timezone.localdate())
        return self.item.candidates.filter(pool__in=pools).exists()

    def _reaches(self) -> bool:
        if self.item.grants_read or self.item.account_id is None:
            return True
        return WorkItem.objects.filter(pk=self.item.pk).reachable_by(self.user).exists()

    @property
    def urgency(self) -> str:
        """The state of its time: bad, watch or ""."""
        if self.item.due_at <= self.now:
            return "bad"
        return "watch" if self.item.warn_at <= self.now else ""

    @property
    def may_reassign(self) -> bool:
        return self.item.state == ItemState.OPEN and permissions.can_reassign(self.user, self.item)

    @property
    def may_excuse(self) -> bool:
        late = self.item.breached_at is not None or self.item.on_time is False
        return late and not self.item.excuse and permissions.can_excuse(self.user, self.item)


@dataclass(frozen=True)
class OfferedForm:
    """A form that a step offers, with the newest document of it that the person may open."""

    code: str
    name: str
    document: object = None

    @property
    def is_complete(self) -> bool:
        return self.document is not None and self.document.state == DocumentState.COMPLETE


def forms_of(item, user) -> list[OfferedForm]:
    """The forms to fill at a step, in the order written."""
    codes = grants.fills_of(item)
    if not codes:
        return []
    known = {row.code: row for row in DocumentTemplate.objects.filter(code__in=codes)}
    return [
        OfferedForm(code, known[code].name, _newest(item, code, user))
        for code in codes
        if code in known
    ]


def _newest(item, code, user):
    found = latest_document(item.subject_type, item.subject_id, code, complete=False)
    return found if found is not None and may_open(user, found) else None


@dataclass(frozen=True)
class Stop:
    """One step of a run's route. kind: "" passed, here, next."""

    code: str
    name: str
    kind: str
    people: str = ""
    since: object = None
    outcome: str = ""
    minutes: int | None = None
    proposed: bool = False


def route(run) -> list[Stop]:
    """The visits so far in order, then the way the yes would take."""
    flow = flow_of(run.version)
    stops, seen = [], set()
    visits = run.steps.select_related("version").prefetch_related(
        "items__assignee", "items__done_by", "items__candidates__pool"
    )
    for visit in visits:
        step = flow_of(visit.version).steps[visit.step]
        if step.kind in ("decision", "automatic"):
            continue
        here = visit.state == StepState.OPEN
        seen.add(visit.step)
        chosen = step.outcomes.get(visit.outcome)
        stops.append(
            Stop(
                code=visit.step,
                name=said(step.name),
                kind="here" if here else "",
                people="、".join(_people(visit, here)),
                since=visit.entered_at if here else visit.left_at,
                outcome=said(chosen.name) if chosen else "",
                minutes=visit.minutes,
                proposed=step.proposed,
            )
        )
    return stops + list(_ahead(flow, run, seen))


def _people(visit, here) -> list[str]:
    names = []
    for item in visit.items.all():
        if here and item.state == ItemState.OPEN:
            waiting = [candidate.pool.name for candidate in item.candidates.all()]
            names += [item.assignee.name] if item.assignee else waiting
        elif item.state == ItemState.DONE and item.done_by:
            names.append(item.done_by.name)
    return list(dict.fromkeys(names))


def _ahead(flow, run, seen):
    open_codes = list(run.steps.filter(state=StepState.OPEN, branch="").values_list("step"))
    code = open_codes[0][0] if open_codes else ""
    while code and flow.steps[code].outcomes:
        code = _likely(run, flow.steps[code])
        if not code or code in seen:
            return
        seen.add(code)
        step = flow.steps[code]
        if step.kind not in ("decision", "automatic"):
            yield Stop(code, said(step.name), "next", proposed=step.proposed)


def _likely(run, step) -> str:
    """Where the yes leads; a decision as it would fall on the subject of today."""
    if step.kind != "decision":
        return step.outcomes[step.positive].to
    adapter = subjects()[run.subject_type]
    subject, names = adapter.get(run.subject_id), names_of(adapter)
    for number, text in enumerate(step.conditions, start=1):
        if holds(condition(text, names), lambda name: adapter.value(subject, name)):
            return step.outcomes[f"case{number}"].to
    return step.outcomes["else"].to


@dataclass(frozen=True)
class Line:
    """One line of the trail."""

    at: object
    who: str
    verb: str
    step: str
    outcome: str
    note: str
    other: str


def trail(run) -> list[Line]:
    """Who did what, newest first."""
    flow = flow_of(run.version)
    rows = run.events.select_related("actor", "other").order_by("-pk")
    return [_line(flow, event) for event in rows]


def _line(flow, event) -> Line:
    step = flow.steps.get(event.step)
    outcome = ""
    if step and event.outcome in step.outcomes:
        outcome = said(step.outcomes[event.outcome].name)
    elif event.outcome in flow.steps:
        outcome = said(flow.steps[event.outcome].name)
    elif event.verb == "end" and event.outcome in flow.ends:
        outcome = said(flow.ends[event.outcome].name)
    return Line(
        at=event.at,
        who=event.actor.name if event.actor else "",
        verb=event.verb,
        step=said(step.name) if step else event.step,
        outcome=outcome,
        note=event.note,
        other=event.other.name if event.other else "",
    )


def sees_subject(run, user) -> bool:
    """Whether the person may open what the run is about."""
    adapter = subjects().get(run.subject_type)
    return adapter is not None and adapter.visible_to(user).filter(pk=run.subject_id).exists()


def subject_url(run) -> str:
    adapter = subjects().get(run.subject_type)
    return adapter.url(adapter.get(run.subject_id)) if adapter else ""


def back_steps(item) -> list[tuple[str, str]]:
    """Steps of people this run has been at, for "back to"."""
    flow = flow_of(item.run.version)
    been = item.run.steps.filter(state=StepState.DONE).exclude(step=item.step_run.step)
    codes = dict.fromkeys(been.values_list("step", flat=True))
    return [
        (code, said(flow.steps[code].name))
        for code in codes
        if code in flow.steps and flow.steps[code].by_person
    ]


def latest_undo(user, minutes, now=None) -> WorkItem | None:
    """What the person answered last and may still take back."""
    now = now or timezone.now()
    since = now - datetime.timedelta(minutes=minutes)
    items = WorkItem.objects.filter(done_by=user, done_at__gte=since, state=ItemState.DONE)
    related = ("run__version", "step_run__parent")
    item = items.select_related(*related).order_by("-done_at", "-pk").first()
    return item if item is not None and services.takes_back(item) else None


def stands_at(run) -> str:
    """The names of the steps a run stands at, or of its end. `steps` are prefetched."""
    flow = flow_of(run.version)
    if run.state != RunState.OPEN:
        end = flow.ends.get(run.end)
        return said(end.name) if end else run.get_state_display()
    names = [
        said(flow.steps[visit.step].name)
        for visit in run.steps.all()
        if visit.state == StepState.OPEN and visit.step in flow.steps
    ]
    return "、".join(names)


@dataclass(frozen=True)
class Started:
    """A run somebody started: where it stands, who has it in hand, until when."""

    run: object
    where: str
    who: str
    due_at: object
    late: bool


def started(runs, now) -> list[Started]:
    """`runs` with steps and items prefetched."""
    return [_started(run, now) for run in runs]


def _started(run, now) -> Started:
    items = [item for item in run.items.all() if item.state == ItemState.OPEN]
    people = []
    for item in items:
        waiting = [candidate.pool.name for candidate in item.candidates.all()]
        people += [item.assignee.name] if item.assignee else waiting
    due = min((item.due_at for item in items if item.has_limit), default=None)
    return Started(
        run=run,
        where=stands_at(run),
        who="、".join(dict.fromkeys(people)),
        due_at=due,
        late=due is not None and due <= now,
    )
