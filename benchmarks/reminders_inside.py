"""Run inside the product: fill an installation with due reminders, count, and the small crash test.

    python -m benchmarks.reminders_inside prepare --n 10000 [--strict]
    python -m benchmarks.reminders_inside naive --n 5000
    python -m benchmarks.reminders_inside counts
    python -m benchmarks.reminders_inside crash --n 300 --sink FILE [--naive]
"""

import argparse
import json
import os
import random
import signal
import time
import traceback
from collections import Counter
from functools import partial
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.reminders_settings")
django.setup()

from django.core.mail.backends.base import BaseEmailBackend  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import DatabaseError, connection, connections, transaction  # noqa: E402
from django.utils import timezone  # noqa: E402
from django_celery_beat.models import IntervalSchedule, PeriodicTask  # noqa: E402

from benchmarks.reminders_naive import naive_reminder  # noqa: E402
from core.models import Currency  # noqa: E402
from kam.timetable import sync_timetable  # noqa: E402
from notifications.models import (  # noqa: E402
    Delivery,
    DeliveryState,
    KindSetting,
    Notification,
    NotificationSettings,
)
from notifications.services import dispatch, plan_due  # noqa: E402
from opportunities.models import Opportunity  # noqa: E402
from opportunities.notices import STEP_DUE  # noqa: E402
from teams.models import Unit, User  # noqa: E402

PEOPLE = 50
LONGEST = 150  # seconds of the small version, on a machine that is busy elsewhere
ACTIVE = (DeliveryState.PENDING, DeliveryState.LEASED, DeliveryState.SENDING)


def prepare(n: int, *, strict: bool, lease: int, look_every: int = 2) -> None:
    """An installation with so many reminders due today, each to be told in the product and by
    e-mail at once; the timetable looks every other second instead of every minute."""
    call_command("migrate", interactive=False, verbosity=0)
    with transaction.atomic():
        _people_and_deals(n)
        KindSetting.objects.create(
            kind=STEP_DUE, email="now", webhook="off", policy="hold" if strict else "retry"
        )
        NotificationSettings.objects.create(
            id=1, lease_seconds=lease, max_tries=50, first_pause_seconds=1, longest_pause_seconds=5
        )
        sync_timetable()
        every, _ = IntervalSchedule.objects.get_or_create(every=look_every, period="seconds")
        looks = PeriodicTask.objects.filter(name="notifications.look")
        looks.update(interval=every)
        PeriodicTask.objects.exclude(name="notifications.look").update(enabled=False)


def _people_and_deals(n: int) -> None:
    currency, _ = Currency.objects.get_or_create(code="CNY", defaults={"name_en": "CNY"})
    unit = Unit.objects.create(code="hq", kind="company", name_en="HQ")
    Unit.objects.filter(pk=unit.pk).update(path=f"/{unit.pk}/", division=unit)
    people = User.objects.bulk_create(
        User(username=f"p{i}", email=f"p{i}@example.org", unit=unit) for i in range(PEOPLE)
    )
    today = timezone.localdate()
    Opportunity.objects.bulk_create(
        (
            Opportunity(
                name=f"Deal {i}",
                number=f"B-{i:06d}",
                owner=people[i % PEOPLE],
                owner_unit=unit,
                currency=currency,
                next_step="Call",
                next_step_on=today,
            )
            for i in range(n)
        ),
        batch_size=500,
    )


def counts() -> dict:
    """Rows in the product and messages by state."""
    states = Counter(Delivery.objects.order_by().values_list("state", flat=True))
    told = Notification.objects.filter(kind=STEP_DUE)
    return {
        "in_app": told.count(),
        "in_app_distinct": told.values("key", "recipient").distinct().count(),
        "states": dict(states),
        "waiting": sum(states[state] for state in ACTIVE),
    }


# ------------------------------------------------------------- the small version, without a broker


class FileSink(BaseEmailBackend):
    """One line for each message that was really sent, and a moment in which to be killed."""

    def send_messages(self, messages):
        for message in messages:
            time.sleep(0.004)
            with open(os.environ["KAM_SINK"], "ab", buffering=0) as sink:
                sink.write(message.extra_headers["Idempotency-Key"].encode() + b"\n")
            time.sleep(0.002)
        return len(messages)


