"""When somebody is reminded of a visit. Plain values only."""

import datetime
from zoneinfo import ZoneInfo

from notifications.quiet import at_clock

DAY = datetime.timedelta(days=1)


def evening_before(
    starts_at: datetime.datetime, time: datetime.time, zone: str
) -> datetime.datetime:
    """The time of the evening before a visit, by the clocks of the person's zone."""
    day = starts_at.astimezone(ZoneInfo(zone)).date()
    return at_clock(day - DAY, time, zone)


def due_evening(
    now: datetime.datetime, starts_at: datetime.datetime, time: datetime.time, zone: str
) -> bool:
    """Whether the reminder of the evening before is due: until the day of the visit begins.

    A visit planned late in the evening is still told of; one of this very day is not "tomorrow".
    """
    here = ZoneInfo(zone)
    before = now.astimezone(here).date() < starts_at.astimezone(here).date()
    return before and evening_before(starts_at, time, zone) <= now


def due_shortly(now: datetime.datetime, starts_at: datetime.datetime, minutes: int) -> bool:
    """Whether a visit begins within so many minutes of elapsed time, and has not begun."""
    # In UTC: within one zone Python subtracts what the clock shows, not what passes.
    begins = starts_at.astimezone(datetime.UTC)
    return begins - datetime.timedelta(minutes=minutes) <= now < begins
