"""Callbacks that are due by tier and after complaints, reminders of them, and changes of hands."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from accounts.models import Account, Tier
from accounts.services import merge_accounts
from engagement import calling
from engagement.jobs.callbacks import plan_callbacks
from engagement.models import Callback, CallbackKind, CallbackSettings
from engagement.notices import callbacks as notices
from engagement.services import callback_upkeep as upkeep
from engagement.services import callbacks as services
from engagement.services.callback_calls import give_up_callback
from engagement.services.personal import erase_callbacks, export_callbacks
from flows.models import FlowRun, FlowTemplate, RunState
from flows.services import activate, complete, create_template, start
from notifications.models import Delivery, Notification
from notifications.recheck import still_due
from notifications.services import plan_due
from teams.models import Unit
from tests import factories as make
from tests.engagement.callback_cast import DAY, called, items_of, plan
from tests.engagement.cast import moment

pytestmark = pytest.mark.django_db
TODAY = datetime.date(2026, 11, 25)


# ---------- the rules, by hand ----------


def test_a_callback_is_planned_so_many_days_ahead():
    assert calling.wanted(TODAY + 10 * DAY, TODAY, 10)
    assert not calling.wanted(TODAY + 11 * DAY, TODAY, 10)
    assert not calling.wanted(None, TODAY, 10)


def test_the_day_is_free_and_a_working_day_and_never_today():
    def works(day):
        return day.weekday() < 5

    friday = datetime.date(2026, 11, 27)
    saturday = friday + DAY
    assert calling.day_for(saturday, TODAY, works, {}, 2) == friday
    full = {friday: 2, friday - DAY: 2}
    assert calling.day_for(saturday, TODAY, works, full, 2) == datetime.date(2026, 11, 30)
    late = calling.day_for(TODAY - 40 * DAY, TODAY, works, {}, 2)
    assert late == TODAY + DAY
    assert calling.day_for(friday, TODAY, lambda day: False, {}, 2) == friday


def test_calls_of_a_day_come_one_after_the_other():
    at = calling.moment_for(TODAY, datetime.time(10), 15, 3, "Asia/Shanghai")
    assert (at.hour, at.minute) == (10, 45)


def test_the_morning_is_by_the_clocks_of_the_person():
    planned = datetime.datetime(2026, 11, 25, 2, 0, tzinfo=datetime.UTC)  # 10:00 in Shanghai
    time = datetime.time(8, 30)

    def due(hour, minute, zone, day=25):
        now = datetime.datetime(2026, 11, day, hour, minute, tzinfo=datetime.UTC)
        return calling.due_in_the_morning(now, planned, time, zone)

    assert not due(0, 29, "Asia/Shanghai") and due(0, 30, "Asia/Shanghai")
    assert due(15, 59, "Asia/Shanghai") and not due(16, 0, "Asia/Shanghai")
    # In New York it is the evening of the 24th, so that is its day.
    assert due(13, 30, "America/New_York", day=24) and not due(13, 29, "America/New_York", day=24)
    assert not due(14, 0, "America/New_York")


def test_as_many_attempts_as_the_settings_say():
    assert calling.may_try_again(2, 3) and not calling.may_try_again(3, 3)


# ---------- due by tier ----------


def aged(account, days):
    at = timezone.now() - days * DAY
    Account.objects.filter(pk=account.pk).update(created_at=at)


def test_the_job_plans_what_is_due_once_with_a_task_for_the_manager(callers):
    aged(callers.acme, 51)  # every 60 days, planned 10 days ahead
    for _twice in range(2):
        plan_callbacks()
    one = Callback.objects.get()
    assert (one.account, one.kind, one.caller) == (callers.acme, CallbackKind.REGULAR, callers.kim)
    assert one.created_by is None and one.due_on >= timezone.localdate() + 9 * DAY
    assert items_of(one).get().assignee == callers.pia  # its list comes first
    CallbackSettings.objects.create(pk=1, list_approval="none")
    services.cancel_callback(callback=one, reason="x", actor=callers.kim)
    Callback.objects.update(ended_at=timezone.now() - 60 * DAY)
    assert plan_callbacks()["planned"] == 1
    assert items_of(Callback.objects.ahead().get()).get().assignee == callers.kim


@pytest.mark.parametrize("days", [0, 30, 49])
def test_before_its_time_nothing_is_planned(callers, days):
    aged(callers.acme, days)
    assert plan_callbacks()["planned"] == 0


def test_the_next_is_counted_from_the_last_one_whatever_came_of_it(callers):
    aged(callers.acme, 400)
    CallbackSettings.objects.create(pk=1, list_approval="none")
    callback = called(callers, plan(callers, kind=CallbackKind.REGULAR), lines=[])
    assert plan_callbacks()["planned"] == 0
    Callback.objects.filter(pk=callback.pk).update(held_at=timezone.now() - 55 * DAY)
    assert plan_callbacks()["planned"] == 1
    second = Callback.objects.ahead().get()
    assert second.due_on >= timezone.localdate() + 5 * DAY
    # Whom one spoke to before is offered again.
    assert [row.contact for row in second.contacts.all()] == [callers.chen]
    give_up_callback(callback=second, actor=callers.kim, reason="Nobody there")
    assert plan_callbacks()["planned"] == 0


def test_a_tier_without_days_and_an_unregistered_customer_ask_for_nothing(callers):
    aged(callers.acme, 400)
    Tier.objects.filter(pk=callers.tier.pk).update(callback_interval_days=None)
    assert plan_callbacks()["planned"] == 0
    Tier.objects.filter(pk=callers.tier.pk).update(callback_interval_days=30)
    Account.objects.filter(pk=callers.acme.pk).update(status="prospect")
    assert plan_callbacks()["planned"] == 0


def test_a_full_day_is_spread_over_the_next_ones(callers):
    CallbackSettings.objects.create(pk=1, calls_a_day=2, list_approval="none")
    for number in range(5):
        account = make.make_account(
            f"Firm {number}", manager=callers.kim, tier=callers.tier, status="registered"
        )
        aged(account, 400)
    assert plan_callbacks()["planned"] == 5
    days = [timezone.localdate(one.planned_at) for one in Callback.objects.all()]
    assert max(days.count(day) for day in days) == 2 and timezone.localdate() not in days
    assert all(one.due_on >= timezone.localdate(one.planned_at) for one in Callback.objects.all())


def test_the_job_costs_little_where_nothing_is_due(callers, django_assert_max_num_queries):
    for number in range(20):
        make.make_account(
            f"Firm {number}", manager=callers.kim, tier=callers.tier, status="registered"
        )
    with django_assert_max_num_queries(10):
        assert upkeep.plan_due() == 0


# ---------- after complaints ----------

COMPLAINT = """
flow: F-21
subject: account
zh: 投诉
en: Complaint
steers: no
cancel: cancelled
steps:
  - step: answer
    zh: 答复
    en: Answer
    who: owner
    then:
      done: end closed
      no: end refused
