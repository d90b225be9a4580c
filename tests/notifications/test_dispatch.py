"""The outbox: leases, tries, policies, poison, the last look, clocks."""

import datetime
import smtplib
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core import mail
from django.core.mail import EmailMessage
from django.utils import timezone

from notifications import channels
from notifications.models import Delivery, DeliveryState, notification_settings
from notifications.services import dispatch, plan_due, tell_of_trouble
from tests import factories as make
from tests.notifications import notices
from tests.notifications.conftest import tell

pytestmark = pytest.mark.django_db


def states() -> dict[str, int]:
    found = {}
    for state in Delivery.objects.values_list("state", flat=True):
        found[state] = found.get(state, 0) + 1
    return found


@pytest.fixture
def fails(monkeypatch):
    """Sending fails as the test says: {recipient: exception}."""
    wrong, send = {}, EmailMessage.send

    def sending(self, *args, **kwargs):
        if self.to[0] in wrong:
            raise wrong[self.to[0]]
        return send(self, *args, **kwargs)

    monkeypatch.setattr(EmailMessage, "send", sending)
    return wrong


def test_a_message_is_sent_once_under_a_key_of_its_own(people, limits):
    tell(people.ann)
    assert dispatch.run() == {"sent": 1} and dispatch.run() == {}
    (message,) = mail.outbox
    again = channels.message_id(Delivery.objects.get())
    assert message.extra_headers["Message-ID"] == again
    assert message.message()["Idempotency-Key"] in again


def test_two_who_look_at_once_share_the_work(people, limits):
    for number in range(30):
        tell(people.ann, key=str(number))
    first, second = dispatch.claim(limits), dispatch.claim(limits)
    assert (len(first[1]), len(second[1])) == (20, 10)
    assert not set(first[1]) & set(second[1])
    assert dispatch.claim(limits)[1] == []


def test_who_lost_the_lease_cannot_finish(people, limits):
    tell(people.ann)
    token, (pk,) = dispatch.claim(limits)
    policies = dispatch.policies_now()
    with time_machine.travel(timezone.now() + datetime.timedelta(seconds=61), tick=False):
        assert dispatch.deliver(pk, token, limits, policies) == "lost"
        assert dispatch.run() == {"sent": 1}
        assert dispatch._end(pk, token, DeliveryState.DEAD) == "lost"
    assert states() == {"sent": 1} and len(mail.outbox) == 1


def test_a_worker_that_died_before_sending_lost_nothing(people, limits):
    tell(people.ann)
    dispatch.claim(limits)
    assert dispatch.run() == {}
    with time_machine.travel(timezone.now() + datetime.timedelta(seconds=61), tick=False):
        assert dispatch.run() == {"sent": 1}


def test_a_failure_is_tried_again_later_and_later_and_then_given_up(people, limits, fails):
    fails["ann@example.org"] = ConnectionResetError("gone")
    tell(people.ann)
    now = timezone.now()
    waits = []
    for _try in range(3):
        with time_machine.travel(now, tick=False):
            dispatch.run()
            row = Delivery.objects.get()
            waits.append(round((row.due_at - now).total_seconds()))
            assert dispatch.run() == {}
        now = row.due_at
    assert waits[:2] == [60, 120]
    assert (row.state, row.attempts, row.error) == ("dead", 3, "gone")


def test_what_the_server_refuses_for_good_is_not_tried_again(people, limits, fails):
    fails["ann@example.org"] = smtplib.SMTPRecipientsRefused({"ann@example.org": (550, b"no")})
    fails["bo@example.org"] = smtplib.SMTPRecipientsRefused({"bo@example.org": (450, b"later")})
    tell(people.ann)
    tell(people.bo)
    assert dispatch.run() == {"dead": 1, "failed": 1}


def test_poison_neither_blocks_nor_loses_the_other_99(people, limits, fails):
    """G16: one of a hundred always fails, whatever is thrown, and it is the first in line."""
    fails["bo@example.org"] = RuntimeError("poison\x00")
    tell(people.bo, key="poison")
    for number in range(99):
        tell(people.ann, key=str(number))
    assert dispatch.run() == {"failed": 1, "sent": 99}
    Delivery.objects.update(due_at=timezone.now())
    dispatch.run()
    Delivery.objects.update(due_at=timezone.now())
    assert dispatch.run() == {"dead": 1}
    assert len(mail.outbox) == 99
    assert tell_of_trouble() == 1 and tell_of_trouble() == 1
    notice = people.root.notifications.get()
    assert notice.kind == "notifications.trouble" and "1" in notice.title_en


