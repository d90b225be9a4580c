"""Working time, computed: when a limit ends, and how much working time lies between two moments.

Pure. Working spans are given in minutes of the local day and may run past midnight (22:00-06:00
belongs to the day on which it begins). Sums are taken in elapsed time, so a day on which the
clock is set forward or back is counted as long as it was.
"""

import datetime
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

DAY_MINUTES = 24 * 60
# Longest run of days without any working time before a calendar counts as closed for good.
MOST_CLOSED_DAYS = 400
UNITS = {"minute": 1, "hour": 60}
SPAN = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)\s*[-–]\s*([01]?\d|2[0-4]):([0-5]\d)")
LIMIT = re.compile(
    r"\s*([1-9]\d{0,3})\s+(?:(working|calendar)\s+)?(minute|hour|day|week)s?\s*", re.IGNORECASE
)
NOTHING = datetime.timedelta()


class NoWorkingTime(ValueError):
    """The calendar holds no working time within reach."""


@dataclass(frozen=True, order=True)
class Span:
    """From `begin` to `end`, in minutes after midnight; `end` beyond 1440 lies on the next day."""

    begin: int
    end: int

    def __post_init__(self):
        if not 0 <= self.begin < DAY_MINUTES or not self.begin < self.end <= self.begin + 1440:
            raise ValueError(f"no span: {self.begin}-{self.end}")

    @property
    def length(self) -> datetime.timedelta:
        return datetime.timedelta(minutes=self.end - self.begin)

    def __str__(self):
        return f"{_clock(self.begin)}-{_clock(self.end)}"


Spans = tuple[Span, ...]


@dataclass(frozen=True)
class WorkCalendar:
    """When people of a city work. `spans_by_weekday` has seven entries from Monday on;
    `exceptions` maps a day to its own spans, none for a holiday."""

    zone: str
    spans_by_weekday: tuple[Spans, ...]
    exceptions: Mapping[datetime.date, Spans]

    def spans(self, day: datetime.date) -> Spans:
        spans = self.exceptions.get(day)
        return self.spans_by_weekday[day.weekday()] if spans is None else spans

    def is_working_day(self, day: datetime.date) -> bool:
        return bool(self.spans(day))

    @property
    def day_length(self) -> datetime.timedelta:
        """Working time of an ordinary working day: the mean of the weekdays that have any."""
        lengths = [length_of(spans) for spans in self.spans_by_weekday if spans]
        if not lengths:
            raise NoWorkingTime(self.zone)
        return sum(lengths, NOTHING) / len(lengths)

    @property
    def week_length(self) -> datetime.timedelta:
        return sum((length_of(spans) for spans in self.spans_by_weekday), NOTHING)


@dataclass(frozen=True)
class Limit:
    """A time limit as people write it: 2 days, 4 hours, 15 minutes, 3 working days.

    All of them are working time; with the word `calendar` the clock never stands still.
    """

    amount: int
    unit: str  # minute, hour, day, week
    around_the_clock: bool = False

    def length(self, calendar: WorkCalendar) -> datetime.timedelta:
        if self.unit in UNITS:
            return datetime.timedelta(minutes=self.amount * UNITS[self.unit])
        if self.around_the_clock:
            return datetime.timedelta(days=self.amount * (7 if self.unit == "week" else 1))
        day = calendar.week_length if self.unit == "week" else calendar.day_length
        return self.amount * day

    def end(
        self, start: datetime.datetime, calendar: WorkCalendar, share: float = 1
    ) -> datetime.datetime:
        """When the limit, or a share of it, is used up."""
        length = self.length(calendar) * share
        return start + length if self.around_the_clock else add_working(start, length, calendar)


def parse_limit(text: str) -> Limit:
    """Raises ValueError where the text is no limit."""
    match = LIMIT.fullmatch(text)
    if match is None:
        raise ValueError(text)
    amount, manner, unit = match.groups()
    return Limit(int(amount), unit.lower(), (manner or "").lower() == "calendar")


