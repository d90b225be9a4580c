"""A record that nobody wrote in time is told of once, by the notice of late work, in the language
of whoever has to write it; what a visit was late with holds no longer once it moves."""

import pytest
import time_machine
from django.utils import translation

from engagement import services
from flows.notices import item_is_open
from flows.services import complete, watch
from notifications.models import Notification
from tests.engagement.cast import DAY, HOUR, moment
from tests.engagement.visits.conftest import plan
from tests.engagement.visits.test_plan_visit import item_of

pytestmark = pytest.mark.django_db
TEN = moment(2030, 1, 8, 10, 0)  # a Tuesday


@pytest.fixture
def clock():
    with time_machine.travel(TEN - 2 * DAY, tick=False) as traveller:
        yield traveller


@pytest.fixture
def visit(house, clock):
    """Confirmed for ten; kim reads Chinese."""
    house.kim.language = "zh-hans"
    house.kim.save()
    visit = plan(house, begins=TEN, hand_in=True)
    complete(item=item_of(visit), outcome="approve", actor=house.mia)
    visit.refresh_from_db()
    return visit


def late(user):
    return Notification.objects.filter(kind="flows.late", recipient=user)


def test_a_missing_record_is_told_once_with_the_way_there(house, clock, visit, client):
    clock.move_to(TEN)
    services.check_in(visit=visit, actor=house.kim, place="Gate 2")
    item = item_of(visit)
    clock.move_to(item.due_at - HOUR)
    watch()
    assert not late(house.kim).exists()
    for minutes in (1, 2, 300):
        clock.move_to(item.due_at + minutes * HOUR / 60)
        watch()
    notice = late(house.kim).get()
    with translation.override(house.kim.language):
        assert notice.title.startswith("填写") and visit.number in notice.title
    client.force_login(house.kim)
    page = client.get(notice.url, follow=True)
    assert visit.get_absolute_url() in page.content.decode()
    assert item_is_open(notice)
    services.record_visit(
        visit=visit,
        actor=house.kim,
        values={
            "topics": "Prices",
            "next_step": "Offer",
            "result": "good",
            "place": "Gate 2",
            "file_check": "unchanged",
        },
        contacts=[house.chen],
    )
    assert not item_is_open(notice)


def test_what_a_visit_was_late_with_holds_no_longer_when_it_moves(house, clock, visit):
    clock.move_to(visit.ends_at + HOUR)
    watch()
    notice = late(house.kim).get()
    assert item_is_open(notice) and notice.withdrawn_at is None
    services.move_visit(
        visit=visit, starts_at=TEN + 3 * DAY, reason="They were away", actor=house.kim
    )
    notice.refresh_from_db()
    assert notice.withdrawn_at is not None and not item_is_open(notice)
    watch()
    assert late(house.kim).count() == 1
    clock.move_to(visit.ends_at + 2 * HOUR)
    watch()
    # At the new time it is late anew, once.
    assert late(house.kim).filter(withdrawn_at=None).count() == 1
