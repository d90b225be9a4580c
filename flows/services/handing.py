"""Who has an item in hand: delegate, add a signer, claim, reassign, remind."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.exceptions import DomainError
from flows import grants, notices, permissions
from flows.models import ItemState, WorkItem, WorkItemCandidate
from flows.services import asking, free_items
from flows.services.answering import take
from flows.services.engine import Move
from flows.services.locking import Conflict, lock, open_item, set_item, what_became
from flows.services.people import Finder, Seat
from teams.selectors import people_of_pool


class CannotTake(DomainError):
    """This colleague cannot have the item."""


def _refuse_odd(move, item, user) -> None:
    if not user.is_active:
        raise CannotTake(_("This colleague has left."), field="to")
    step = move.flow.steps[item.step_run.step]
    if Finder(move, step).refuses(user):
        raise CannotTake(_("Nobody approves their own request."), field="to")
    asking.refuse_twice(item, user)


def _hand(move, item, user, verb, note="") -> None:
    """Put an item into somebody's hands; it lets them read what they have to answer."""
    WorkItemCandidate.objects.filter(item=item).delete()
    set_item(
        item,
        assignee=user,
        grants_read=True,
        warned_at=None if item.quiet else item.warned_at,
        taken_at=item.taken_at or move.now,
    )
    grants.settle(item.subject_type, item.subject_id)
    move.log(verb, step=item.step_run.step, note=note, other=user)
    notices.new_item(item, actor=move.actor)


@transaction.atomic
def delegate(*, item, to, actor, note="", version=None, now=None) -> WorkItem:
    """Hand my item to a colleague (转办)."""
    if item.run_id is None:
        return free_items.delegate(item=item, to=to, actor=actor, note=note, version=version)
    move, item = take(item, actor, version=version, now=now)
    _refuse_odd(move, item, to)
    _hand(move, item, to, "delegate", note)
    return item


@transaction.atomic
def reassign(*, item, to, actor, reason, version=None, now=None) -> WorkItem:
    """Somebody above gives the item to another colleague."""
    if item.run_id is None:
        return free_items.reassign(item=item, to=to, actor=actor, reason=reason, version=version)
    move = Move(lock(item.run), actor, now)
    item = open_item(item, version=version)
    if not permissions.can_reassign(actor, item):
        raise PermissionDenied
    if not reason.strip():
        raise DomainError(_("Please say why."), field="reason")
    _refuse_odd(move, item, to)
    _hand(move, item, to, "reassign", reason)
    return item


@transaction.atomic
def claim(*, item, actor, version=None, now=None) -> WorkItem:
    """Take an item of a pool; the others no longer see it in their inbox."""
    if item.run_id is None:
        return free_items.claim(item=item, actor=actor, version=version)
    move, item = take(item, actor, version=version, now=now)
    if item.assignee_id is not None:
        raise Conflict(item, what_became(item))
    asking.refuse_twice(item, actor)
    WorkItemCandidate.objects.filter(item=item).delete()
    set_item(item, assignee=actor, taken_at=move.now)
    grants.settle(item.subject_type, item.subject_id)
    move.log("claim", step=item.step_run.step)
    return item


@transaction.atomic
def add_signer(*, item, signer, where, actor, note="", version=None, now=None) -> WorkItem:
    """Ask a colleague as well (加签). before: I wait for their yes; after: the step waits for it
    once I have said mine."""
    if where not in ("before", "after"):
        raise DomainError(_("A signer is added before or after."), field="where")
    move, item = take(item, actor, version=version, now=now)
    if signer.pk == actor.pk:
        raise CannotTake(_("That is you."), field="to")
    _refuse_odd(move, item, signer)
    if item.assignee_id is None:
        asking.refuse_twice(item, actor)
        WorkItemCandidate.objects.filter(item=item).delete()
        set_item(item, assignee=actor, taken_at=move.now)
    visit, before = item.step_run, where == "before"
    new = asking.make(
        move,
        visit,
        move.flow.steps[visit.step],
        Seat(user=signer),
        state=ItemState.OPEN if before else ItemState.QUEUED,
        added_for=item,
        after=None if before else item,
    )
    if before:
        set_item(item, state=ItemState.QUEUED, after=new)
    move.log("add_signer", step=visit.step, outcome=where, note=note, other=signer)
    return new


@transaction.atomic
def nudge(*, run, actor, now=None) -> int:
    """Remind whoever this run waits for (催办). Once an hour per person; returns how many."""
    now = now or timezone.now()
    if not permissions.answers_for(actor, run):
        raise PermissionDenied
    told = 0
    for item in run.items.open().select_related("assignee").prefetch_related("candidates__pool"):
        people = [item.assignee] if item.assignee_id else []
        for candidate in item.candidates.all():
            people += list(people_of_pool(candidate.pool, timezone.localdate(now)))
        notices.nudge(item, people, actor=actor, at=now)
        told += len(people)
    Move(lock(run), actor, now).log("nudge", told=False)
    return told
