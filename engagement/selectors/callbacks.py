"""Reads of callbacks: the list, and whose listing or approval waits for somebody."""

from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils import timezone

from engagement.models import Callback, CallbackStatus
from flows.models import WorkItem, WorkItemCandidate
from flows.pages import Card
from teams.selectors import pool_ids

MOST = 100


def callbacks_of(user):
    return Callback.objects.visible_to(user)


def _waiting(user):
    """Steps before the call that are this person's to answer: the list, its approval."""
    pools = pool_ids(user, timezone.localdate())
    candidates = WorkItemCandidate.objects.filter(item=OuterRef("pk"), pool__in=pools)
    planned = callbacks_of(user).filter(status=CallbackStatus.PLANNED)
    items = WorkItem.objects.open().filter(
        subject_type="callback", subject_id__in=planned.values("pk"), run__isnull=False
    )
    items = items.filter(Q(assignee=user) | Q(assignee=None) & Exists(candidates))
    # Calling is no list: whoever has to call has it among their work.
    calls = callbacks_of(user).filter(caller=OuterRef("assignee"), pk=OuterRef("subject_id"))
    return items.exclude(Exists(calls))


def count_waiting(user) -> int:
    return _waiting(user).count()


@dataclass(frozen=True)
class Line:
    """One callback on a list, and when its customer was reached before."""

    item: WorkItem
    callback: Callback


@dataclass
class Waiting:
    """The callbacks that stand at one step, with the answers it takes."""

    title: str
    choices: list
    lines: list = field(default_factory=list)


def waiting_lists(user) -> list[Waiting]:
    items = list(
        _waiting(user).select_related("run__version", "step_run").order_by("due_at", "pk")[:MOST]
    )
    before = (
        Callback.objects.called()
        .filter(account=OuterRef("account"), held_at__lt=OuterRef("created_at"))
        .order_by("-held_at")
    )
    rows = callbacks_of(user).filter(pk__in=[item.subject_id for item in items])
    rows = rows.select_related("account__tier", "caller").annotate(
        last_held_at=Subquery(before.values("held_at")[:1]),
        last_satisfaction=Subquery(before.values("satisfaction")[:1]),
    )
    callbacks = rows.in_bulk()
    groups = {}
    for item in items:
        key = (item.run.version_id, item.step_run.step)
        group = groups.setdefault(key, Waiting(item.title, Card(item, user).choices))
        if item.subject_id in callbacks:
            group.lines.append(Line(item, callbacks[item.subject_id]))
    return list(groups.values())
