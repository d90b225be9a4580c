"""Moves one run: entering, leaving and ending steps. The run is locked by whoever calls.

One transaction locks one run. A run that ends writes `wake_at` on the steps that wait for it;
they look again in a transaction of their own, after the commit or on the tick.
"""

import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import ServedAccount
from core import audit
from core.exceptions import DomainError
from core.expressions import holds
from core.history import both
from core.subjects import adapter_of, subject_of_kind
from flows import notices
from flows.cache import condition, flow_of, names_of
from flows.limits import deadline, worked_minutes
from flows.models import (
    FlowEvent,
    FlowRun,
    FlowSettings,
    FlowTemplate,
    ItemState,
    RunState,
    StepRun,
    StepState,
    VersionState,
)
from flows.services import asking
from flows.services.gates import missing_for
from flows.services.locking import Conflict, lock
from flows.services.people import Finder
from flows.services.voting_of import decided
from flows.shape import END_OF_BRANCH

MAX_HOPS = 60
LOOK_AGAIN = datetime.timedelta(minutes=15)


class RunsInCircles(DomainError):
    """The conditions lead round and round without a person or a clock between."""


class Move:
    """One locked run, its flow and its subject, for the length of one action."""

    def __init__(self, run, actor, now=None):
        self.run, self.actor, self.now = run, actor, now or timezone.now()
        self.hops = 0
        self.flow = flow_of(run.version)
        self.adapter = subject_of_kind(run.subject_type)
        self.subject = self.adapter.get(run.subject_id)

    # Words

    def log(self, verb, *, step="", outcome="", note="", other=None, told=True) -> None:
        """The trail of the run, and one line of history for what a person did."""
        FlowEvent.objects.create(
            run=self.run,
            step=step,
            verb=verb,
            outcome=outcome,
            actor=self.actor,
            other=other,
            note=note,
            at=self.now,
        )
        if told:
            audit.record(
                actor=self.actor,
                action=f"flowrun.{verb}",
                target=self.run,
                parent=self.run.account,
                reason=note,
                at=self.now,
                **{name: word for name, word in self._told(step, outcome, other) if word},
            )

    def _told(self, step, outcome, other):
        """Step and outcome in words: their codes say nothing to who reads the history."""
        here = self.flow.steps.get(step)
        given = here.outcomes.get(outcome) if here else None
        yield "step", both(here.name.zh, here.name.en) if here else step
        yield "outcome", both(given.name.zh, given.name.en) if given else outcome
        yield "to", other

    def holds(self, text) -> bool:
        names = names_of(self.adapter)
        return holds(condition(text, names), lambda name: self.adapter.value(self.subject, name))

    def limit(self, step) -> str:
        """The time limit of a step as things stand now; a setting of the subject's goes first."""
        own = self.adapter.limit(self.subject, step)
        return own or step.limit(self.holds, green=self.run.green)

    def set_status(self, status) -> None:
        if not status:
            return
        if self.run.steers:
            self.adapter.set_status(self.subject, status, actor=self.actor)
        FlowRun.objects.filter(pk=self.run.pk).update(status=status)
        self.run.status = status

    # Moving

    def enter(self, code, parent=None, resume_at="") -> StepRun:
        """A new visit of a step; passing steps go on by themselves."""
        self.hops += 1
        if self.hops > MAX_HOPS:
            raise RunsInCircles(_("The flow would run in circles here by itself."))
        step = self.flow.steps[code]
        visit = StepRun.objects.create(
            run=self.run,
            version=self.run.version,
            step=code,
            branch=step.branch,
            parent=parent,
            milestones=",".join(step.milestones),
            resume_at=resume_at,
            entered_at=self.now,
        )
        self.set_status(step.status)
        ENTER[step.kind](self, visit, step)
        return visit

    def leave(self, visit, outcome, *, to="", end="", resume_at="") -> None:
        """Closes a visit with all that hangs below it and goes where the outcome leads.

        A step that was sent back with "straight back to me" returns there on its yes. Nobody
        lands in the middle of a block: it is entered from its start.
        """
        step = self.flow.steps[visit.step]
        choice = step.outcomes.get(outcome)
        said_yes = choice is not None and outcome == step.positive
        if choice is not None and not to and not end:
            to, end = choice.to, choice.end
        if said_yes and visit.resume_at:
            to, end = visit.resume_at, ""
        while to and self.flow.steps[to].block not in self.blocks_of(visit):
            to = self.flow.steps[to].block
        self.shut(visit, StepState.DONE, outcome, to or f"end {end}")
        if choice is not None:
            self._copy(step)
        if said_yes:
            for milestone in step.milestones:
                self.adapter.on_milestone(self.subject, milestone, at=self.now)
        self._go_on(visit, to, end, resume_at)

    def _go_on(self, visit, to, end, resume_at) -> None:
        if to:
            parent = visit.parent
            while parent is not None and self.flow.steps[to].block != parent.step:
                self.shut(parent, StepState.CANCELLED)
                parent = parent.parent
            self.enter(to, parent, resume_at)
        elif end == END_OF_BRANCH:
            block = visit.parent
            if not block.children.filter(state=StepState.OPEN).exists():
                self.leave(block, self.flow.steps[block.step].positive)
        else:
            self.finish(end)

    def blocks_of(self, visit) -> set[str]:
        """Codes of the blocks this visit lies in, and "" for the main line."""
        found = {""}
        while visit is not None:
            found.add(self.flow.steps[visit.step].block)
            visit = visit.parent
        return found

    def shut(self, visit, state, outcome="", went="") -> None:
        for child in visit.children.filter(state=StepState.OPEN):
            self.shut(child, StepState.CANCELLED)
        asking.drop(visit)
        minutes = worked_minutes(visit.entered_at, self.now, self.run.account)
        step = self.flow.steps.get(visit.step)
        waits = step is not None and step.waits
        waited = minutes if waits else asking.waited(visit, self.now, self.run.account)
        StepRun.objects.filter(pk=visit.pk).update(
            state=state,
            outcome=outcome,
            went=went,
            left_at=self.now,
            wake_at=None,
            minutes=minutes,
            waited_minutes=min(waited, minutes),
        )
        visit.state = state

    def finish(self, end, *, state=RunState.DONE) -> None:
        """The run ends; who waits for it is woken after the commit."""
        for visit in self.run.steps.filter(state=StepState.OPEN):
            self.shut(visit, StepState.CANCELLED)
        if end in self.flow.ends:
            self.set_status(self.flow.ends[end].status)
        FlowRun.objects.filter(pk=self.run.pk).update(state=state, end=end, ended_at=self.now)
        self.run.state, self.run.end, self.run.ended_at = state, end, self.now
        self.adapter.on_end(self.subject, end, run=self.run, actor=self.actor)
        self.log("end", outcome=end, told=False)
        notices.run_ended(self.run, self.flow, actor=self.actor)
        self._wake_others()

    def drop(self) -> None:
        """The run stops where it is, without an end: the subject goes on in another run."""
        for visit in self.run.steps.filter(state=StepState.OPEN):
            self.shut(visit, StepState.CANCELLED)
        FlowRun.objects.filter(pk=self.run.pk).update(state=RunState.CANCELLED, ended_at=self.now)
        self.run.state, self.run.ended_at = RunState.CANCELLED, self.now
        self._wake_others()

    def _wake_others(self) -> None:
        waiting = StepRun.objects.filter(state=StepState.OPEN)
        ids = set(waiting.filter(awaits=self.run).values_list("pk", flat=True))
        if self.run.account_id:
            same = waiting.filter(
                wake_at__isnull=False, awaits=None, run__account=self.run.account_id
            ).exclude(run=self.run)
            ids |= set(same.values_list("pk", flat=True))
        if ids:
            StepRun.objects.filter(pk__in=ids).update(wake_at=self.now)
            transaction.on_commit(lambda: wake_all(sorted(ids)), robust=True)

    def _copy(self, step) -> None:
        if step.copy:
            notices.copy(self.run, step, Finder(self, step).told(), actor=self.actor)

    # The kinds of steps

    def _ask(self, visit, step) -> None:
        seats = Finder(self, step).seats()
        if self._signed_before(visit, step, seats):
            note = {"other": seats[0].user, "told": False}
            self.log("signed_before", step=step.code, outcome=step.positive, **note)
            self.leave(visit, step.positive)
            return
        asking.ask(self, visit, step, seats)

    def _decide(self, visit, step) -> None:
        for number, text in enumerate(step.conditions, start=1):
            if self.holds(text):
                self.leave(visit, f"case{number}")
                return
        self.leave(visit, "else")

    def _act(self, visit, step) -> None:
        outcome = self.adapter.act(self.subject, step.do, run=self.run, actor=self.actor)
        self.subject = self.adapter.get(self.run.subject_id)
        self.leave(visit, outcome if outcome in step.outcomes else step.positive)

    def _fork(self, visit, step) -> None:
        for branch in step.branches:
            if visit.state == StepState.OPEN:
                self.enter(branch.first, visit)
                visit.refresh_from_db(fields=["state"])

    def _wait(self, visit, step) -> None:
        self.look(visit, step)

    def _subflow(self, visit, step) -> None:
        visit.awaits = self._child(step.flow)
        StepRun.objects.filter(pk=visit.pk).update(awaits=visit.awaits)
        self.look(visit, step)

    def _child(self, code) -> FlowRun:
        """The open run of the other flow on the related subject, or a new one."""
        related = self.adapter.related(self.subject, code)
        adapter = adapter_of(related)
        runs = FlowRun.objects.open().about(adapter.kind, related.pk)
        # A division may have bound another flow to it: there is one that steers at most.
        steering = runs.filter(steers=True).first()
        joined = runs.filter(template__code=code).order_by("pk").first() or steering
        template = FlowTemplate.objects.get(code=code)
        return joined or begin(template, adapter, related, actor=self.run.originator, now=self.now)

    def look(self, visit, step) -> None:
        """A waiting step looks whether it may go on. May be asked at any time."""
        if step.kind == "subflow":
            child = FlowRun.objects.get(pk=visit.awaits_id)
            if child.state != RunState.OPEN:
                self.leave(visit, child.end if child.end in step.outcomes else step.positive)
                return
        elif self.holds(step.until):
            self.leave(visit, step.positive)
            return
        late = deadline(self.limit(step), visit.entered_at, self.run.account).due_at
        if "late" in step.outcomes and self.now >= late:
            self.leave(visit, "late")
            return
        again = min(self.now + LOOK_AGAIN, late)
        StepRun.objects.filter(pk=visit.pk).update(wake_at=again)

    def _signed_before(self, visit, step, seats) -> bool:
        """The only approver of this step gave the yes of the visit directly before it."""
        if step.kind != "approval" or len(seats) != 1 or seats[0].user is None:
            return False
        if not (step.signs_once and FlowSettings.current().signs_once):
            return False
        yes = step.outcomes[step.positive]
        if yes.reason or missing_for(self, yes):
            return False
        done = self.run.steps.filter(state=StepState.DONE).exclude(pk=visit.pk)
        last = done.order_by("-pk").first()
        before = self.flow.steps.get(last.step) if last else None
        return bool(
            before
            and before.kind == "approval"
            and last.branch == visit.branch
            and last.outcome == before.positive
            and last.items.filter(
                state=ItemState.DONE, outcome=before.positive, done_by=seats[0].user
            ).exists()
        )

    def decide(self, visit) -> None:
        """Goes on once the votes of a visit decide it."""
        step = self.flow.steps[visit.step]
        if outcome := decided(step, list(visit.items.exclude(state=ItemState.CANCELLED))):
            self.leave(visit, outcome)


