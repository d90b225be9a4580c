"""When an account was visited last and will be visited next (accounts.AccountFigures)."""

import datetime

from django.db.models import Max, Min
from django.utils import timezone

from engagement.models import Visit


def start_of_day(now):
    """The beginning of the company's day."""
    return timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)


def _day(moment) -> datetime.date | None:
    return timezone.localdate(moment) if moment else None


def of_account(account_id: int, now) -> dict:
    """Both days of one account; None where there is none."""
    rows = Visit.objects.filter(account=account_id).order_by()
    held = rows.held().aggregate(at=Max("held_at"))["at"]
    ahead = rows.ahead().filter(starts_at__gte=start_of_day(now)).aggregate(at=Min("starts_at"))
    return {"last_visit_on": _day(held), "next_visit_on": _day(ahead["at"])}


def of_all(now) -> dict[int, dict]:
    """The same of every account that was ever visited, in two statements."""
    found: dict[int, dict] = {}
    held = Visit.objects.held().order_by().values("account").annotate(at=Max("held_at"))
    ahead = Visit.objects.ahead().filter(starts_at__gte=start_of_day(now)).order_by()
    nothing = {"last_visit_on": None, "next_visit_on": None}
    for row in held:
        found[row["account"]] = nothing | {"last_visit_on": _day(row["at"])}
    for row in ahead.values("account").annotate(at=Min("starts_at")):
        known = found.setdefault(row["account"], dict(nothing))
        known["next_visit_on"] = _day(row["at"])
    return found
