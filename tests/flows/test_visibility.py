"""What the inbox shows, what may be opened and what may be answered give the same answer."""

import datetime
import random

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from accounts.models import AccountAssignment, AssignmentRole
from flows.models import WorkItem, WorkItemCandidate
from flows.selectors import in_hand, inbox, inbox_count
from flows.services.locking import refuse_strangers
from teams.models import Pool, TeamMembership
from tests import factories as make
from tests.flows.test_pages import go

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)


def _people(rng):
    root = make.make_unit()
    units = [make.make_unit(f"u{n}", parent=root) for n in range(3)]
    people = [make.make_user(f"m{n}", unit=rng.choice(units)) for n in range(5)]
    people += [make.make_director(f"d{n}", unit=rng.choice(units)) for n in range(2)]
    return [*people, make.make_general_manager("g"), make.make_user("gone", is_active=False)]


def _items(rng, people, accounts, pools):
    for number in range(40):
        account = rng.choice([None, *accounts])
        pool = rng.choice([None, *pools])
        item = WorkItem.objects.create(
            title_en=f"item {number}",
            account=account,
            owner=rng.choice(people),
            unit=account.department if account else rng.choice(people).unit,
            audience=rng.choice(["account", "participants", "line", "everyone"]),
            assignee=None if pool else rng.choice(people),
            grants_read=rng.random() < 0.4,
            due_at=timezone.now() + number * DAY,
        )
        if pool:
            WorkItemCandidate.objects.create(item=item, pool=pool, due_at=item.due_at)


def may_answer(item, person) -> bool:
    try:
        refuse_strangers(item, person)
    except PermissionDenied:
        return False
    return True


@pytest.mark.parametrize("seed", range(6))
def test_inbox_opening_and_answering_agree_on_random_data(client, seed):
    rng, today = random.Random(seed), timezone.localdate()
    make.make_currency()
    people = _people(rng)
    accounts = [make.make_account(f"A{n}", manager=rng.choice(people[:5])) for n in range(6)]
    for account in accounts:
        seller = rng.choice(people[:5])
        end = today + rng.randint(-3, 3) * DAY
        make.assign(account, seller, AssignmentRole.SELLER, starts_on=today - 9 * DAY, ends_on=end)
    pools = [Pool.objects.create(code=f"p{n}", name_en=f"p{n}") for n in range(3)]
    for pool in pools:
        pool.members.set(rng.sample(people, 4))
    _items(rng, people, accounts, pools)
    for person in people:
        mine = set(inbox(person, limit=100)) if person.is_active else set()
        answerable = {item for item in WorkItem.objects.all() if may_answer(item, person)}
        visible = WorkItem.objects.visible_to(person)
        assert mine == answerable, person
        assert mine <= set(visible), person
        assert mine <= set(visible.filter(in_hand(person))), person
        if not person.is_active:
            assert not visible.exists()
            continue
        assert inbox_count(person) == len(mine)
        client.force_login(person)
        for item in rng.sample(list(WorkItem.objects.order_by("pk")), 8):
            wanted = 200 if visible.filter(pk=item.pk).exists() else 404
            assert client.get(go("item_detail", item.pk)).status_code == wanted
            wanted = 200 if item in mine else 403 if wanted == 200 else 404
            assert client.get(go("item_answer", item.pk)).status_code == wanted


def test_who_leaves_the_team_or_the_account_sees_nothing_with_the_next_request(client):
    today = timezone.localdate()
    member, seller = make.make_user("member"), make.make_user("seller")
    account = make.make_account("Served", manager=make.make_user("manager"))
    team = make.make_team("team", members=[member], starts_on=today - 9 * DAY)
    make.serve(team, account, starts_on=today - 9 * DAY)
    make.assign(account, seller, AssignmentRole.SELLER, starts_on=today - 9 * DAY)
    for person in (member, seller):
        item = WorkItem.objects.create(
            title_en=f"of {person.username}", account=account, owner=account.department.head,
            unit=account.department, assignee=person,
        )  # fmt: skip
        client.force_login(person)
        assert client.get(go("item_detail", item.pk)).status_code == 200
        assert item.title_en in client.get(go("my_work")).content.decode()
        ended = {"ends_on": today - DAY}
        TeamMembership.objects.filter(user=person).update(**ended)
        AccountAssignment.objects.filter(user=person).update(**ended)
        assert client.get(go("item_detail", item.pk)).status_code == 404
        assert item.title_en not in client.get(go("my_work")).content.decode()
        assert client.get("/api/v1/work-items/").json()["count"] == 0
