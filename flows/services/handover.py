"""Work that changes hands: of a leaver, and of who no longer sees the account."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from accounts.models import Account, AccountAssignment, AssignmentRole
from core import audit
from documents import services as documents
from flows import grants, notices
from flows.models import FlowRun, ItemState, RunState, WorkItem
from flows.services.engine import Move
from flows.services.locking import Conflict, lock, set_item
from teams.models import User
from teams.rights import Right
from teams.selectors import administrators


def preview_work(*, leaver, actor):
    """The open items that would change hands."""
    items = WorkItem.objects.unfinished().filter(assignee=leaver)
    if actor is None:
        return items
    return items.filter(pk__in=WorkItem.objects.visible_to(actor).values("pk"))


@transaction.atomic
def hand_over_work(*, leaver, to, actor, reason="", on=None) -> int:
    """Give the leaver's open items to a successor, and the runs they answer for; how many items.

    Where the successor is asked on the same step already, somebody above them gets the item.
    """
    if actor is not None and not actor.has_right(Right.TRANSFER_ACCOUNTS):
        raise PermissionDenied
    items = list(
        preview_work(leaver=leaver, actor=actor).select_related("run").order_by("run", "pk")
    )
    for item in items:
        _give(item, to, actor, "hand_over", reason)
    runs = FlowRun.objects.filter(state=RunState.OPEN)
    runs.filter(owner=leaver).update(owner=to)
    runs.filter(originator=leaver).update(originator=to)
    WorkItem.objects.unfinished().filter(owner=leaver).update(owner=to)
    return len(items)


def follow_subjects(account=None) -> int:
    """Owner, department and audience that runs and work copied are what their subject says now.
    Whose hands the work is in does not change here."""
    return documents.follow_subjects((FlowRun, WorkItem), account)


def _give(item, to, actor, verb, reason) -> None:
    """Put an item into other hands, with its trail where it has one."""
    if item.run_id is None:
        set_item(item, assignee=to)
        audit.record(
            actor=actor, action=f"workitem.{verb}", target=item, parent=item.account, reason=reason
        )
    else:
        move = Move(lock(item.run), actor)
        item = WorkItem.objects.select_related("step_run").get(pk=item.pk)
        to = _free(item, to)
        set_item(item, assignee=to)
        grants.settle(item.subject_type, item.subject_id)
        move.log(verb, step=item.step_run.step, note=reason, other=to)
    if item.state == ItemState.OPEN:
        notices.new_item(item, actor=actor)


def _free(item, user) -> User:
    """The first of the line above who is not asked on this step yet, else an administrator."""
    asked = set(
        item.step_run.items.unfinished().exclude(pk=item.pk).values_list("assignee", flat=True)
    )
    seen = set()
    while user is not None and user.pk not in seen:
        if user.is_active and user.pk not in asked:
            return user
        seen.add(user.pk)
        user = user.superior
    return administrators().exclude(pk__in=asked).order_by("pk").first() or item.assignee


def return_unseen(now=None) -> int:
    """Items of who no longer sees the account go to its manager. How many."""
    today, moved = timezone.localdate(now), 0
    member_based = WorkItem.objects.open().filter(grants_read=False, account__isnull=False)
    holders = member_based.exclude(assignee=None).order_by().values_list("assignee", flat=True)
    for holder in User.objects.filter(pk__in=holders.distinct()):
        seen = Account.objects.visible_to(holder).values("pk")
        for item in member_based.filter(assignee=holder).exclude(account__in=seen):
            moved += _to_manager(item, today)
    return moved


@transaction.atomic
def _to_manager(item, today) -> bool:
    open_ones = AccountAssignment.objects.on(today).filter(account=item.account_id)
    found = open_ones.filter(role=AssignmentRole.MANAGER).select_related("user").first()
    to = found.user if found else administrators().order_by("pk").first()
    if to is None or to.pk == item.assignee_id:
        return False
    try:
        _give(item, to, None, "hand_over", "")
    except Conflict:
        return False
    return True
