"""Quiet hours and the time of the daily digest, in the recipient's own zone (免打扰时段)."""

import datetime
from zoneinfo import ZoneInfo

DAY = datetime.timedelta(days=1)


def after_quiet(
    moment: datetime.datetime,
    begins: datetime.time | None,
    ends: datetime.time | None,
    zone: str,
) -> datetime.datetime:
    """The first moment from `moment` on that is not quiet.

    Quiet hours may go over midnight. The same time at both ends means none. Comparing wall clocks
    and coming back through the zone keeps the end right on the days a clock changes; an end that
    does not exist that day is the moment the clock jumps to.
    """
    if begins is None or ends is None or begins == ends:
        return moment
    local = moment.astimezone(ZoneInfo(zone))
    now = local.time()
    over_midnight = begins > ends
    quiet = now >= begins or now < ends if over_midnight else begins <= now < ends
    if not quiet:
        return moment
    day = local.date()
    if over_midnight and now >= begins:
        day += DAY
    return max(moment, at_clock(day, ends, zone))


def at_clock(day: datetime.date, time: datetime.time, zone: str) -> datetime.datetime:
    """A time of a day on the clocks of a zone, as UTC; of an hour that comes twice, the first."""
    return datetime.datetime.combine(day, time, ZoneInfo(zone)).astimezone(datetime.UTC)


def digest_day(moment: datetime.datetime, time: datetime.time, zone: str) -> datetime.date:
    """The day of the digest that was due last: today's from its time on, else yesterday's."""
    local = moment.astimezone(ZoneInfo(zone))
    return local.date() if local.time() >= time else local.date() - DAY
