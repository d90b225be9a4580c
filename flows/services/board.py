"""Boards and versions: a card dropped on a column, runs moved to a new version."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core.exceptions import DomainError
from core.subjects import adapter_of
from flows import permissions
from flows.cache import flow_of
from flows.models import FlowRun, ItemState, StepState
from flows.services.answering import complete
from flows.services.engine import Move
from flows.services.locking import GateClosed, lock
from flows.services.starting import main_line

PASSING = ("decision", "automatic")


class CannotMove(DomainError):
    """The card does not land where it was dropped."""


@transaction.atomic
def move_card(*, subject, to, actor, opinion="", now=None) -> FlowRun:
    """Try the outcomes that can lead to a column; refused unless the card lands there."""
    adapter = adapter_of(subject)
    run = FlowRun.objects.open().about(adapter.kind, subject.pk).get(steers=True)
    flow, visit = flow_of(run.version), main_line(run)
    items = visit.items.filter(state=ItemState.OPEN)
    item = items.filter(assignee=actor).first() or items.first()
    ways = [o.code for o in flow.steps[visit.step].outcomes.values() if to in reach(flow, o.to)]
    if not ways or item is None:
        raise CannotMove(_("No way leads there from here."))
    refusal = None
    for outcome in ways:
        try:
            with transaction.atomic():
                complete(item=item, outcome=outcome, actor=actor, opinion=opinion, now=now)
                if run.steps.filter(state=StepState.OPEN, step=to).exists():
                    return run
                raise CannotMove(_("The conditions lead elsewhere."))
        except (GateClosed, CannotMove) as error:
            refusal = refusal or error
    raise refusal


def reach(flow, code) -> set[str]:
    """The steps a target can lead to without anybody acting."""
    if not code:
        return set()
    step = flow.steps[code]
    if step.kind not in PASSING:
        return {code}
    return set().union(*(reach(flow, o.to) for o in step.outcomes.values()))


@transaction.atomic
def change_version(*, run, version, actor, mapping=None, now=None) -> FlowRun:
    """Let a run go on in another version of its flow, at the step that `mapping` names."""
    if not permissions.can_edit_flows(actor):
        raise PermissionDenied
    move = Move(lock(run), actor, now)
    if version.template_id != move.run.template_id:
        raise DomainError(_("That is a version of another flow."))
    line = main_line(move.run)
    to = (mapping or {}).get(line.step, line.step)
    target = flow_of(version).steps.get(to)
    if target is None or target.block:
        raise DomainError(_("The new version has no step “%(step)s”.") % {"step": to})
    move.shut(line, StepState.CANCELLED, "moved", to)
    FlowRun.objects.filter(pk=run.pk).update(version=version)
    move.run.version = version
    moved = Move(move.run, actor, move.now)
    moved.log("change_version", step=to, note=str(version.number))
    moved.enter(to)
    return moved.run
