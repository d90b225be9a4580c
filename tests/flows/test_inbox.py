"""The inbox: in order of time left, cut per pool, on its indexes."""

import datetime

import pytest
from django.db import connection
from django.utils import timezone

from flows.models import FAR, WorkItem, WorkItemCandidate
from flows.selectors import CAP, Capped, inbox, inbox_count, inbox_sql, late_below
from teams.services import ensure_post_pool
from tests import factories as make

pytestmark = pytest.mark.django_db
MANY = 4000


@pytest.fixture
def desk():
    """One person of a pool, among others with thousands of items."""
    post = make.make_post("finance")
    me, other = make.make_user("me", post=post), make.make_user("other", post=post)
    return me, other, ensure_post_pool(post)


def fill(count, *, assignee=None, pool=None, **fields):
    start = timezone.now()
    rows = WorkItem.objects.bulk_create(
        [
            WorkItem(
                title_en=f"item {number}",
                assignee=assignee,
                due_at=start + datetime.timedelta(minutes=number),
                **fields,
            )
            for number in range(count)
        ]
    )
    if pool is not None:
        WorkItemCandidate.objects.bulk_create(
            [WorkItemCandidate(item=row, pool=pool, due_at=row.due_at) for row in rows]
        )
    return rows


def test_mine_and_my_pools_in_order_of_time_left(desk):
    me, other, pool = desk
    mine, shared = fill(3, assignee=me), fill(3, pool=pool)
    fill(2, assignee=other)
    fill(1, assignee=me, quiet=True)
    fill(1, assignee=me, state="done", done_at=timezone.now())
    wanted = sorted([*mine, *shared], key=lambda row: (row.due_at, row.pk))
    assert inbox(me) == wanted and inbox_count(me) == 6
    assert inbox(me, limit=2) == wanted[:2]
    assert inbox(me, limit=2, skip=2) == wanted[2:4]


def test_what_lies_beyond_the_first_page_is_one_step_away(desk, client):
    me, _other, pool = desk
    rows = fill(70, assignee=me)
    shared = fill(1, pool=pool)
    post = make.make_post("treasury")
    WorkItemCandidate.objects.create(
        item=shared[0], pool=ensure_post_pool(post), due_at=shared[0].due_at
    )
    client.force_login(me)
    first = client.get("/work/")
    assert len(first.context["cards"]) == 50 and "?page=2" in first.content.decode()
    second = client.get("/work/?page=2")
    shown = [card.item.pk for page in (first, second) for card in page.context["cards"]]
    assert sorted(shown) == sorted(row.pk for row in [*rows, *shared])
    late = client.get("/work/?page=99").context["cards"]
    assert [card.item for card in late] == [card.item for card in second.context["cards"]]


def test_what_has_no_limit_comes_last_on_both_databases(desk):
    me, _other, _pool = desk
    never = WorkItem.objects.create(title_en="some time", assignee=me, due_at=FAR)
    soon = fill(1, assignee=me)
    assert inbox(me) == [*soon, never]


def test_counts_stop_at_the_cap(desk):
    me, _other, _pool = desk
    fill(CAP + 7, assignee=me)
    assert str(Capped(inbox_count(me))) == "1,000+"


def test_the_inbox_walks_its_indexes(desk):
    """Mine is a small part of everything, as it is in a company: where one pool held all there
    is, a planner may rightly read the whole table."""
    me, other, pool = desk
    fill(MANY, assignee=other)
    fill(60, assignee=me)
    fill(100, pool=pool)
    for code in ("legal", "logistics", "quality"):
        fill(MANY // 2, pool=ensure_post_pool(make.make_post(code)))
    fill(MANY, assignee=me, state="done", done_at=timezone.now())
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        sql, params = inbox_sql(me)
        explain = "EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN "
        cursor.execute(explain + sql, params)
        plan = "\n".join(str(row) for row in cursor.fetchall())
    assert "item_inbox" in plan and "candidate_inbox" in plan, plan
    inbox(me)


def test_a_superior_sees_what_their_people_are_late_with(desk):
    me, other, _pool = desk
    type(me).objects.filter(pk=other.pk).update(superior=me)
    past = timezone.now() - datetime.timedelta(hours=1)
    late = WorkItem.objects.create(title_en="x", assignee=other, owner=me, due_at=past)
    fill(1, assignee=other)
    assert list(late_below(me)) == [late]
    assert list(late_below(other)) == []
