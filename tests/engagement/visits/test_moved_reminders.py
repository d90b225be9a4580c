"""A visit that moves takes its reminder along, one that is cancelled leaves none."""

import pytest
import time_machine
from django.core import mail
from django.urls import reverse

from engagement import services
from engagement.notices import reminders
from flows.services import complete
from notifications.models import Delivery, Notification
from notifications.services import dispatch, plan_due
from tests.engagement.cast import HOUR, moment
from tests.engagement.visits.conftest import plan
from tests.engagement.visits.test_plan_visit import item_of

pytestmark = pytest.mark.django_db
MINUTE = HOUR / 60
TEN = moment(2030, 1, 8, 10, 0)
EIGHT, FOUR = TEN - 2 * HOUR, TEN + 6 * HOUR  # when "two hours ahead" is due, and a later begin


@pytest.fixture
def clock():
    """The time, which the test turns on by hand."""
    with time_machine.travel(TEN - 72 * HOUR, tick=False) as traveller:
        yield traveller


@pytest.fixture
def visit(house, clock):
    """Confirmed for a Tuesday at ten; lee goes along. Both want mail."""
    visit = plan(house, begins=TEN, colleagues=[house.lee], hand_in=True)
    complete(item=item_of(visit), outcome="approve", actor=house.mia)
    visit.refresh_from_db()
    assert visit.status == "plan_confirmed"
    mail.outbox.clear()
    return visit


def tick(clock, now):
    """What the job does each minute."""
    clock.move_to(now)
    plan_due()
    dispatch.run()


def run_until(clock, begins, ends):
    now = begins
    while now <= ends:
        tick(clock, now)
        now += 30 * MINUTE


def told(kind=reminders.SOON):
    """Who sees a notice of which begin, whether it still holds."""
    rows = Notification.objects.filter(kind=kind).order_by("pk")
    return [(row.recipient.username, row.key[-5:], row.withdrawn_at is None) for row in rows]


def mailed(word):
    return sorted(one.to[0].split("@")[0] for one in mail.outbox if word in one.subject)


def test_without_a_move_the_reminder_comes_at_its_time(visit, clock):
    tick(clock, EIGHT - MINUTE)
    assert not told() and not mailed("10:00")
    run_until(clock, EIGHT, TEN + HOUR)
    assert told() == [("kim", "T0200", True), ("lee", "T0200", True)]
    assert mailed("10:00") == ["kim", "lee"]


def test_moved_an_hour_before_its_reminder_it_has_one_at_the_new_time(visit, clock, house):
    tick(clock, EIGHT - HOUR)
    services.move_visit(visit=visit, starts_at=FOUR, reason="They asked", actor=house.kim)
    run_until(clock, EIGHT - HOUR, FOUR - 2 * HOUR - MINUTE)
    assert told() == [] and not mailed("10:00") and not mailed("16:00")
    run_until(clock, FOUR - 2 * HOUR, FOUR + HOUR)
    assert told() == [("kim", "T0800", True), ("lee", "T0800", True)]
    assert not mailed("10:00") and mailed("16:00") == ["kim", "lee"]


def test_cancelled_an_hour_before_its_reminder_it_has_none(visit, clock, house):
    tick(clock, EIGHT - HOUR)
    services.cancel_visit(visit=visit, reason="They are away", actor=house.kim)
    run_until(clock, EIGHT - HOUR, TEN + HOUR)
    assert told() == [] and not mailed("10:00")


def test_what_waits_to_leave_for_the_old_time_is_dropped(visit, clock, house):
    clock.move_to(EIGHT)
    plan_due()
    waiting = Delivery.objects.filter(notification__kind=reminders.SOON, channel="email")
    assert set(waiting.values_list("state", flat=True)) == {"pending"} and waiting.count() == 2
    services.move_visit(visit=visit, starts_at=FOUR, reason="They asked", actor=house.kim)
    dispatch.run()
    assert set(waiting.values_list("state", flat=True)) == {"dropped"}
    assert not mailed("10:00")


def test_moved_to_and_fro_before_anything_left_it_is_told_after_all(visit, clock, house):
    clock.move_to(EIGHT)
    plan_due()
    services.move_visit(visit=visit, starts_at=FOUR, reason="They asked", actor=house.kim)
    dispatch.run()
    services.move_visit(visit=visit, starts_at=TEN, reason="As it was", actor=house.kim)
    run_until(clock, EIGHT + MINUTE, TEN)
    assert mailed("10:00") == ["kim", "lee"]


def test_what_was_seen_of_the_old_time_is_withdrawn(visit, clock, house, client):
    tick(clock, EIGHT)
    services.move_visit(visit=visit, starts_at=FOUR, reason="They asked", actor=house.kim)
    assert told() == [("kim", "T0200", False), ("lee", "T0200", False)]
    client.force_login(house.kim)
    page = client.get(reverse("notifications:notification_list"), {"show": "all"})
    assert "no longer holds" in page.content.decode()
    unread = Notification.objects.visible_to(house.kim).unread()
    assert not unread.filter(kind=reminders.SOON).exists()
    run_until(clock, FOUR - 2 * HOUR, FOUR)
    assert [row for row in told() if row[2]] == [("kim", "T0800", True), ("lee", "T0800", True)]
    services.cancel_visit(visit=visit, reason="They are away", actor=house.kim)
    assert not [row for row in told() if row[2]]


def test_moved_back_it_is_not_told_again_of_a_time_it_was_told_of(visit, clock, house):
    tick(clock, EIGHT)
    for begins in (FOUR, TEN):
        services.move_visit(visit=visit, starts_at=begins, reason="To and fro", actor=house.kim)
    run_until(clock, EIGHT + MINUTE, TEN)
    assert mailed("10:00") == ["kim", "lee"]
    assert told() == [("kim", "T0200", True), ("lee", "T0200", True)]
