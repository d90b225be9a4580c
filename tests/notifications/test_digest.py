"""One message a day of what can wait."""

import datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from notifications.models import Delivery, Hours
from notifications.services import dispatch, make_digests
from tests import factories as make
from tests.notifications import notices
from tests.notifications.conftest import tell

pytestmark = pytest.mark.django_db
MORNING = datetime.datetime(2026, 11, 20, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
DAY = datetime.timedelta(days=1)


@pytest.fixture
def clock():
    with time_machine.travel(MORNING - DAY, tick=False) as traveller:
        yield traveller


def test_what_was_gathered_leaves_as_one_message(people, limits, clock):
    for number in range(3):
        tell(people.ann, key=str(number), kind="tests.daily")
    dispatch.run()
    assert not mail.outbox and make_digests() == 0
    clock.move_to(MORNING)
    assert make_digests() == 1 and make_digests() == 0
    dispatch.run()
    (message,) = mail.outbox
    assert message.subject == "Your notifications of the day: 3"
    assert all(f"Notice {n}" in message.body for n in range(3))
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent", "bundled"}


def test_what_comes_after_the_digest_waits_for_the_next(people, limits, clock):
    clock.move_to(MORNING)
    tell(people.ann, kind="tests.daily")
    assert make_digests() == 0
    clock.move_to(MORNING + DAY)
    assert make_digests() == 1


def test_a_week_without_jobs_makes_one_digest(people, limits, clock):
    tell(people.ann, kind="tests.daily")
    clock.move_to(MORNING + 7 * DAY)
    assert make_digests() == 1


def test_everybody_has_a_time_of_their_own(people, limits, clock):
    Hours.objects.create(user=people.bo, digest_at=datetime.time(18))
    clock.move_to(MORNING - DAY / 2)
    tell(people.ann, kind="tests.daily")
    tell(people.bo, kind="tests.daily")
    clock.move_to(MORNING)
    assert make_digests() == 1
    clock.move_to(MORNING + datetime.timedelta(hours=9))
    assert make_digests() == 1


def test_each_line_is_looked_at_once_more(people, limits, clock):
    """What the reader has seen meanwhile, or may not see any more, is left out."""
    account = make.make_account("Secret account", manager=people.root)
    tell(people.ann, key="hidden", kind="tests.daily", en="Hidden", account_id=account.pk)
    tell(people.ann, key="open", kind="tests.daily", en="Open")
    read = tell(people.ann, key="read", kind="tests.daily", en="Seen")
    read.read_at = timezone.now()
    read.save()
    clock.move_to(MORNING)
    make_digests()
    dispatch.run()
    assert "Open" in mail.outbox[0].body
    assert "Hidden" not in mail.outbox[0].body and "Seen" not in mail.outbox[0].body


def test_a_digest_without_a_line_left_is_not_sent(people, limits, clock):
    read = tell(people.ann, kind="tests.daily")
    read.read_at = timezone.now()
    read.save()
    notices.gone.add("1")
    clock.move_to(MORNING)
    assert make_digests() == 1
    assert dispatch.run() == {"dropped": 1} and not mail.outbox
