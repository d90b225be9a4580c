"""Run inside the product for benchmarks.engagement_reminders: fill, count, and a small crash test.

python -m benchmarks.engagement_inside prepare --n 2000 --visits 2000
python -m benchmarks.engagement_inside counts
python -m benchmarks.engagement_inside crash --n 200 --sink FILE
"""

import argparse
import datetime
import json
import os
import random
import time
from collections import Counter
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.reminders_settings")
django.setup()

from django.contrib.contenttypes.models import ContentType  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import DatabaseError, connection, connections, transaction  # noqa: E402
from django.utils import timezone  # noqa: E402
from django_celery_beat.models import IntervalSchedule, PeriodicTask  # noqa: E402

from accounts.models import Account, AccountAssignment, Contact, ContactRole  # noqa: E402
from benchmarks import reminders_inside as generic  # noqa: E402
from engagement.models import Visit  # noqa: E402
from engagement.notices import reminders  # noqa: E402
from engagement.services import survey_letters, surveys  # noqa: E402
from kam.timetable import sync_timetable  # noqa: E402
from notifications.models import (  # noqa: E402
    Delivery,
    KindSetting,
    Notification,
    NotificationSettings,
)
from notifications.services import dispatch, plan_due  # noqa: E402
from teams.models import Unit, User  # noqa: E402
from tests import factories as make  # noqa: E402

RUN = ("engagement.keep_surveys", "notifications.look")
PEOPLE = 50
AHEAD = datetime.timedelta(minutes=100)  # within the two hours of the reminder, also at the end
LONGEST = 150  # seconds of the small version


def prepare(n: int, *, visits: int, lease: int, look_every: int = 2) -> None:
    """A survey of n contacts that is about to begin, and visits that are due to be reminded of."""
    call_command("migrate", interactive=False, verbosity=0)
    with transaction.atomic():
        call_command("load_library", verbosity=0)
        make.make_company(name_en="Cloudlink")
        boss = make.make_administrator("boss")
        accounts = _customers(n, boss)
        _visits(visits, accounts)
        now = timezone.now()
        campaign = surveys.create_campaign(
            actor=boss,
            name="Crash",
            opens_at=now + datetime.timedelta(seconds=1),
            closes_at=now + datetime.timedelta(days=1),
            accounts=Account.objects.all(),
        )
        surveys.schedule(campaign=campaign, actor=boss)
        NotificationSettings.objects.create(
            id=1, lease_seconds=lease, max_tries=50, first_pause_seconds=1, longest_pause_seconds=5
        )
        sync_timetable()
        every, _new = IntervalSchedule.objects.get_or_create(every=look_every, period="seconds")
        PeriodicTask.objects.exclude(name__in=RUN).update(enabled=False)
        PeriodicTask.objects.filter(name__in=RUN).update(interval=every)
    ContentType.objects.clear_cache()


