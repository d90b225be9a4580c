"""When a customer is called back: the day it is due, the moment it is planned, how often it is
tried. Plain values only (R-ENG-27)."""

import datetime
from collections.abc import Callable, Mapping
from zoneinfo import ZoneInfo

from engagement import cadence

DAY = datetime.timedelta(days=1)
# How far around the due day a free day is looked for, at most.
REACH = 15


def wanted(due: datetime.date | None, today: datetime.date, lead_days: int) -> bool:
    """Whether a callback due on a day is planned by now."""
    return due is not None and due <= today + lead_days * DAY


def day_for(
    due: datetime.date,
    today: datetime.date,
    works: Callable[[datetime.date], bool],
    load: Mapping[datetime.date, int],
    most: int,
) -> datetime.date:
    """The day on which the callback is planned: the free working day nearest to the due day, not
    today and, where it is late already, as soon as there is room."""
    begins = today + DAY
    target = max(due, begins)
    ends = target + REACH * DAY
    return cadence.free_day(target, begins, ends, works, load, most, REACH) or target


def moment_for(
    day: datetime.date, first_at: datetime.time, minutes: int, before: int, zone: str
) -> datetime.datetime:
    """The time of the next callback of a day, one after the other, by the clocks of a zone."""
    first = datetime.datetime.combine(day, first_at, ZoneInfo(zone))
    return first + datetime.timedelta(minutes=minutes * before)


def due_in_the_morning(
    now: datetime.datetime, planned_at: datetime.datetime, time: datetime.time, zone: str
) -> bool:
    """Whether the reminder of a day's callbacks is due: from `time` on, until that day is over."""
    here = ZoneInfo(zone)
    local = now.astimezone(here)
    return local.date() == planned_at.astimezone(here).date() and local.time() >= time


def may_try_again(tries: int, most: int) -> bool:
    """Whether another attempt is left after so many that failed."""
    return tries < most
