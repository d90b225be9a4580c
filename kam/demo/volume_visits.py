"""Many visits at once, for measuring lists and calendars. Set-based; no flow steers them.

Four in five were held, spread over three years; the others lie in the next ninety days.
"""

import datetime
import random

from django.db import transaction
from django.utils import timezone

from accounts.models import AccountAssignment, AccountFigures, ContactRole
from core.importing.bulk import insert, reserve_ids
from core.models import NumberSequence
from engagement import visit_figures
from engagement.models import Visit, VisitContact

CHUNK = 10_000
BACK, AHEAD = 3 * 365, 90
WORDS = ("季度走访", "方案交流", "设备巡检", "续约洽谈", "技术交流")
HOUR = datetime.timedelta(hours=1)


@transaction.atomic
def write_visits(count: int, *, seed=7) -> None:
    """`count` visits of the managers of the accounts, each with somebody who was met."""
    if not count:
        return
    rng, now = random.Random(seed), timezone.localtime()
    rows = AccountAssignment.objects.filter(role="manager", ends_on=None)
    held = list(rows.values_list("account", "user"))
    people = dict(ContactRole.objects.filter(ends_on=None).values_list("account", "contact"))
    first = Visit.objects.count()
    for start in range(0, count, CHUNK):
        size = min(CHUNK, count - start)
        ids = reserve_ids(Visit, size)
        places = [rng.choice(held) for _one in ids]
        insert(
            Visit,
            [
                _visit(pk, first + start + number + 1, rng, now, place)
                for number, (pk, place) in enumerate(zip(ids, places, strict=True))
            ],
        )
        insert(
            VisitContact,
            [
                {"visit_id": pk, "contact_id": people[account], "level": "middle", "attended": None}
                for pk, (account, _user) in zip(ids, places, strict=True)
                if account in people
            ],
        )
    NumberSequence.objects.update_or_create(code="visit", defaults={"last": first + count})
    _figures(now)


def _visit(pk, number, rng, now, place) -> dict:
    account, user = place
    past = rng.random() < 0.8
    days = -rng.randrange(1, BACK) if past else rng.randrange(0, AHEAD)
    day = now + datetime.timedelta(days=days)
    begins = day.replace(hour=rng.randrange(9, 17), minute=0, second=0, microsecond=0)
    status = rng.choice(("recorded", "archived", "archived", "archived"))
    return {
        "id": pk,
        "number": f"VIS-{number:06d}",
        "account_id": account,
        "owner_id": user,
        "created_by_id": user,
        "kind": rng.choice(("single", "programme")),
        "purpose": rng.choice(WORDS),
        "place": "",
        "agenda": "",
        "reason": "",
        "starts_at": begins,
        "ends_at": begins + HOUR,
        "status": status if past else rng.choice(("draft", "plan_confirmed", "funded")),
        "held_at": begins if past else None,
        "recorded_at": begins + 24 * HOUR if past else None,
        "version": 1,
        "created_at": begins - 14 * 24 * HOUR,
        "updated_at": begins,
    }


def _figures(now) -> None:
    """What the accounts show of their visits."""
    right = visit_figures.of_all(now)
    rows = list(AccountFigures.objects.filter(account__in=right))
    for row in rows:
        row.last_visit_on = right[row.account_id]["last_visit_on"]
        row.next_visit_on = right[row.account_id]["next_visit_on"]
    AccountFigures.objects.bulk_update(rows, ["last_visit_on", "next_visit_on"], batch_size=300)
