"""Time limits of steps and items, in working time of the account's city (R-PLT-07)."""

import datetime
from dataclasses import dataclass

from core.calendars import calendar_for
from core.worktime import WorkCalendar, add_working, parse_limit, working_between
from flows.models import FAR, FlowSettings

MINUTE = datetime.timedelta(minutes=1)


@dataclass(frozen=True)
class Deadline:
    """When something is due, when to warn, and how many minutes that allows (None: no limit)."""

    due_at: datetime.datetime = FAR
    warn_at: datetime.datetime = FAR
    minutes: int | None = None


def calendar_of(account) -> WorkCalendar:
    """The working calendar of the account's city, else the company's."""
    return calendar_for(account.city if account is not None else None)


def deadline(text: str, start, account) -> Deadline:
    """The ends of a limit such as "2 days" that begins at `start`."""
    if not text:
        return Deadline()
    calendar, limit = calendar_of(account), parse_limit(text)
    share = FlowSettings.current().warn_percent / 100
    return Deadline(
        due_at=limit.end(start, calendar),
        warn_at=limit.end(start, calendar, share),
        minutes=round(limit.length(calendar) / MINUTE),
    )


def until(start, end, account) -> Deadline:
    """A fixed end: the warning comes after the usual share of the time from `start` to then."""
    share = FlowSettings.current().warn_percent / 100
    if end <= start:
        return Deadline(due_at=end, warn_at=end, minutes=0)
    warn_at = start + (end - start) * share
    return Deadline(due_at=end, warn_at=warn_at, minutes=worked_minutes(start, end, account))


def worked_minutes(start, end, account) -> int:
    """Working minutes between two moments."""
    return round(working_between(start, end, calendar_of(account)) / MINUTE)


def after_minutes(start, minutes: int, account) -> datetime.datetime:
    return add_working(start, minutes * MINUTE, calendar_of(account))


def after_days(start, days: int, account) -> datetime.datetime:
    """So many ordinary working days later."""
    calendar = calendar_of(account)
    return add_working(start, days * calendar.day_length, calendar)
