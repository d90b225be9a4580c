"""Work items of a step: made when people are asked, closed when they answered."""

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from core.exceptions import DomainError
from core.subjects import Due
from flows import grants, notices
from flows.limits import deadline, until, worked_minutes
from flows.models import FAR, ItemState, StepState, WorkItem, WorkItemCandidate
from flows.services.locking import set_item

COUNTING = (ItemState.OPEN, ItemState.QUEUED)


def ask(move, visit, step, seats) -> None:
    """One item per seat; in order, each waits for the one before."""
    previous = None
    for seat in seats:
        in_order = step.mode == "in_order"
        queued = in_order and previous is not None
        previous = make(
            move,
            visit,
            step,
            seat,
            state=ItemState.QUEUED if queued else ItemState.OPEN,
            after=previous if in_order else None,
        )


def make(move, visit, step, seat, **fields) -> WorkItem:
    """The item of one seat, with its deadline where its turn has come."""
    run = move.run
    item = WorkItem(
        step_run=visit,
        run=run,
        subject_type=run.subject_type,
        subject_id=run.subject_id,
        account=run.account,
        audience=run.audience,
        owner=run.owner,
        unit=run.unit,
        title_zh=step.name.zh,
        title_en=step.name.en,
        about=run.title,
        assignee=seat.user,
        asked=seat.pool,
        on_behalf_of=seat.instead_of,
        quiet=step.kind == "stage",
        grants_read=seat.reads,
        opened_at=move.now,
        taken_at=move.now if seat.user and fields["state"] == ItemState.OPEN else None,
        created_at=move.now,
        updated_at=move.now,
        **fields,
    )
    limit = _limit(move, step) if item.state == ItemState.OPEN else None
    if limit:
        item.due_at, item.warn_at, item.limit_minutes = limit.due_at, limit.warn_at, limit.minutes
    item.save(force_insert=True)
    if seat.pool is not None:
        WorkItemCandidate.objects.create(item=item, pool=seat.pool, due_at=item.due_at)
    grants.give(item, fills=step.fills, pool=seat.pool)
    if item.state == ItemState.OPEN:
        notices.new_item(item, actor=move.actor, pool=seat.pool)
    return item


def _limit(move, step):
    """The limit of a step that is asked now."""
    return _limit_since(move, step, move.adapter.due(move.subject, step), move.now)


def _limit_since(move, step, own: Due | None, since):
    """The limit of a step entered `since`, as far as the dates of its subject leave it."""
    if own is not None and not own.floor:
        return until(since, own.at, move.run.account)
    limit = deadline(move.limit(step), since, move.run.account)
    if own is not None and own.at > limit.due_at:
        return until(since, own.at, move.run.account)
    return limit


def close(move, item, outcome, actor, opinion="") -> None:
    """The item is answered; whoever waited for it has their turn."""
    set_item(
        item,
        state=ItemState.DONE,
        outcome=outcome,
        opinion=opinion,
        done_by=actor,
        done_at=move.now,
        on_time=None if item.due_at >= FAR else bool(item.excuse) or move.now <= item.due_at,
        escalate_at=None,
        paused_minutes=item.paused_minutes + paused(item, move.now),
    )
    WorkItemCandidate.objects.filter(item=item).delete()
    step = move.flow.steps[item.step_run.step]
    for waiting in WorkItem.objects.filter(after=item, state=ItemState.QUEUED):
        open_queued(move, waiting, step)
    grants.settle(item.subject_type, item.subject_id)


def paused(item, now) -> int:
    """Working minutes of the pause the item is in, 0 where its clock runs."""
    return worked_minutes(item.paused_at, now, item.account) if item.paused_at else 0


def waited(visit, now, account) -> int:
    """Working minutes of a visit in which nobody worked on it: until the first who answered had
    it in hand, and while the clock stood still."""
    items = [item for item in visit.items.all() if item.state == ItemState.DONE]
    if not items:
        return 0
    first = min(item.taken_at or now for item in items)
    standing = max(item.paused_minutes for item in items)
    return worked_minutes(visit.entered_at, max(first, visit.entered_at), account) + standing


def open_queued(move, item, step) -> None:
    limit = _limit(move, step)
    fresh = {}
    if item.due_at >= FAR:
        fresh = {"due_at": limit.due_at, "warn_at": limit.warn_at, "limit_minutes": limit.minutes}
    taken = item.taken_at or (move.now if item.assignee_id else None)
    set_item(item, state=ItemState.OPEN, opened_at=move.now, taken_at=taken, **fresh)
    notices.new_item(item, actor=move.actor)


def drop(visit) -> None:
    """What is still open on a visit goes with it."""
    WorkItemCandidate.objects.filter(item__step_run=visit).delete()
    dropped = visit.items.filter(state__in=COUNTING).update(
        state=ItemState.CANCELLED, version=F("version") + 1, escalate_at=None
    )
    if dropped:
        grants.settle(visit.run.subject_type, visit.run.subject_id)


def follow_dates(move) -> None:
    """The dates of the subject have moved: what is open on the main line is due anew."""
    for visit in move.run.steps.filter(state=StepState.OPEN, branch=""):
        step = move.flow.steps[visit.step]
        own = move.adapter.due(move.subject, step)
        if own is None:
            continue
        limit = _limit_since(move, step, own, visit.entered_at)
        fresh = {"due_at": limit.due_at, "warn_at": limit.warn_at, "limit_minutes": limit.minutes}
        for item in visit.items.filter(state=ItemState.OPEN, paused_at=None):
            if item.due_at != limit.due_at:
                notices.overtaken(item)
            set_item(item, warned_at=None, breached_at=None, escalate_at=None, escalated=0, **fresh)
            WorkItemCandidate.objects.filter(item=item).update(due_at=limit.due_at)


def refuse_twice(item, user) -> None:
    """Nobody holds two seats of one visit."""
    if item.step_run.items.filter(assignee=user, state__in=COUNTING).exclude(pk=item.pk).exists():
        raise DomainError(_("%(user)s is already asked on this step.") % {"user": user})
