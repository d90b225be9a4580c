"""Periods of the fiscal year, on plain dates. Bounds are inclusive."""

import datetime
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Quarter:
    """A quarter of a fiscal year; `year` is the calendar year in which the fiscal year begins."""

    year: int
    number: int
    start_month: int = 1

    @property
    def first_day(self) -> datetime.date:
        return add_months(datetime.date(self.year, self.start_month, 1), (self.number - 1) * 3)

    @property
    def last_day(self) -> datetime.date:
        return add_months(self.first_day, 3) - datetime.timedelta(days=1)

    @property
    def label(self) -> str:
        return f"{self.year} Q{self.number}"


def add_months(day: datetime.date, months: int) -> datetime.date:
    """The first of the month that lies `months` after the day's month."""
    index = day.year * 12 + day.month - 1 + months
    return datetime.date(index // 12, index % 12 + 1, 1)


def month_of(day: datetime.date) -> datetime.date:
    return day.replace(day=1)


def fiscal_year_of(day: datetime.date, start_month: int = 1) -> int:
    return day.year if day.month >= start_month else day.year - 1


def quarter_of(day: datetime.date, start_month: int = 1) -> Quarter:
    months = (day.month - start_month) % 12
    return Quarter(fiscal_year_of(day, start_month), months // 3 + 1, start_month)


def fiscal_year(year: int, start_month: int = 1) -> tuple[datetime.date, datetime.date]:
    """First and last day of a fiscal year."""
    first = datetime.date(year, start_month, 1)
    return first, add_months(first, 12) - datetime.timedelta(days=1)


def months_between(start: datetime.date, end: datetime.date) -> int:
    """Whole months from start to end; negative when end lies before start."""
    months = (end.year - start.year) * 12 + end.month - start.month
    return months - 1 if end.day < start.day else months
