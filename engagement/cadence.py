"""How often a customer is to be visited and spoken to, and how well that is kept (R-ENG-04).

Plain values only. Days are dates; an interval of None asks for nothing.
"""

import datetime
from collections.abc import Callable, Iterable, Mapping

DAY = datetime.timedelta(days=1)


def due_on(
    last: datetime.date | None, basis: datetime.date, interval_days: int | None
) -> datetime.date | None:
    """The last day on which the next meeting is in time: counted from the last one, else from
    `basis`, the day from which the customer is looked after."""
    return None if interval_days is None else (last or basis) + interval_days * DAY


def days_overdue(due: datetime.date | None, today: datetime.date) -> int:
    """Days past the due day; 0 on it and before."""
    return max((today - due).days, 0) if due is not None else 0


def required(interval_days: int | None, begins: datetime.date, ends: datetime.date) -> int:
    """How many meetings a period asks for, both ends inclusive: the whole intervals in it."""
    if not interval_days or ends < begins:
        return 0
    return ((ends - begins).days + 1) // interval_days


def kept(asked: int, held: int) -> int:
    """Of what was asked for. Meeting one customer twice as often makes up for no other."""
    return min(asked, held)


def rate(done: int, asked: int) -> int | None:
    """Per cent kept, rounded down: 100 means all of it. None where nothing was asked for."""
    return done * 100 // asked if asked else None


def programme(
    known: Iterable[datetime.date],
    basis: datetime.date,
    interval_days: int | None,
    begins: datetime.date,
    ends: datetime.date,
) -> list[datetime.date]:
    """The days by which a further visit has to be planned between two days, both inclusive.

    `known` are the days of visits held or planned already. What is planned up to a third of the
    interval late still counts, so that no second visit is put beside it.
    """
    if not interval_days:
        return []
    grace = interval_days // 3 * DAY
    known, found = sorted(known), []
    cursor = max((day for day in known if day < begins), default=basis)
    while True:
        due = max(cursor + interval_days * DAY, begins)
        ahead = [day for day in known if cursor < day <= due + grace]
        if ahead:
            cursor = ahead[-1]
            continue
        if due > ends:
            return found
        found.append(due)
        cursor = due


def free_day(
    due: datetime.date,
    begins: datetime.date,
    ends: datetime.date,
    works: Callable[[datetime.date], bool],
    load: Mapping[datetime.date, int],
    most: int,
    reach: int,
) -> datetime.date | None:
    """The working day nearest to `due` on which the person has fewer than `most` visits: earlier
    before later, at most `reach` days away and within the period; None where there is none."""
    steps = [0, *(sign * n for n in range(1, reach + 1) for sign in (-1, 1))]
    for step in steps:
        day = due + step * DAY
        if begins <= day <= ends and works(day) and load.get(day, 0) < most:
            return day
    return None
