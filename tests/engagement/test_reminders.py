"""Reminders of visits and of answers owed: each once per occasion, none for what moved away."""

import datetime
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from engagement import reminding
from engagement.models import Communication, CommunicationSettings, ReminderSettings
from engagement.notices import reminders
from notifications.models import Notification
from notifications.services import plan_due
from teams.models import Unit
from tests import factories as make
from tests.engagement.cast import HOUR, moment, put_visit

UTC = datetime.UTC
SIX = datetime.time(18, 0)
MINUTE = datetime.timedelta(minutes=1)


# ---------- the rule, by hand ----------


def test_the_evening_before_is_by_the_clocks_of_the_person():
    starts = datetime.datetime(2026, 11, 24, 2, 0, tzinfo=UTC)  # 10:00 in Shanghai
    before = reminding.evening_before
    assert before(starts, SIX, "Asia/Shanghai") == datetime.datetime(2026, 11, 23, 10, tzinfo=UTC)
    # In New York it is still the 23rd, so the evening before is the 22nd.
    assert before(starts, SIX, "America/New_York") == datetime.datetime(
        2026, 11, 22, 23, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("day", "utc_hour"),
    [
        ((2026, 3, 29), 17),  # clocks go forward that night: the evening before is winter time
        ((2026, 3, 30), 16),  # and the next one is summer time
        ((2026, 10, 25), 16),  # clocks go back that night
        ((2026, 10, 26), 17),
    ],
)
def test_the_evening_is_the_same_on_the_clock_when_clocks_change(day, utc_hour):
    starts = datetime.datetime(*day, 9, 0, tzinfo=ZoneInfo("Europe/Berlin"))
    due = reminding.evening_before(starts, SIX, "Europe/Berlin")
    assert due.astimezone(UTC).hour == utc_hour
    assert due.astimezone(ZoneInfo("Europe/Berlin")).hour == 18


def test_two_hours_are_two_hours_over_a_change_of_clocks():
    berlin = ZoneInfo("Europe/Berlin")
    starts = datetime.datetime(2026, 3, 29, 4, 0, tzinfo=berlin)  # 02:00 UTC
    assert reminding.due_shortly(datetime.datetime(2026, 3, 29, 0, 0, tzinfo=UTC), starts, 120)
    assert not reminding.due_shortly(
        datetime.datetime(2026, 3, 28, 23, 59, tzinfo=UTC), starts, 120
    )
    assert not reminding.due_shortly(starts, starts, 120)


def test_what_is_today_is_not_told_as_tomorrow():
    starts = moment(2026, 11, 24, 22, 0)
    zone = "Asia/Shanghai"
    assert not reminding.due_evening(moment(2026, 11, 23, 17, 59), starts, SIX, zone)
    assert reminding.due_evening(moment(2026, 11, 23, 18, 0), starts, SIX, zone)
    assert reminding.due_evening(moment(2026, 11, 23, 23, 59), starts, SIX, zone)
    assert not reminding.due_evening(moment(2026, 11, 24, 0, 0), starts, SIX, zone)


# ---------- what is written ----------


@pytest.fixture
def visit(house):
    """A visit to Acme on a Tuesday at ten, with Lee going along."""
    return put_visit(house.acme, house.kim, moment(2030, 1, 8, 10, 0), along=[house.lee])


def told(kind):
    rows = Notification.objects.filter(kind=f"engagement.{kind}").order_by("pk")
    return [(row.recipient.username, row.key) for row in rows]


def test_everybody_who_goes_is_reminded_once_each_time(visit):
    evening = moment(2030, 1, 7, 18, 0)
    plan_due(evening - MINUTE)
    assert not Notification.objects.exists()
    for now in (evening, evening, evening + HOUR):
        plan_due(now)
    key = f"visit:{visit.pk}:20300108T0200"
    assert told("visit_tomorrow") == [("kim", key), ("lee", key)]
    plan_due(moment(2030, 1, 8, 8, 0))
    plan_due(moment(2030, 1, 8, 9, 59))
    assert told("visit_soon") == [("kim", key), ("lee", key)]
    plan_due(moment(2030, 1, 8, 10, 0))
    assert len(told("visit_tomorrow")) == len(told("visit_soon")) == 2
    row = Notification.objects.filter(kind=reminders.TOMORROW).first()
    assert "10:00" in row.title_zh and "明天" in row.title_zh and "Tomorrow" in row.title_en
    assert row.subject_type == "visit" and row.account_id == visit.account_id


