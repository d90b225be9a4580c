"""Telling people: once, in their language, as they prefer, in the caller's transaction."""

import datetime

import pytest
from django.core import mail
from django.db import transaction
from django.utils import timezone, translation

from notifications.jobs import look
from notifications.models import (
    Delivery,
    DeliveryState,
    Hours,
    KindSetting,
    Notification,
    Preference,
    WebhookEndpoint,
)
from notifications.services import PlannersFailed, dispatch, mark_all_read, notify, plan_due
from tests.notifications import notices
from tests.notifications.conftest import tell

pytestmark = pytest.mark.django_db


def test_telling_twice_tells_once(people):
    first = tell(people.ann)
    assert first.title_en == "Notice 1"
    assert tell(people.ann) is None
    assert Notification.objects.count() == Delivery.objects.count() == 1


def test_what_is_rolled_back_was_never_told(people):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        tell(people.ann)
        raise ZeroDivisionError
    assert not Notification.objects.exists() and not Delivery.objects.exists()


def test_everybody_is_told_in_the_own_language(people):
    notify(
        kind="tests.plain", key="k", recipients=[people.ann, people.bo], url="/x/",
        zh="合同到期", en="Contract ends", body_zh="明天", body_en="Tomorrow",
    )  # fmt: skip
    with translation.override("en"):
        dispatch.run()
    subjects = {message.to[0]: message.subject for message in mail.outbox}
    assert subjects == {"ann@example.org": "Contract ends", "bo@example.org": "合同到期"}
    bodies = {message.to[0]: message.body for message in mail.outbox}
    assert "Tomorrow" in bodies["ann@example.org"] and "明天" in bodies["bo@example.org"]
    assert "/x/" in bodies["bo@example.org"] and "如何通知您" in bodies["bo@example.org"]


def test_a_title_of_several_lines_is_no_second_header(people):
    tell(people.ann, en="One\r\nBcc: all@example.org", zh="一")
    dispatch.run()
    assert mail.outbox[0].subject == "One Bcc: all@example.org"
    assert mail.outbox[0].recipients() == ["ann@example.org"]


@pytest.mark.parametrize("url", ["https://evil.example/", "//evil.example/", "javascript:x", ""])
def test_a_notice_leads_nowhere_else(people, url):
    with pytest.raises(ValueError, match="of this house"):
        tell(people.ann, url=url)


def test_leavers_and_people_without_an_address(people):
    people.ann.is_active = False
    people.ann.save()
    people.bo.email = ""
    people.bo.save()
    assert tell(people.ann) is None
    assert tell(people.bo).title_zh == "通知 1"
    assert not Delivery.objects.exists()


def test_ones_own_choice_goes_before_the_companys_and_the_shipped_one(people):
    KindSetting.objects.create(kind="tests.plain", in_app="now", email="off", webhook="off")
    Preference.objects.create(user=people.bo, kind="tests.plain", channel="email", mode="now")
    Preference.objects.create(user=people.bo, kind="tests.plain", channel="in_app", mode="off")
    assert tell(people.ann).is_shown and not tell(people.bo).is_shown
    assert [row.notification.recipient for row in Delivery.objects.all()] == [people.bo]
    assert not Notification.objects.visible_to(people.bo).exists()


def test_a_kind_that_is_not_optional_is_always_shown(people):
    Preference.objects.create(
        user=people.root, kind="notifications.trouble", channel="in_app", mode="off"
    )
    assert tell(people.root, kind="notifications.trouble").is_shown


def test_quiet_hours_delay_what_is_not_urgent(people):
    Hours.objects.create(
        user=people.ann, quiet_from=datetime.time(0, 0), quiet_until=datetime.time(23, 59, 59)
    )
    tell(people.ann)
    tell(people.ann, kind="tests.urgent")
    told = dict(Delivery.objects.values_list("notification__kind", "due_at"))
    assert told["tests.urgent"] <= timezone.now() < told["tests.plain"]
    dispatch.run()
    assert len(mail.outbox) == 1


def test_a_notice_for_later_is_seen_and_sent_later(people):
    tomorrow = timezone.now() + datetime.timedelta(days=1)
    tell(people.ann, at=tomorrow)
    assert not Notification.objects.visible_to(people.ann).exists()
    dispatch.run()
    assert not mail.outbox
    Notification.objects.update(at=timezone.now())
    Delivery.objects.update(due_at=timezone.now())
    dispatch.run()
    assert Notification.objects.visible_to(people.ann).exists() and len(mail.outbox) == 1


def test_a_group_is_called_once_however_many_are_told(people):
    group = WebhookEndpoint.objects.create(name="Group", url="https://example.org/x")
    mine = WebhookEndpoint.objects.create(name="Ann", url="https://example.org/a", user=people.ann)
    WebhookEndpoint.objects.create(name="Other", url="https://example.org/o", kinds=["tests.other"])
    notify(
        kind="tests.plain", key="k", recipients=[people.ann, people.bo], url="/", zh="一", en="One"
    )
    calls = Delivery.objects.filter(channel="webhook")
    assert sorted(call.endpoint_id for call in calls) == sorted([group.pk, mine.pk])


def test_planning_any_number_of_times_tells_once_and_a_broken_planner_stops_nobody(people):
    notices.waiting += [("1", people.ann), ("2", people.bo)]
    assert plan_due() == {"tests.planned": 2, "planners_failed": 1}
    assert plan_due() == {"tests.planned": 0, "planners_failed": 1}
    notices.waiting.append(("3", people.bo))
    assert plan_due()["tests.planned"] == 1
    assert Notification.objects.count() == 3


def test_a_planner_that_fails_shows_in_the_run_of_the_job_after_all_else_was_done(people):
    notices.waiting.append(("1", people.ann))
    with pytest.raises(PlannersFailed) as told:
        look()
    assert told.value.args[0] | {"tests.planned": 1, "planners_failed": 1} == told.value.args[0]
    assert Notification.objects.get().recipient == people.ann


def test_many_are_told_in_few_queries(people, django_assert_max_num_queries):
    crowd = [people.ann, people.bo, people.root]
    with django_assert_max_num_queries(14):
        notify(kind="tests.plain", key="k", recipients=crowd, url="/", zh="一", en="One")
    assert Notification.objects.filter(recipient__in=crowd).count() == len(crowd)


def test_reading_all_leaves_what_came_since(people):
    tell(people.ann)
    drawn = timezone.now()
    tell(people.ann, key="2")
    assert mark_all_read(user=people.ann, until=drawn) == 1
    assert mark_all_read(user=people.bo) == 0
    unread = Notification.objects.visible_to(people.ann).unread()
    assert [notice.key for notice in unread] == ["2"]
    assert Delivery.objects.filter(state=DeliveryState.PENDING).count() == 2