ends:
  closed:
    zh: 已关闭
    en: Closed
  refused:
    zh: 不受理
    en: Refused
  cancelled:
    zh: 已取消
    en: Cancelled
"""


def complaint(callers, outcome="done"):
    if not FlowTemplate.objects.filter(code="F-21").exists():
        activate(template=create_template(definition=COMPLAINT, actor=None), actor=None)
    run = start(subject=callers.acme, actor=callers.kim, template_code="F-21")
    if outcome:
        complete(item=run.items.get(), outcome=outcome, actor=callers.kim)
    run.refresh_from_db()
    return run


def test_every_closed_complaint_is_called_back_once(callers):
    closed, refused, under_way = (complaint(callers, one) for one in ("done", "no", ""))
    assert closed.state == RunState.DONE and under_way.state == RunState.OPEN
    assert [plan_callbacks()["after_complaints"] for _twice in range(2)] == [1, 0]
    one = Callback.objects.get()
    assert one.kind == CallbackKind.COMPLAINT and one.source == f"run:{closed.pk}"
    assert one.caller == callers.kim and items_of(one).get().assignee == callers.kim
    assert one.due_on == timezone.localdate() + 3 * DAY


def test_which_flow_is_a_complaint_is_data(callers):
    complaint(callers)
    CallbackSettings.objects.create(pk=1, complaint_flow="")
    assert plan_callbacks()["after_complaints"] == 0
    CallbackSettings.objects.update(complaint_flow="F-21", complaint_end="refused")
    assert plan_callbacks()["after_complaints"] == 0


def test_a_complaint_of_long_ago_is_left_alone(callers):
    run = complaint(callers)
    FlowRun.objects.filter(pk=run.pk).update(ended_at=timezone.now() - 40 * DAY)
    assert plan_callbacks()["after_complaints"] == 0


# ---------- reminders ----------


@pytest.fixture
def tuesday(callers):
    return plan(callers, planned_at=moment(2030, 1, 8, 10, 0))


def told():
    rows = Notification.objects.filter(kind=notices.DUE).order_by("pk")
    return [(row.recipient.username, row.key) for row in rows]


def test_who_calls_is_reminded_once_in_the_morning(tuesday):
    plan_due(moment(2030, 1, 8, 8, 29))
    assert not told()
    for hour in (8, 8, 12, 23):
        plan_due(moment(2030, 1, 8, hour, 30))
    assert told() == [("kim", f"callback:{tuesday.pk}:20300108T0200")]
    row = Notification.objects.get(kind=notices.DUE)
    assert "10:00" in row.title_zh and "回访" in row.title_zh and "Today" in row.title_en
    plan_due(moment(2030, 1, 9, 9, 0))
    assert len(told()) == 1


def test_a_moved_one_is_reminded_of_at_its_new_day(tuesday, callers, monkeypatch):
    now = moment(2030, 1, 8, 8, 30)
    monkeypatch.setattr(timezone, "now", lambda: now)
    plan_due(now)
    mails = list(Delivery.objects.filter(channel="email", notification__kind=notices.DUE))
    assert mails and all(still_due(one) for one in mails)
    services.move_callback(
        callback=tuesday, planned_at=moment(2030, 1, 9, 10, 0), reason="x", actor=callers.kim
    )
    assert not any(still_due(one) for one in mails)
    for day in (8, 9, 9):
        plan_due(moment(2030, 1, day, 9, 0))
    assert [key for _name, key in told()] == [
        f"callback:{tuesday.pk}:20300108T0200",
        f"callback:{tuesday.pk}:20300109T0200",
    ]


def test_a_cancelled_one_takes_its_reminder_with_it(tuesday, callers, monkeypatch):
    now = moment(2030, 1, 8, 8, 30)
    monkeypatch.setattr(timezone, "now", lambda: now)
    plan_due(now)
    mails = list(Delivery.objects.filter(channel="email", notification__kind=notices.DUE))
    services.cancel_callback(callback=tuesday, reason="x", actor=callers.kim)
    assert mails and not any(still_due(one) for one in mails)
    Notification.objects.all().delete()
    plan_due(now)
    assert not told()


def test_it_follows_the_caller_and_the_clocks_of_their_city(tuesday, callers):
    city = make.make_city("伦敦", "London", time_zone="Europe/London", country_code="GB")
    away = make.make_unit("uk", parent=callers.root)
    Unit.objects.filter(pk=away.pk).update(city=city)
    callers.lee.unit = Unit.objects.get(pk=away.pk)
    callers.lee.save()
    services.update_callback(callback=tuesday, values={"caller": callers.lee}, actor=callers.kim)
    plan_due(moment(2030, 1, 8, 12, 0))  # 4 in the morning there
    assert not told()
    plan_due(moment(2030, 1, 8, 16, 30))
    assert [name for name, _key in told()] == ["lee"]
    notice = Notification.objects.get(kind=notices.DUE)
    assert "02:00" in notice.title_en
    assert Callback.objects.of_person(callers.lee).count() == 1
    callers.acme.assignments.filter(user=callers.lee).delete()
    assert not notices.callback_stands(notice)


def test_the_time_of_the_reminder_is_data(tuesday):
    CallbackSettings.objects.create(pk=1, remind_at=None)
    plan_due(moment(2030, 1, 8, 12, 0))
    assert not told()


# ---------- other hands ----------


def test_a_hand_over_gives_coming_callbacks_and_their_tasks(callers):
    ahead, past = plan(callers), called(callers)
    with pytest.raises(PermissionDenied):
        upkeep.hand_over_callbacks(leaver=callers.kim, to=callers.lee, actor=callers.kim)
    moved = upkeep.hand_over_callbacks(leaver=callers.kim, to=callers.lee, actor=callers.dora)
    ahead.refresh_from_db()
    past.refresh_from_db()
    assert moved == 1 and ahead.caller == callers.lee and past.caller == callers.kim
    assert items_of(ahead).get().assignee == callers.lee


def test_who_lost_the_account_gives_the_callback_to_its_manager(callers):
    callback = plan(callers, actor=callers.lee)
    callers.acme.assignments.filter(user=callers.lee).delete()
    assert plan_callbacks()["returned"] == 1 and plan_callbacks()["returned"] == 0
    callback.refresh_from_db()
    assert callback.caller == callers.kim
    assert items_of(callback).get().assignee == callers.kim


def test_of_two_merged_accounts_the_survivors_regular_callback_stays(callers):
    other = make.make_account("Acme Ltd", manager=callers.kim, tier=callers.tier)
    kept = plan(callers, kind=CallbackKind.REGULAR)
    dropped = plan(callers, account=other, kind=CallbackKind.REGULAR)
    service = plan(callers, account=other)
    root = make.make_administrator("adm", unit=callers.root)
    merge_accounts(keep=callers.acme, absorb=other, choices={}, actor=root)
    for one in (kept, dropped, service):
        one.refresh_from_db()
    assert {one.account for one in (kept, dropped, service)} == {callers.acme}
    assert (kept.status, dropped.status, service.status) == ("planned", "cancelled", "planned")
    assert not items_of(dropped).exists()


def test_what_a_person_said_is_exported_and_removed(callers):
    callback = called(callers, summary="All in all content")
    data = export_callbacks(contact=callers.chen, actor=None)["callbacks"]
    assert data[0]["summary"] == "All in all content" and len(data[0]["said"]) == 2
    erase_callbacks(contact=callers.chen)
    callback.refresh_from_db()
    assert callback.summary == "" and callback.status == "feedback_distributed"
    assert {row.text for row in callback.feedback.all()} == {"(removed)"}
