"""Answering a work item: complete, return, take back, many at once."""

import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core.exceptions import DomainError
from flows.models import FlowSettings, ItemState, RunState, StepState, WorkItem
from flows.services import asking, free_items
from flows.services.engine import Move
from flows.services.gates import missing_for
from flows.services.locking import Conflict, GateClosed, lock, open_item, refuse_strangers, set_item
from flows.services.people import Finder


class NotInHand(DomainError):
    """The item is not, or no longer, in this person's hands."""


class TooLate(DomainError):
    """The answer stands: time has passed or others have gone on."""


def take(item, actor, *, version=None, now=None) -> tuple[Move, WorkItem]:
    """The locked run of an item and the item, open and in the actor's hands."""
    try:
        run = lock(item.run)
    except Conflict as error:
        raise Conflict(WorkItem.objects.get(pk=item.pk)) from error
    move = Move(run, actor, now)
    fresh = open_item(item, version=version)
    refuse_strangers(fresh, actor)
    if actor is not None and Finder(move, move.flow.steps[fresh.step_run.step]).refuses(actor):
        raise DomainError(_("Nobody approves their own request."))
    return move, fresh


@transaction.atomic
def complete(*, item, outcome, actor, opinion="", version=None, now=None) -> WorkItem:
    """Give an item its outcome; the run goes on where enough have answered."""
    if item.run_id is None:
        return free_items.finish(item=item, actor=actor, opinion=opinion, version=version, now=now)
    move, item = take(item, actor, version=version, now=now)
    step = move.flow.steps[item.step_run.step]
    choice = step.outcomes.get(outcome)
    if choice is None:
        raise DomainError(_("“%(value)s” is no outcome of this step.") % {"value": outcome})
    if choice.reason and not opinion.strip():
        raise DomainError(_("Please say why."), field="opinion")
    if missing := missing_for(move, choice):
        raise GateClosed(missing)
    asking.close(move, item, outcome, actor, opinion.strip())
    move.log("complete", step=step.code, outcome=outcome, note=opinion, other=item.on_behalf_of)
    move.decide(item.step_run)
    return item


def complete_many(*, items, outcome, actor, opinion="", versions=None) -> tuple[list, list]:
    """The same answer to many, each in its own transaction: (done, [(item, refusal)]).

    `versions` are those the person saw, by item.
    """
    done, refused = [], []
    for item in items:
        try:
            refuse_strangers(item, actor)
            version = (versions or {}).get(item.pk)
            complete(item=item, outcome=outcome, actor=actor, opinion=opinion, version=version)
            done.append(item)
        except DomainError as refusal:
            refused.append((item, refusal))
        except PermissionDenied:
            refused.append((item, NotInHand(_("It is not in your hands any more."))))
    return done, refused


@transaction.atomic
def return_to(*, item, step, actor, opinion, resume=False, version=None, now=None) -> WorkItem:
    """Back to any step of a person this run has been at.

    `resume`: when that step is done again, the run comes straight back here.
    """
    move, item = take(item, actor, version=version, now=now)
    visit, target = item.step_run, move.flow.steps.get(step)
    been = move.run.steps.filter(step=step, state=StepState.DONE).exists()
    if target is None or not target.by_person or not been or step == visit.step:
        raise DomainError(_("It can only go back to a step that was done before."), field="step")
    if target.block and (target.block, target.branch) not in _lines_of(move, visit):
        raise DomainError(_("That step lies in another branch."), field="step")
    if not opinion.strip():
        raise DomainError(_("Please say why."), field="opinion")
    asking.close(move, item, "returned", actor, opinion.strip())
    move.log("return", step=visit.step, outcome=step, note=opinion)
    move.leave(visit, "returned", to=step, resume_at=visit.step if resume else "")
    return item


def _lines_of(move, visit) -> set[tuple[str, str]]:
    """(block, branch) of the lines this visit lies on."""
    found = set()
    while visit is not None:
        step = move.flow.steps[visit.step]
        found.add((step.block, step.branch))
        visit = visit.parent
    return found


@transaction.atomic
def take_back(*, item, actor, now=None) -> WorkItem:
    """Undo an answer shortly after: a new visit of the step, never a rewritten past.

    Only while nobody and nothing automatic has followed; a decision in between does not count.
    """
    if item.run_id is None:
        return free_items.reopen(item=item, actor=actor, now=now)
    move = Move(lock(item.run), actor, now)
    item = WorkItem.objects.select_related("step_run__parent").get(pk=item.pk)
    if item.done_by_id != actor.pk or item.state != ItemState.DONE:
        raise PermissionDenied
    if move.now - item.done_at > datetime.timedelta(minutes=FlowSettings.current().undo_minutes):
        raise TooLate(_("It is too late to take this back."))
    move.log("take_back", step=item.step_run.step)
    if item.step_run.state == StepState.OPEN:
        _answer_again(move, item)
    else:
        move.leave(_untouched(move, item.step_run), "taken_back", to=item.step_run.step)
    return item


def takes_back(item) -> bool:
    """Whether an answer may still be taken back, as far as others have not gone on."""
    if item.run_id is None:
        return item.state == ItemState.DONE
    if item.run.state != RunState.OPEN:
        return False
    if item.step_run.state == StepState.OPEN:
        return True
    try:
        _untouched(Move(item.run, None), item.step_run)
    except TooLate:
        return False
    return True


def _untouched(move, visit):
    """The one visit that followed, where nobody has answered. Raises TooLate."""
    later = list(move.run.steps.filter(pk__gt=visit.pk).select_related("parent").order_by("pk"))
    passed = all(move.flow.steps[one.step].kind == "decision" for one in later[:-1])
    last = later[-1] if later else None
    untouched = (
        last is not None
        and passed
        and visit.state == StepState.DONE
        and last.state == StepState.OPEN
        and move.flow.steps[last.step].by_person
        and last.branch == visit.branch
        and not last.items.filter(state=ItemState.DONE).exists()
    )
    if not untouched:
        raise TooLate(_("Others have gone on already."))
    return last


def _answer_again(move, item) -> None:
    """The step is still open: the vote is withdrawn; who came after waits again."""
    followers = WorkItem.objects.filter(after=item)
    if followers.filter(state=ItemState.DONE).exists():
        raise TooLate(_("Others have gone on already."))
    asking.refuse_twice(item, move.actor)
    for follower in followers.filter(state=ItemState.OPEN):
        set_item(follower, state=ItemState.QUEUED)
    set_item(
        item,
        state=ItemState.OPEN,
        assignee=move.actor,
        outcome="",
        opinion="",
        done_by=None,
        done_at=None,
        on_time=None,
    )