def parse_spans(text: str) -> Spans:
    """ "09:00-12:00, 13:30-18:00"; empty is a free day. Raises ValueError on anything else and on
    spans that overlap."""
    spans = tuple(_span(part) for part in re.split(r"[,，、;；]", text) if part.strip())
    for one, following in zip(spans, spans[1:], strict=False):
        if following.begin < one.end:
            raise ValueError(text)
    return spans


def _span(text: str) -> Span:
    match = SPAN.fullmatch(text.strip().replace("：", ":"))
    if match is None:
        raise ValueError(text)
    hour, minute, end_hour, end_minute = map(int, match.groups())
    begin, end = hour * 60 + minute, end_hour * 60 + end_minute
    if end > DAY_MINUTES:
        raise ValueError(text)
    return Span(begin, end if end > begin else end + DAY_MINUTES)


def _clock(minutes: int) -> str:
    if minutes == DAY_MINUTES:
        return "24:00"
    return f"{minutes // 60 % 24:02}:{minutes % 60:02}"


def length_of(spans: Spans) -> datetime.timedelta:
    return sum((span.length for span in spans), NOTHING)


def add_working(
    start: datetime.datetime, amount: datetime.timedelta, calendar: WorkCalendar
) -> datetime.datetime:
    """The first moment by which `amount` of working time has passed since `start`, in the zone of
    the calendar. Nothing to wait for is `start` itself. Raises NoWorkingTime, and ValueError for
    a negative amount."""
    if amount < NOTHING:
        raise ValueError(amount)
    zone, left = ZoneInfo(calendar.zone), amount
    if not left:
        return start.astimezone(zone)
    for begin, end in _stretches(start, calendar):
        if end - begin >= left:
            return (begin + left).astimezone(zone)
        left -= end - begin
    raise NoWorkingTime(calendar.zone)


def working_between(
    start: datetime.datetime, end: datetime.datetime, calendar: WorkCalendar
) -> datetime.timedelta:
    """Working time from start to end; none where end does not lie after start."""
    total, last = NOTHING, end.astimezone(datetime.UTC)
    for begin, stop in _stretches(start, calendar, last):
        total += min(stop, last) - begin
    return total


def resumed(
    due: datetime.datetime,
    paused_at: datetime.datetime,
    resumed_at: datetime.datetime,
    calendar: WorkCalendar,
) -> datetime.datetime:
    """The new end of a limit whose clock stood still (waiting for the customer): what was left at
    the pause is counted again from the resumption. What was overdue stays overdue."""
    if paused_at >= due:
        return due
    return add_working(resumed_at, working_between(paused_at, due, calendar), calendar)


def _stretches(
    start: datetime.datetime, calendar: WorkCalendar, until: datetime.datetime | None = None
) -> Iterator[tuple[datetime.datetime, datetime.datetime]]:
    """Working stretches after `start`, in UTC, none of them counted twice."""
    zone, from_then_on = ZoneInfo(calendar.zone), start.astimezone(datetime.UTC)
    # A span of the evening before may still run.
    day = start.astimezone(zone).date() - datetime.timedelta(days=1)
    closed = 0
    while closed < MOST_CLOSED_DAYS:
        for span in calendar.spans(day):
            begin, end = (_moment(day, minutes, zone) for minutes in (span.begin, span.end))
            if until is not None and begin >= until:
                return
            begin = max(begin, from_then_on)
            if end > begin:
                closed = -1
                yield begin, end
                from_then_on = end
        closed += 1
        day += datetime.timedelta(days=1)
        if until is not None and _moment(day, 0, zone) >= until:
            return


def _moment(day: datetime.date, minutes: int, zone: ZoneInfo) -> datetime.datetime:
    day += datetime.timedelta(days=minutes // DAY_MINUTES)
    time = datetime.time(minutes % DAY_MINUTES // 60, minutes % 60)
    return datetime.datetime.combine(day, time, zone).astimezone(datetime.UTC)