def _customers(n, boss) -> list[Account]:
    unit = Unit.objects.get(kind="company")
    accounts = Account.objects.bulk_create(
        Account(
            name=f"Customer {i}", normalised_name=f"customer {i}", department=unit, division=unit,
            status="registered",
        )
        for i in range(max(1, n // 10))
    )  # fmt: skip
    contacts = Contact.objects.bulk_create(
        Contact(name=f"Person {i}", email=f"c{i}@example.org") for i in range(n)
    )
    ContactRole.objects.bulk_create(
        ContactRole(contact=contact, account=accounts[i % len(accounts)])
        for i, contact in enumerate(contacts)
    )
    return accounts


def _visits(n, accounts) -> None:
    """Visits that begin soon, each of one of some colleagues, who want to be told by e-mail too."""
    unit = Unit.objects.get(kind="company")
    people = User.objects.bulk_create(
        User(username=f"v{i}", email=f"v{i}@example.org", unit=unit) for i in range(min(n, PEOPLE))
    )
    managers = [people[i % len(people)] for i in range(len(accounts))]
    today = timezone.localdate()
    AccountAssignment.objects.bulk_create(
        AccountAssignment(account=account, user=person, role="manager", starts_on=today)
        for account, person in zip(accounts, managers, strict=True)
    )
    begins = timezone.now() + AHEAD
    Visit.objects.bulk_create(
        (
            Visit(
                number=f"V-{i}",
                account=accounts[i % len(accounts)],
                owner=managers[i % len(accounts)],
                purpose="See them",
                starts_at=begins,
                ends_at=begins + datetime.timedelta(hours=1),
                status="plan_confirmed",
            )
            for i in range(n)
        ),
        batch_size=500,
    )
    KindSetting.objects.create(kind=reminders.SOON, email="now", webhook="off", policy="hold")


def counts() -> dict:
    """Letters, reminders and messages by state, in the words of the harness."""
    letters = Notification.objects.filter(kind__in=survey_letters.LETTERS)
    told = Notification.objects.filter(kind=reminders.SOON)
    states = Counter(
        Delivery.objects.filter(notification__in=letters | told)
        .order_by()
        .values_list("notification__kind", "state")
    )
    by_state = Counter()
    for (_kind, state), many in states.items():
        by_state[state] += many
    return {
        "in_app": letters.count() + told.count(),
        "letters": letters.count(),
        "letters_distinct": letters.values("kind", "key").distinct().count(),
        "reminders": told.count(),
        "reminders_distinct": told.values("subject_id", "recipient").distinct().count(),
        "states": dict(by_state),
        "reminder_states": {
            state: many for (kind, state), many in states.items() if kind == reminders.SOON
        },
        "waiting": sum(by_state[state] for state in generic.ACTIVE),
    }


def crash(n: int, visits: int, sink: Path, *, kills: int = 8) -> dict:
    """Two processes that keep surveys and send, one of them killed (-9) again and again."""
    os.environ["KAM_SINK"] = str(sink)
    sink.touch()
    connections.close_all()
    children = [generic._fork(_work) for _worker in range(2)]
    killed, begun = 0, time.monotonic()
    while time.monotonic() - begun < LONGEST and not _done(n + visits):
        if killed >= kills:
            time.sleep(0.2)
            continue
        generic._await(sink, generic._lines(sink) + (n + visits) // (kills + 2))
        victim = random.randrange(2)
        generic._end(children[victim])
        killed += 1
        connections.close_all()
        children[victim] = generic._fork(_work)
    for child in children:
        generic._end(child)
    keys = Counter(sink.read_text().split())
    told = {"n": n, "visits": visits, "kills": killed, "seconds": time.monotonic() - begun}
    told |= {"sent": sum(keys.values()), "keys": len(keys), "most": max(keys.values(), default=0)}
    return told | counts()


def _work() -> None:
    while True:
        try:
            surveys.open_due()
            survey_letters.write_letters()
            plan_due()
            dispatch.run(seconds=5)
        except DatabaseError:
            connection.close()
        time.sleep(0.05)


def _done(n: int) -> bool:
    told = counts()
    connections.close_all()
    return told["in_app"] >= n and told["waiting"] == 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["prepare", "counts", "crash"])
    parser.add_argument("--n", type=int, default=200)
    parser.add_argument("--visits", type=int, default=20)
    parser.add_argument("--lease", type=int, default=10)
    parser.add_argument("--kills", type=int, default=8)
    parser.add_argument("--sink", type=Path, default=Path("sink.txt"))
    parser.add_argument("--strict", action="store_true", help="letters always are")
    given = parser.parse_args()
    if given.what == "prepare":
        prepare(given.n, visits=given.visits, lease=given.lease)
    elif given.what == "counts":
        print(json.dumps(counts()))
    else:
        prepare(given.n, visits=given.visits, lease=1)
        time.sleep(1)
        print(json.dumps(crash(given.n, given.visits, given.sink, kills=given.kills)))


if __name__ == "__main__":
    main()
