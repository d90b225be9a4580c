"""What callbacks of a period come to (R-ENG-29), added up by the database: however many there are,
a report costs the same number of queries.

Every figure begins at what the reader may see. Parts are plain values, so that a signed report
keeps them as they were.
"""

import datetime

from django.conf import settings
from django.db.models import Avg, Count, Q
from django.utils import timezone

from engagement.models import (
    CALLED_STATUSES,
    Callback,
    CallbackFeedback,
    CallbackKind,
    CallbackStatus,
    CallbackTry,
)

DAY = datetime.timedelta(days=1)
# Opinions with these states, one column each.
STATES = ("open", "in_hand", "closed")


def moments(begins: datetime.date, ends: datetime.date) -> tuple:
    """The moments between which days lie, both inclusive."""
    zone, midnight = timezone.get_current_timezone(), datetime.time()
    return (
        datetime.datetime.combine(begins, midnight, zone),
        datetime.datetime.combine(ends + DAY, midnight, zone),
    )


def report_of(user, begins: datetime.date, ends: datetime.date) -> dict:
    """The figures of a period: calls that were made or given up in it, and accounts due in it."""
    first, after = moments(begins, ends)
    seen = Callback.objects.visible_to(user)
    held = Q(held_at__gte=first, held_at__lt=after, status__in=CALLED_STATUSES)
    lost = Q(ended_at__gte=first, ended_at__lt=after, status=CallbackStatus.NOT_REACHED)
    due = Q(due_on__gte=begins, due_on__lte=ends)
    callbacks = seen.filter(held | lost | due).order_by()
    numbers = callbacks.aggregate(
        due=Count("pk", filter=due & ~Q(status=CallbackStatus.CANCELLED)),
        reached=Count("pk", filter=held),
        not_reached=Count("pk", filter=lost),
        cancelled=Count("pk", filter=due & Q(status=CallbackStatus.CANCELLED)),
        accounts=Count("account", filter=held, distinct=True),
        satisfaction=Avg("satisfaction", filter=held),
        **{status: Count("pk", filter=held & Q(status=status)) for status in CALLED_STATUSES},
    )
    tried = CallbackTry.objects.filter(callback__in=seen.filter(held | lost).values("pk"))
    mean = numbers.pop("satisfaction")
    called = numbers["reached"] + numbers["not_reached"]
    feedback = CallbackFeedback.objects.filter(callback__in=seen.filter(held).values("pk"))
    tiers = _by_tier(seen.filter(due), begins, ends)
    return {
        "numbers": {name: numbers[name] for name in ("due", "reached", "not_reached", "cancelled")}
        | {"accounts": numbers["accounts"], "tries": tried.count()},
        "reached_percent": percent(numbers["reached"], called),
        "satisfaction": round(float(mean), 2) if mean is not None else None,
        "states": {status.value: numbers[status] for status in CALLED_STATUSES},
        "kinds": _by_kind(callbacks, held, lost),
        "tiers": tiers,
        "covered": sum(row["called"] for row in tiers),
        "coverable": sum(row["due"] for row in tiers),
        "coverage_percent": percent(
            sum(row["called"] for row in tiers), sum(row["due"] for row in tiers)
        ),
        "themes": _opinions(feedback, "theme"),
        "departments": _opinions(feedback, "department"),
        "opinions": _whole(feedback),
    }


def percent(part: int, whole: int) -> int | None:
    """Rounded down: 100 means all of it. None where there is nothing to take a part of."""
    return part * 100 // whole if whole else None


def _by_kind(callbacks, held, lost) -> list[dict]:
    rows = callbacks.values("kind").annotate(
        reached=Count("pk", filter=held), not_reached=Count("pk", filter=lost)
    )
    known = {row["kind"]: row for row in rows}
    return [
        {
            "kind": kind.value,
            "reached": known.get(kind, {}).get("reached", 0),
            "not_reached": known.get(kind, {}).get("not_reached", 0),
        }
        for kind in CallbackKind
    ]


def _by_tier(due, begins, ends) -> list[dict]:
    """Accounts whose regular callback fell due, and how many of them were reached for it."""
    rows = due.regular().exclude(status=CallbackStatus.CANCELLED)
    name = "account__tier"
    rows = rows.values(name, f"{name}__name_zh", f"{name}__name_en", f"{name}__rank").annotate(
        due=Count("account", distinct=True),
        called=Count("account", distinct=True, filter=Q(status__in=CALLED_STATUSES)),
    )
    return [
        {
            "pk": row[name],
            "zh": row[f"{name}__name_zh"] or "",
            "en": row[f"{name}__name_en"] or "",
            "due": row["due"],
            "called": row["called"],
            "percent": percent(row["called"], row["due"]),
        }
        for row in sorted(rows, key=lambda row: (row[f"{name}__rank"] or 99, row[name] or 0))
    ]


def _counted() -> dict:
    return {
        "number": Count("pk"),
        **{state: Count("pk", filter=Q(opinion__state=state)) for state in STATES},
    }


def _opinions(feedback, by) -> list[dict]:
    """What was said by theme or by department, with how far it is handled."""
    names = (by, f"{by}__name_zh", f"{by}__name_en")
    rows = (
        feedback.order_by()
        .values(*names)
        .annotate(
            **_counted(),
            mean=Avg("satisfaction"),
            asked=Count("item"),
            done=Count("item", filter=Q(item__state="done")),
        )
    )
    return [
        {
            "pk": row[by],
            "zh": row[f"{by}__name_zh"] or "",
            "en": row[f"{by}__name_en"] or "",
            "mean": round(float(row["mean"]), 1) if row["mean"] is not None else None,
            **{name: row[name] for name in ("number", *STATES, "asked", "done")},
        }
        for row in sorted(rows, key=lambda row: (-row["number"], row[by] or 0))
    ]


def _whole(feedback) -> dict:
    return feedback.aggregate(**_counted())


def named(row: dict, language: str) -> str:
    """The name of a line in a language; empty where it is nobody's."""
    chinese = (language or settings.LANGUAGE_CODE).startswith("zh")
    return (row["zh"] or row["en"]) if chinese else (row["en"] or row["zh"])
