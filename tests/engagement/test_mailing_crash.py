"""A worker dies at the worst moments: every message leaves once. First the same death without the
guard, which shows that the harness can see a second message. Real kills (-9) of the outbox that
carries them are in tests/notifications/test_crash.py and tests/engagement/test_survey_crash.py."""

import datetime
from collections import Counter

import pytest
from django.core import mail
from django.utils import timezone

from engagement.models import Communication, MailingRecipient
from engagement.notices.mailings import LETTER
from engagement.services import mailing_letters, mailings
from notifications import channels
from notifications.models import Delivery, KindSetting, Notification, NotificationSettings
from notifications.services import dispatch
from tests.engagement import mailings as cast

pytestmark = pytest.mark.django_db
N = 12


class Killed(BaseException):
    """What `kill -9` looks like from inside: nobody catches it, nothing is written after it."""


@pytest.fixture
def house(built_mailing_house, english):
    return built_mailing_house


@pytest.fixture
def under_way(house):
    """N messages in the outbox."""
    return cast.sent(house, contacts=cast.several(house, N))


def dies_after_sending(monkeypatch, *, every: int):
    """Each so-manieth message leaves, and its worker with it."""
    real, count = channels._mail, Counter()

    def mail_and_die(message, timeout):
        real(message, timeout)
        count["sent"] += 1
        if count["sent"] % every == 0:
            raise Killed

    monkeypatch.setattr(channels, "_mail", mail_and_die)


def workers(rounds: int) -> int:
    """One worker after the other, each until it dies or is done; leases run out in between."""
    deaths = 0
    for _round in range(rounds):
        try:
            dispatch.run(seconds=5)
        except Killed:
            deaths += 1
            past = timezone.now() - datetime.timedelta(seconds=1)
            Delivery.objects.filter(state__in=("leased", "sending")).update(due_at=past)
        else:
            break
    return deaths


def arrived() -> Counter:
    return Counter(one.to[0] for one in mail.outbox if one.to[0].startswith("p"))


def test_without_the_guard_somebody_gets_it_twice(under_way, monkeypatch):
    KindSetting.objects.create(kind=LETTER, policy="retry")
    NotificationSettings.objects.create(pk=1, max_tries=50)
    dies_after_sending(monkeypatch, every=4)
    assert workers(10) >= 2
    assert max(arrived().values()) > 1


def test_with_it_nobody_does_and_what_is_not_known_is_said(under_way, monkeypatch):
    dies_after_sending(monkeypatch, every=4)
    deaths = workers(10)
    mailing_letters.keep()
    assert deaths == 3 and max(arrived().values()) == 1 and len(arrived()) == N
    states = Counter(under_way.recipients.values_list("state", flat=True))
    assert states == {"sent": N - deaths, "unknown": deaths}
    logged = Counter(Communication.objects.values_list("letter", flat=True))
    assert logged == states
    under_way.refresh_from_db()
    assert under_way.state == "sent", "it has ended; what is unknown waits for a person"


@pytest.mark.parametrize("where", ["write_out", "letters_of"])
def test_a_death_between_log_and_outbox_leaves_neither(house, monkeypatch, where):
    mailing = cast.draft_of(house, contacts=cast.several(house, N))
    mailings.send(mailing=mailing, actor=house.kim)
    now, real = timezone.now(), getattr(mailing_letters, where)
    mailing_letters.begin_due(now)

    def die(*args):
        real(*args)
        raise Killed

    monkeypatch.setattr(mailing_letters, where, die)
    with pytest.raises(Killed):
        mailing_letters.write_due(now)
    monkeypatch.setattr(mailing_letters, where, real)
    assert not Communication.objects.exists()
    assert not Notification.objects.filter(kind=LETTER).exists()
    cast.run()
    cast.run()
    assert Counter(arrived().values()) == {1: N}
    assert Communication.objects.count() == N


def test_two_workers_write_each_message_once(house, monkeypatch):
    """The second comes in the middle of the first's batch."""
    monkeypatch.setattr(mailing_letters, "BATCH", 5)
    mailing = cast.draft_of(house, contacts=cast.several(house, N))
    mailings.send(mailing=mailing, actor=house.kim)
    mailing_letters.begin_due(timezone.now())
    real, inside = mailing_letters._take, []

    def both(*args):
        if not inside:
            inside.append(True)
            mailing_letters.write_due(timezone.now())
        return real(*args)

    monkeypatch.setattr(mailing_letters, "_take", both)
    mailing_letters.write_due(timezone.now())
    letters = Notification.objects.filter(kind=LETTER)
    assert letters.count() == N and letters.values("key").distinct().count() == N
    assert Delivery.objects.filter(notification__in=letters).count() == N
    assert MailingRecipient.objects.exclude(letter=None).count() == N
    assert Communication.objects.count() == N
