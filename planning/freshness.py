"""When a customer file is out of date (R-ACC-35). Plain values only."""

import datetime


def due_on(basis: datetime.date, interval_days: int | None) -> datetime.date | None:
    """The last day on which the file is still in date; None where its tier asks for nothing."""
    return None if interval_days is None else basis + datetime.timedelta(days=interval_days)


def is_stale(basis: datetime.date, interval_days: int | None, today: datetime.date) -> bool:
    last = due_on(basis, interval_days)
    return last is not None and last < today


def oldest_basis(interval_days: int, today: datetime.date) -> datetime.date:
    """Files confirmed on this day or later are in date."""
    return today - datetime.timedelta(days=interval_days)


def share(in_date: int, total: int) -> int | None:
    """Per cent of files in date, rounded down: 100 means all of them."""
    return in_date * 100 // total if total else None