def test_poison_that_kills_its_worker_is_given_up_and_takes_no_neighbour_along(people, limits):
    """A worker is killed at the first message of a batch, again and again."""
    tell(people.bo, key="poison")
    for number in range(5):
        tell(people.ann, key=str(number))
    poison = Delivery.objects.order_by("pk").first().pk
    now, policies = timezone.now(), dispatch.policies_now()
    for _kill in range(limits.max_tries):
        with time_machine.travel(now, tick=False):
            dispatch.sweep(limits, policies)
            token, ids = dispatch.claim(limits)
            while poison not in ids:
                token, ids = dispatch.claim(limits)
            dispatch._begin(poison, token, limits)
        now += datetime.timedelta(seconds=61)
    with time_machine.travel(now, tick=False):
        assert dispatch.run() == {"dead": 1, "sent": 5}


def test_a_strict_kind_is_never_sent_twice_and_the_doubt_is_shown(people, limits, fails):
    fails["ann@example.org"] = TimeoutError("after the data")
    tell(people.ann, kind="tests.strict")
    tell(people.bo, kind="tests.strict")
    assert dispatch.run() == {"unknown": 1, "sent": 1}
    assert tell_of_trouble() == 1


def test_a_strict_kind_whose_worker_died_while_sending_is_unknown(people, limits):
    tell(people.ann, kind="tests.strict")
    tell(people.ann)
    Delivery.objects.update(state=DeliveryState.SENDING, lease_token="x", attempts=1)
    assert dispatch.run() == {"unknown": 1, "sent": 1}


def test_a_strict_kind_that_certainly_did_not_leave_is_tried_again(people, limits, monkeypatch):
    def closed(self):
        raise ConnectionRefusedError

    monkeypatch.setattr(channels, "get_connection", lambda **kw: type("C", (), {"open": closed})())
    tell(people.ann, kind="tests.strict")
    assert dispatch.run() == {"failed": 1}


def test_what_is_no_longer_due_is_dropped(people, limits):
    tell(people.ann, key="stays", kind="tests.checked")
    tell(people.ann, key="goes", kind="tests.checked")
    notices.gone.add("goes")
    assert dispatch.run() == {"sent": 1, "dropped": 1}


def test_who_lost_access_before_sending_is_not_told(people, limits):
    """T7: the subject is asked as the recipient sees it at that moment."""
    account = make.make_account("Secret account", manager=people.ann)
    about = {"subject_type": "account", "subject_id": account.pk}
    tell(people.ann, **about)
    tell(people.bo, **about)
    tell(people.bo, key="by account", account_id=account.pk)
    assert dispatch.run() == {"sent": 1, "dropped": 2}
    tell(people.ann, key="2", **about)
    yesterday = timezone.localdate() - datetime.timedelta(days=1)
    account.assignments.update(starts_on=yesterday, ends_on=yesterday)
    assert dispatch.run() == {"dropped": 1}


def test_a_leaver_gets_nothing_any_more(people, limits):
    tell(people.ann)
    people.ann.is_active = False
    people.ann.save()
    assert dispatch.run() == {"dropped": 1} and not mail.outbox


# ----------------------------------------------------------------------------------------- clocks


@pytest.mark.parametrize(
    "day", [datetime.datetime(2026, 3, 29), datetime.datetime(2026, 10, 25)], ids=["spring", "fall"]
)
def test_on_the_days_the_clock_changes_everybody_is_reminded_once(people, limits, day):
    """G17: the job runs every ten minutes through the night, by the clocks of Berlin."""
    start = day.replace(tzinfo=ZoneInfo("Europe/Berlin")).astimezone(datetime.UTC)
    notices.waiting += [(f"visit:{n}:{day.date()}", people.ann) for n in range(3)]
    with time_machine.travel(start, tick=False) as clock:
        for _run in range(36):
            plan_due()
            dispatch.run()
            clock.shift(600)
    assert len(mail.outbox) == 3


def test_a_clock_set_back_an_hour_neither_repeats_nor_keeps_anything(people, limits):
    now = timezone.now()
    notices.waiting.append(("1", people.ann))
    with time_machine.travel(now, tick=False):
        plan_due()
        dispatch.claim(limits)  # this worker dies holding a lease
    with time_machine.travel(now - datetime.timedelta(hours=1), tick=False):
        plan_due()
        dispatch.run()
        assert len(mail.outbox) == 1
        plan_due()
        dispatch.run()
    with time_machine.travel(now + datetime.timedelta(hours=2), tick=False):
        plan_due()
        dispatch.run()
    assert len(mail.outbox) == 1 and states() == {"sent": 1}


def test_the_shipped_limits_hold_where_none_are_stored(people):
    limits = notification_settings()
    assert limits.lease_seconds >= limits.send_timeout_seconds * 2
