"""The periods a dashboard looks at, on plain dates. Bounds are inclusive."""

import datetime
import re
from dataclasses import dataclass

from core.periods import Quarter, add_months, fiscal_year, month_of, quarter_of

CODE = re.compile(r"(\d{4})(?:q([1-4]))?")


@dataclass(frozen=True)
class Span:
    """From a day to a day. `year` and `quarter` say which fiscal period it is, if it is one."""

    since: datetime.date
    until: datetime.date
    year: int | None = None
    quarter: int | None = None
    start_month: int = 1

    @property
    def code(self) -> str:
        """As the address writes it; "" for a span of free days."""
        if self.year is None:
            return ""
        return f"{self.year}q{self.quarter}" if self.quarter else str(self.year)

    def year_before(self, today: datetime.date) -> "Span":
        """The same days of the year before; of a running period only as far as today."""
        until = min(self.until, today) if self.since <= today else self.until
        return Span(_back(self.since), _back(until))

    @property
    def parts(self) -> list["Span"]:
        """Its quarters; the months of a single quarter or of less."""
        first = quarter_of(self.since, self.start_month)
        last = quarter_of(self.until, self.start_month)
        found = _quarters(first, last) if first != last else _months(self.since, self.until)
        return [part.within(self) for part in found]

    def within(self, other: "Span") -> "Span":
        return Span(
            max(self.since, other.since),
            min(self.until, other.until),
            self.year,
            self.quarter,
            self.start_month,
        )


def read_span(code: str, start_month: int = 1) -> Span | None:
    """ "2017" or "2017q3"; None for what is no period."""
    match = CODE.fullmatch(code or "")
    if not match:
        return None
    year = int(match[1])
    if not 1900 <= year <= 2200:
        return None
    if not match[2]:
        since, until = fiscal_year(year, start_month)
        return Span(since, until, year, None, start_month)
    return of_quarter(Quarter(year, int(match[2]), start_month))


def of_quarter(quarter: Quarter) -> Span:
    return Span(
        quarter.first_day, quarter.last_day, quarter.year, quarter.number, quarter.start_month
    )


def _quarters(first: Quarter, last: Quarter) -> list[Span]:
    found, day = [], first.first_day
    while day <= last.last_day:
        found.append(of_quarter(quarter_of(day, first.start_month)))
        day = add_months(day, 3)
    return found


def _months(since, until) -> list[Span]:
    found, day = [], month_of(since)
    while day <= until:
        following = add_months(day, 1)
        found.append(Span(day, following - datetime.timedelta(days=1)))
        day = following
    return found


def _back(day: datetime.date) -> datetime.date:
    """A year earlier; 29 February becomes the 28th."""
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)
