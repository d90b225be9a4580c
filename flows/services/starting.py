"""Runs as a whole: start, withdraw, cancel, look again (R-PLT-06)."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.exceptions import DomainError
from core.expressions import holds
from core.subjects import adapter_of
from flows import permissions
from flows.cache import condition, names_of
from flows.models import FlowBinding, FlowRun, FlowTemplate, RunState, StepRun, StepState
from flows.services.asking import follow_dates
from flows.services.engine import Move, begin, wake_all
from flows.services.locking import Conflict, lock


class NoFlow(DomainError):
    """No binding says which flow starts on this subject."""


@transaction.atomic
def start(*, subject, actor, template=None, template_code="", at="", now=None) -> FlowRun:
    """Start a flow on a subject: the one named, else the one bound to it.

    `at` is the step where an imported or reopened subject already stands. Raises Conflict where
    a steering flow runs already.
    """
    adapter = adapter_of(subject)
    if template is None:
        template = _named(template_code) if template_code else bound_template(adapter, subject)
    if not permissions.can_start(actor, template, subject, adapter):
        raise PermissionDenied
    if template.subject_type != adapter.kind:
        raise DomainError(_("“%(flow)s” does not run on this.") % {"flow": template.name})
    return begin(template, adapter, subject, actor=actor, at=at, now=now)


def _named(code) -> FlowTemplate:
    template = FlowTemplate.objects.filter(code=code).first()
    if template is None:
        raise NoFlow(_("There is no flow “%(value)s”.") % {"value": code})
    return template


def bound_template(adapter, subject) -> FlowTemplate:
    """The binding with the highest priority whose division and condition fit."""
    account = adapter.account(subject)
    division = account.department.division_id if account is not None else None
    rows = FlowBinding.objects.filter(subject_type=adapter.kind, template__is_active=True)
    for binding in rows.select_related("template").order_by("-priority", "pk"):
        if binding.division_id not in (None, division):
            continue
        if not binding.condition or _fits(adapter, subject, binding.condition):
            return binding.template
    raise NoFlow(_("No flow is meant for this."))


def _fits(adapter, subject, text) -> bool:
    get = lambda name: adapter.value(subject, name)  # noqa: E731
    return holds(condition(text, names_of(adapter)), get)


def main_line(run) -> StepRun:
    """The open visit on the main line; every open run has exactly one."""
    return run.steps.select_related("parent").get(state=StepState.OPEN, branch="")


@transaction.atomic
def withdraw(*, run, actor, reason="", revision=None, now=None) -> FlowRun:
    """Whoever started it takes it back to its first step."""
    move = Move(lock(run, revision=revision), actor, now)
    if actor is None or actor.pk != move.run.originator_id:
        raise PermissionDenied
    line = main_line(move.run)
    if line.step == move.flow.start:
        raise DomainError(_("It is still at its first step: there is nothing to withdraw."))
    move.log("withdraw", step=line.step, note=reason)
    move.leave(line, "withdrawn", to=move.flow.start)
    return move.run


@transaction.atomic
def cancel(*, run, actor, reason, revision=None, now=None) -> FlowRun:
    """End a run at the end its definition names for that. Runs it waits for go on."""
    move = Move(lock(run, revision=revision), actor, now)
    if not permissions.answers_for(actor, move.run):
        raise PermissionDenied
    if not reason.strip():
        raise DomainError(_("Please say why."), field="reason")
    if not move.flow.cancel:
        raise DomainError(_("This flow cannot be cancelled."))
    line = main_line(move.run)
    move.log("cancel", step=line.step, note=reason)
    move.shut(line, StepState.CANCELLED, "cancelled", f"end {move.flow.cancel}")
    move.finish(move.flow.cancel, state=RunState.CANCELLED)
    return move.run


@transaction.atomic
def follow_subject(*, run, actor, now=None) -> FlowRun:
    """After a change of the subject's dates or name: the run is called as it is, and what is open
    on the main line is due by the subject's dates."""
    move = Move(lock(run), actor, now)
    title = move.adapter.title(move.subject)[:200]
    owner = move.adapter.owner(move.subject)
    if title != move.run.title or owner != move.run.owner:
        FlowRun.objects.filter(pk=run.pk).update(title=title, owner=owner)
        move.run.items.unfinished().update(about=title, owner=owner)
    follow_dates(move)
    return move.run


@transaction.atomic
def restart(*, run, actor, reason="", now=None) -> FlowRun:
    """Where what chose the flow has changed: the run is dropped without a word on the subject's
    status, and the flow bound to the subject now begins at its first step."""
    move = Move(lock(run), actor, now)
    move.log("restart", note=reason)
    move.drop()
    template = bound_template(move.adapter, move.subject)
    return begin(template, move.adapter, move.subject, actor=run.originator or actor, now=now)


@transaction.atomic
def skip(*, run, actor, reason, revision=None, now=None) -> FlowRun:
    """Pass over the step of the main line as if it had said yes."""
    move = Move(lock(run, revision=revision), actor, now)
    if not permissions.answers_for(actor, move.run):
        raise PermissionDenied
    line = main_line(move.run)
    step = move.flow.steps[line.step]
    if not step.skip:
        raise DomainError(_("This step cannot be skipped."))
    if not reason.strip():
        raise DomainError(_("Please say why."), field="reason")
    move.log("skip", step=line.step, note=reason)
    move.leave(line, step.positive)
    return move.run


def tick(now=None) -> int:
    """Waiting steps whose time has come look again, each in its own transaction."""
    now = now or timezone.now()
    due = StepRun.objects.filter(state=StepState.OPEN, wake_at__lte=now).order_by("wake_at", "pk")
    return wake_all(list(due.values_list("pk", flat=True)[:1000]), now)


__all__ = [
    "Conflict",
    "NoFlow",
    "cancel",
    "follow_subject",
    "restart",
    "skip",
    "start",
    "tick",
    "withdraw",
]