def test_a_job_that_slept_tells_what_is_still_ahead_and_nothing_past(house):
    put_visit(house.acme, house.kim, moment(2030, 1, 8, 10, 0))
    put_visit(house.acme, house.kim, moment(2030, 1, 8, 15, 0))
    plan_due(moment(2030, 1, 8, 13, 30))
    assert len(told("visit_soon")) == 1 and not told("visit_tomorrow")


def test_who_no_longer_goes_or_sees_it_is_not_told(visit, house, monkeypatch):
    now = moment(2030, 1, 8, 8, 0)
    monkeypatch.setattr(timezone, "now", lambda: now)
    plan_due(now)
    visit.colleagues.all().delete()
    rows = {row.recipient.username: row for row in Notification.objects.all()}
    assert reminders.visit_stands(rows["kim"]) and not reminders.visit_stands(rows["lee"])
    house.acme.assignments.filter(user=house.kim).delete()
    assert not reminders.visit_stands(rows["kim"])


def test_each_is_told_the_time_on_their_own_clocks(house):
    city = make.make_city("伦敦", "London", time_zone="Europe/London", country_code="GB")
    away = make.make_unit("uk", parent=house.root)
    Unit.objects.filter(pk=away.pk).update(city=city)
    house.lee.unit = Unit.objects.get(pk=away.pk)
    house.lee.save()
    put_visit(house.acme, house.kim, moment(2030, 1, 8, 20, 0), along=[house.lee])
    plan_due(moment(2030, 1, 8, 18, 30))
    said = {row.recipient.username: row.title_en for row in Notification.objects.all()}
    assert "20:00" in said["kim"] and "12:00" in said["lee"]


def test_the_times_are_data(visit):
    ReminderSettings.objects.create(pk=1, evening_at=None, minutes_before=30)
    plan_due(moment(2030, 1, 7, 20, 0))
    plan_due(moment(2030, 1, 8, 9, 0))
    assert not Notification.objects.exists()
    plan_due(moment(2030, 1, 8, 9, 30))
    assert len(told("visit_soon")) == 2


def test_planning_costs_the_same_for_many_that_were_told(house, django_assert_max_num_queries):
    for number in range(30):
        put_visit(house.acme, house.kim, moment(2030, 1, 8, 10, number))
    now = moment(2030, 1, 8, 9, 0)
    plan_due(now)
    assert len(told("visit_soon")) == 30
    with django_assert_max_num_queries(12):
        for _batch in reminders.plan_soon(now):
            assert _batch == []


# ---------- answers ----------


def test_whoever_owes_an_answer_is_told_once_and_the_superior_later(house):
    CommunicationSettings.objects.create(pk=1, warn_hours=4)
    house.kim.superior = house.dora
    house.kim.save()
    by = timezone.now() - 3 * HOUR
    row = make.make_communication(
        house.acme, author=house.kim, direction="in", needs_answer=True, answer_by=by,
        at=by - HOUR,
    )  # fmt: skip
    for _twice in range(2):
        plan_due()
    assert [name for name, _key in told("answer_overdue")] == ["kim"]
    assert not told("answer_escalated")
    plan_due(timezone.now() + 2 * HOUR)
    assert [name for name, _key in told("answer_escalated")] == ["dora"]
    notice = Notification.objects.get(kind="engagement.answer_overdue")
    assert reminders.still_waits(notice)
    Communication.objects.filter(pk=row.pk).update(answered_at=timezone.now())
    assert not reminders.still_waits(notice)