def crash(n: int, sink: Path, *, naive: bool, kills: int = 10) -> dict:
    """Two workers that plan and send; one of them is killed (-9) each time they got a little
    further, so that a slow machine kills as often as a quick one."""
    os.environ["KAM_SINK"] = str(sink)
    sink.touch()
    reader, writer = os.pipe()
    if naive:
        os.write(writer, b"".join(f"{i:08d}".encode() for i in range(n)))
        os.set_blocking(reader, False)
    connections.close_all()
    work = partial(_naive, reader) if naive else _outbox
    children = [_fork(work) for _worker in range(2)]
    killed, flushed, begun = 0, 0, time.monotonic()
    while time.monotonic() - begun < LONGEST and not _done(n, sink, naive and not flushed, naive):
        if killed >= kills:
            time.sleep(0.2)
            continue
        _await(sink, _lines(sink) + n // (kills + 2))
        if naive and killed and not flushed:
            flushed = _flush(reader)
        victim = random.randrange(2)
        _end(children[victim])
        killed += 1
        connections.close_all()
        children[victim] = _fork(work)
    for child in children:
        _end(child)
    keys = Counter(sink.read_text().split())
    told = {"n": n, "kills": killed, "flushed": flushed, "seconds": time.monotonic() - begun}
    told |= {"sent": sum(keys.values()), "keys": len(keys), "most": max(keys.values(), default=0)}
    return told if naive else {**told, **counts()}


def _lines(sink: Path) -> int:
    return sink.read_bytes().count(b"\n")


def _await(sink: Path, lines: int, patience: float = 3.0) -> None:
    """Until so many messages were sent, or a while without any."""
    until, seen = time.monotonic() + patience, _lines(sink)
    while (now := _lines(sink)) < lines and time.monotonic() < until:
        if now > seen:
            until, seen = time.monotonic() + patience, now
        time.sleep(0.01)


def _end(child: int) -> None:
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def _fork(work) -> int:
    child = os.fork()
    if child:
        return child
    try:
        work()
    except BaseException:
        traceback.print_exc()
        os._exit(1)


def _outbox() -> None:
    while True:
        try:
            plan_due()
            dispatch.run(seconds=5)
        except DatabaseError:
            connection.close()
        time.sleep(0.05)


def _naive(reader: int) -> None:
    """A worker that takes a message off the queue and then sends it."""
    while True:
        try:
            number = os.read(reader, 8)
        except BlockingIOError:
            time.sleep(0.05)
            continue
        naive_reminder(int(number))


def _flush(reader: int) -> int:
    """FLUSHALL: what waits in the queue is gone. Returns how many."""
    gone = 0
    while True:
        try:
            gone += len(os.read(reader, 8000)) // 8
        except BlockingIOError:
            return gone


def _done(n: int, sink: Path, queued: bool, naive: bool) -> bool:
    """Nothing waits any more. The naive design knows no better than that nothing comes."""
    if queued:
        return False
    if naive:
        before = _lines(sink)
        _await(sink, before + 1, patience=1.0)
        return _lines(sink) == before
    told = counts()
    connections.close_all()
    return told["in_app"] >= n and told["waiting"] == 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["prepare", "naive", "counts", "crash"])
    parser.add_argument("--n", type=int, default=300)
    parser.add_argument("--lease", type=int, default=10)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--sink", type=Path, default=Path("sink.txt"))
    parser.add_argument("--strict", action="store_true")
    parser.add_argument("--naive", action="store_true")
    given = parser.parse_args()
    if given.what == "prepare":
        prepare(given.n, strict=given.strict, lease=given.lease)
    elif given.what == "naive":
        for number in range(given.n):
            naive_reminder.delay(number)
    elif given.what == "counts":
        print(json.dumps(counts()))
    else:
        if not given.naive:
            prepare(given.n, strict=given.strict, lease=1)
        told = crash(given.n, given.sink, naive=given.naive, kills=given.kills)
        print(json.dumps(told))


if __name__ == "__main__":
    main()
