"""Several workers keep one mailing at the same moment, on PostgreSQL."""

import threading
from collections import Counter

import pytest
from django.core import mail
from django.core.cache import cache
from django.db import connection, connections
from django.utils import timezone

from engagement.models import Communication
from engagement.services import mailing_letters, mailings
from notifications.services import dispatch
from tests.engagement import mailings as cast

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor == "sqlite",
        reason="threads share the one connection of a memory database",
    ),
]
N, WORKERS = 40, 4


def together(*works) -> list:
    """Each in its own thread, all from the same moment on; what they raised."""
    gate, wrong = threading.Barrier(len(works)), []

    def run(work):
        gate.wait()
        try:
            work()
        except Exception as error:
            wrong.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[work]) for work in works]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return wrong


@pytest.fixture
def under_way(monkeypatch):
    cache.clear()
    monkeypatch.setattr(mailing_letters, "BATCH", 7)
    house = cast.build()
    mailing = cast.draft_of(house, contacts=cast.several(house, N))
    mailings.send(mailing=mailing, actor=house.kim)
    return house, mailing


def work():
    mailing_letters.keep()
    dispatch.run(seconds=10)
    mailing_letters.keep()


def test_workers_at_once_write_to_everybody_once(under_way):
    _house, mailing = under_way
    assert together(*[work] * WORKERS) == []
    work()
    assert Counter(one.to[0] for one in mail.outbox if one.to[0].startswith("p")) == {
        f"p{i}@example.org": 1 for i in range(N)
    }
    assert Communication.objects.filter(letter="sent").count() == N
    mailing.refresh_from_db()
    assert mailing.state == "sent"


def test_who_stops_it_meanwhile_finds_it_whole(under_way):
    house, mailing = under_way
    mailing_letters.begin_due(timezone.now())
    mailing.refresh_from_db()
    wrong = together(
        lambda: mailing_letters.write_due(timezone.now()),
        lambda: mailings.stop(mailing=mailing, actor=house.dora),
    )
    assert wrong == []
    work()
    states = Counter(mailing.recipients.values_list("state", flat=True))
    letters = Counter(Communication.objects.values_list("letter", flat=True))
    assert sum(states.values()) == N and set(states) <= {"dropped", "sent"}
    assert sum(letters.values()) == mailing.recipients.exclude(letter=None).count()
    left = [one for one in mail.outbox if one.to[0].startswith("p")]
    assert len(left) == states["sent"] == letters["sent"], "what left before it was stopped"