ENTER = {
    "task": Move._ask,
    "approval": Move._ask,
    "stage": Move._ask,
    "decision": Move._decide,
    "automatic": Move._act,
    "parallel": Move._fork,
    "wait": Move._wait,
    "subflow": Move._subflow,
}


class NotActive(DomainError):
    """The flow has no version that may be started."""


def begin(template, adapter, subject, *, actor, at="", now=None) -> FlowRun:
    """A new run at its first step, or where an imported subject already stands (`at`).

    Called within the caller's transaction; a new run needs no lock.
    """
    now = now or timezone.now()
    version = template.versions.filter(state=VersionState.ACTIVE).first()
    if version is None or not template.is_active:
        raise NotActive(_("“%(flow)s” cannot be started now.") % {"flow": template.name})
    flow, account = flow_of(version), adapter.account(subject)
    owner = adapter.owner(subject)
    run = FlowRun(
        version=version,
        template=template,
        subject_type=adapter.kind,
        subject_id=subject.pk,
        account=account,
        audience=adapter.audience(subject),
        owner=owner,
        unit=account.department if account else owner and owner.unit,
        title=adapter.title(subject)[:200],
        steers=flow.steers,
        originator=actor or owner,
        green=_is_green(account, now),
        started_at=now,
    )
    try:
        with transaction.atomic():
            run.save(force_insert=True)
    except IntegrityError as error:
        other = FlowRun.objects.open().about(adapter.kind, subject.pk).first()
        raise Conflict(other, _("A flow is running here already.")) from error
    if at and (at not in flow.steps or flow.steps[at].block):
        raise DomainError(_("“%(step)s” is no step to start at.") % {"step": at})
    move = Move(run, actor, now)
    move.log("start", note=at)
    move.enter(at or flow.start)
    return run


def _is_green(account, now) -> bool:
    if account is None:
        return False
    served = ServedAccount.objects.on(timezone.localdate(now)).filter(account=account)
    return served.filter(green_channel=True).exists()


@transaction.atomic
def wake(*, visit_id, now=None) -> None:
    """A waiting step looks again; any number of times, at any time."""
    visit = StepRun.objects.select_related("run", "parent").get(pk=visit_id)
    try:
        move = Move(lock(visit.run), None, now)
    except Conflict:
        return
    visit.refresh_from_db()
    if visit.state == StepState.OPEN:
        move.look(visit, move.flow.steps[visit.step])


def wake_all(visit_ids, now=None) -> int:
    for pk in visit_ids:
        wake(visit_id=pk, now=now)
    return len(visit_ids)
