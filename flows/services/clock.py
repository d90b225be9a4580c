"""Time limits: warning, breach once, escalation, excuse, and the clock that stands still."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core import audit
from core.exceptions import DomainError
from flows import notices, permissions
from flows.limits import after_days, after_minutes, worked_minutes
from flows.models import FAR, FlowSettings, ItemState, WorkItem, WorkItemCandidate
from flows.services.locking import Conflict, lock, refuse_strangers, set_item
from teams.selectors import people_of_pool

BATCH = 500


def _locked(item, version=None) -> WorkItem:
    """An open item, its run locked where it has one."""
    if item.run_id:
        lock(item.run)
    fresh = WorkItem.objects.select_related("account__city", "assignee").get(pk=item.pk)
    if fresh.state != ItemState.OPEN or (version is not None and int(version) != fresh.version):
        raise Conflict(fresh)
    return fresh


@transaction.atomic
def suspend(*, item, actor, reason, version=None, now=None) -> WorkItem:
    """Stop the clock while the customer has to move (R-PLT-07)."""
    now = now or timezone.now()
    item = _locked(item, version)
    refuse_strangers(item, actor)
    if item.paused_at is not None:
        raise DomainError(_("The clock stands still already."))
    if not reason.strip():
        raise DomainError(_("Please say why."), field="reason")
    left = worked_minutes(now, item.due_at, item.account) if item.has_limit else None
    overdue = item.has_limit and item.due_at <= now
    if overdue:
        raise DomainError(_("It is late already; ask for an excuse instead."))
    set_item(item, paused_at=now, left_minutes=left, due_at=FAR, warn_at=FAR)
    WorkItemCandidate.objects.filter(item=item).update(due_at=FAR)
    _tell(item, actor, "workitem.suspended", reason)
    return item


@transaction.atomic
def resume(*, item, actor, version=None, now=None) -> WorkItem:
    """Let the clock run again: what was left is left."""
    now = now or timezone.now()
    item = _locked(item, version)
    refuse_strangers(item, actor)
    if item.paused_at is None:
        raise DomainError(_("The clock is running."))
    due_at = warn_at = FAR
    if item.left_minutes is not None:
        due_at = after_minutes(now, item.left_minutes, item.account)
        total = item.limit_minutes or item.left_minutes
        spare = total * (100 - FlowSettings.current().warn_percent) // 100
        warn_at = after_minutes(now, max(item.left_minutes - spare, 0), item.account)
    standing = item.paused_minutes + worked_minutes(item.paused_at, now, item.account)
    set_item(
        item,
        paused_at=None,
        left_minutes=None,
        due_at=due_at,
        warn_at=warn_at,
        paused_minutes=standing,
    )
    WorkItemCandidate.objects.filter(item=item).update(due_at=due_at)
    _tell(item, actor, "workitem.resumed", "")
    return item


@transaction.atomic
def excuse(*, item, actor, reason, version=None) -> WorkItem:
    """A superior accepts that it was late: it counts as on time."""
    fresh = WorkItem.objects.select_related("assignee", "done_by").get(pk=item.pk)
    if not permissions.can_excuse(actor, fresh):
        raise PermissionDenied
    if not reason.strip():
        raise DomainError(_("Please say why."), field="reason")
    if version is not None and int(version) != fresh.version:
        raise Conflict(fresh)
    if fresh.breached_at is None and fresh.on_time is not False:
        raise DomainError(_("It is not late."))
    done = fresh.state == ItemState.DONE
    set_item(
        fresh,
        excuse=reason.strip(),
        excused_by=actor,
        escalate_at=None,
        on_time=True if done else fresh.on_time,
    )
    _tell(fresh, actor, "workitem.excused", reason)
    return fresh


def _tell(item, actor, action, reason) -> None:
    audit.record(actor=actor, action=action, target=item, parent=item.account, reason=reason)


# The job of each minute. Every item is claimed by a conditional UPDATE: two jobs at once tell once.


def watch(now=None) -> dict[str, int]:
    """Warn, note breaches, escalate. Returns how many of each."""
    now = now or timezone.now()
    return {"warned": _warn(now), "breached": _breach(now), "escalated": _escalate(now)}


def _open_items(**conditions):
    items = WorkItem.objects.open().filter(**conditions)
    related = ("assignee", "owner", "account__city")
    return items.select_related(*related).prefetch_related("candidates__pool")[:BATCH]


@transaction.atomic
def _claimed(item, values, **conditions) -> bool:
    rows = WorkItem.objects.open().filter(pk=item.pk, **conditions)
    return bool(rows.update(**values))


def _warn(now) -> int:
    told = 0
    for item in list(_open_items(warn_at__lte=now, warned_at=None)):
        with transaction.atomic():
            if _claimed(item, {"warned_at": now, "quiet": False}, warned_at=None):
                told += 1
                if item.due_at > now:
                    notices.warning(item, holders(item, now))
    return told


def _breach(now) -> int:
    told = 0
    for item in list(_open_items(due_at__lte=now, breached_at=None)):
        with transaction.atomic():
            values = {"breached_at": now, "escalate_at": now, "quiet": False}
            if _claimed(item, values, breached_at=None):
                told += 1
                notices.late(item, holders(item, now))
    return told


def _escalate(now) -> int:
    told, settings = 0, FlowSettings.current()
    for item in list(_open_items(escalate_at__lte=now)):
        boss = _boss(item, item.escalated + 1)
        goes_on = boss is not None and item.escalated < settings.escalation_levels
        again = after_days(now, settings.escalation_days, item.account) if goes_on else None
        values = {"escalated": item.escalated + goes_on, "escalate_at": again}
        with transaction.atomic():
            if _claimed(item, values, escalated=item.escalated, escalate_at__lte=now) and goes_on:
                told += 1
                item.escalated += 1
                notices.escalated(item, boss)
    return told


def _boss(item, level):
    """The n-th superior of who has it, or of the owner where a pool has it."""
    user, seen = item.assignee or item.owner, set()
    while user is not None and level and user.pk not in seen:
        seen.add(user.pk)
        user, level = user.superior, level - 1
    return user if user is not None and user.is_active and not level else None


def holders(item, now) -> list:
    """Who has the item in hand: one person, or the people of its pools."""
    if item.assignee_id:
        return [item.assignee]
    day, people = timezone.localdate(now), {}
    for candidate in item.candidates.all():
        people |= {user.pk: user for user in people_of_pool(candidate.pool, day)}
    return list(people.values())
