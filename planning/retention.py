"""How long what is filed is kept (R-ACC-38)."""

import calendar
import datetime

from core.periods import add_months


def keep_until(
    filed_on: datetime.date, months: int | None, prolonged: datetime.date | None = None
) -> datetime.date | None:
    """The last day of keeping: what was set by hand, else so many months after filing; None
    where there is no end. From the 31st it is the last day of a shorter month."""
    if months is None or prolonged is not None:
        return prolonged
    return _shifted(filed_on, months)


def is_past(until: datetime.date | None, today: datetime.date) -> bool:
    return until is not None and until < today


def filed_by(today: datetime.date, months: int) -> datetime.date:
    """What was filed later than this day cannot be past its time today."""
    return _shifted(today, -months)


def _shifted(day, months):
    month = add_months(day, months)
    last = calendar.monthrange(month.year, month.month)[1]
    return month.replace(day=min(day.day, last))
