"""When visits of a series take place. Pure: moments in, moments out."""

import calendar
import datetime
from collections.abc import Iterator


def moments(
    first: datetime.datetime, *, every: int, unit: str, until=None, count=None, most: int
) -> list[datetime.datetime]:
    """The begins of a series, the first among them: until a day (inclusive) or so many, and never
    more than `most`. A month without the day of the first takes its last day."""
    found = []
    for moment in _ever(first, every, unit):
        over = until is not None and moment.date() > until
        if over or len(found) >= min(count or most, most):
            return found
        found.append(moment)
    return found


def _ever(first, every, unit) -> Iterator[datetime.datetime]:
    step = 0
    while True:
        yield _weeks(first, step * every) if unit == "week" else _months(first, step * every)
        step += 1


def _weeks(first, weeks):
    return first + datetime.timedelta(weeks=weeks)


def _months(first, months):
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return first.replace(year=year, month=month + 1, day=min(first.day, last))
