"""Reads of work: the inbox, what I started, what my people are late with (R-PLT-07).

The inbox is one walk of an index per pool and one for mine, each with its own ORDER BY and LIMIT:
without the inner limits a merge of a million items takes a hundred times as long.
"""

from dataclasses import dataclass

from django.db import connection
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from accounts.models import Account
from flows.models import FlowRun, ItemState, WorkItem, WorkItemCandidate
from teams.models import User
from teams.selectors import pool_ids

PAGE = 50
CAP = 1000
LEVELS = 6


def _branches(user):
    """(queryset of (due_at, id)) per walk: mine, then one per pool."""
    readable = _readable(user)
    mine = WorkItem.objects.open().filter(assignee=user, quiet=False)
    if readable is not None:
        mine = mine.filter(readable)
    yield mine.order_by("due_at", "id").values_list("due_at", "id")
    readable = _readable(user, "item__")
    for pool in pool_ids(user, timezone.localdate()):
        waiting = WorkItemCandidate.objects.filter(pool=pool)
        if readable is not None:
            waiting = waiting.filter(readable)
        yield waiting.order_by("due_at", "item_id").values_list("due_at", "item_id")


def _readable(user, prefix="") -> Q | None:
    """The account is still the person's to see, or the item itself lets them read."""
    if user.sees_everything:
        return None
    accounts = Account.objects.visible_to(user).values("pk")
    by_account = Q(**{f"{prefix}account": None}) | Q(**{f"{prefix}account__in": accounts})
    return Q(**{f"{prefix}grants_read": True}) | by_account


def _union(branches, limit) -> tuple[str, list]:
    """One statement of all walks. SQLite takes LIMIT in a part only inside a subselect."""
    parts, params = [], []
    for rows in branches:
        sql, values = rows[:limit].query.sql_with_params()
        parts.append(f"SELECT * FROM ({sql}) AS walk_{len(parts)}")
        params += values
    return " UNION ALL ".join(parts), params


def inbox_sql(user, limit=PAGE, skip=0) -> tuple[str, list]:
    """The statement behind the inbox, for the page and for the test that asserts its plan."""
    union, params = _union(_branches(user), limit + skip)
    cut = f"LIMIT {int(limit)} OFFSET {int(skip)}"
    # What two of one's pools may take is one piece of work.
    return f"SELECT DISTINCT * FROM ({union}) AS merged ORDER BY 1, 2 {cut}", params


def inbox(user, limit=PAGE, skip=0) -> list[WorkItem]:
    """What waits for a person, least time left first; items of pools carry no assignee."""
    sql, params = inbox_sql(user, limit, skip)
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        ids = list(dict.fromkeys(row[1] for row in cursor.fetchall()))
    related = ("account", "run__template", "run__version", "step_run", "on_behalf_of", "assignee")
    found = WorkItem.objects.select_related(*related).in_bulk(ids)
    return [found[pk] for pk in ids]


def inbox_count(user) -> int:
    """How many wait, counted up to CAP + 1."""
    union, params = _union(_branches(user), CAP + 1)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM ({union}) AS merged", params)
        return min(cursor.fetchone()[0], CAP + 1)


def in_hand(user) -> Q:
    """What waits for a person, quiet or not: theirs, and what one of their pools may take."""
    pools = pool_ids(user, timezone.localdate())
    waiting = WorkItemCandidate.objects.filter(item=OuterRef("pk"), pool__in=pools)
    return Q(state=ItemState.OPEN) & (Q(assignee=user) | Q(Exists(waiting)))


def started_by(user, limit=PAGE):
    """Running flows a person started, newest first, with where they stand."""
    runs = FlowRun.objects.visible_to(user).open().filter(originator=user)
    related = ("template", "version", "account")
    return runs.select_related(*related).prefetch_related(
        "steps", "items__assignee", "items__candidates__pool"
    )[:limit]


def people_below(user) -> list[int]:
    """Ids of everybody who reports to a person, directly or through others."""
    found, layer = set(), [user.pk]
    for _level in range(LEVELS):
        rows = User.objects.filter(superior__in=layer, is_active=True)
        layer = [pk for pk in rows.values_list("pk", flat=True) if pk not in found]
        if not layer:
            break
        found.update(layer)
    return sorted(found)


def late_below(user, now=None, limit=PAGE):
    """What a person's people are late with and what the person may know of, oldest first."""
    now = now or timezone.now()
    items = WorkItem.objects.visible_to(user).filter(
        state=ItemState.OPEN, assignee__in=people_below(user), due_at__lte=now
    )
    related = ("assignee", "account", "run__template", "step_run")
    return items.select_related(*related).order_by("due_at", "id")[:limit]


@dataclass(frozen=True)
class Capped:
    """A count that stops at CAP."""

    number: int

    def __str__(self):
        return f"{CAP:,}+" if self.number > CAP else f"{self.number:,}"
