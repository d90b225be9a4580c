"""The computed classification axes (R-ACC-05, 09, 10). Days and plain values only."""

import datetime
from enum import StrEnum

from core.periods import months_between


class Age(StrEnum):
    NEW = "new"
    EXISTING = "existing"


class TimeStatus(StrEnum):
    PAST = "past"
    PRESENT = "present"
    FUTURE = "future"


def customer_age(
    *,
    first_contract_on: datetime.date | None,
    today: datetime.date,
    months: int,
    override: str = "",
) -> Age:
    """New until the first signed contract and for `months` after it, then existing; a value set
    by hand wins (R-ACC-05)."""
    if override:
        return Age(override)
    if first_contract_on is None or months_between(first_contract_on, today) < months:
        return Age.NEW
    return Age.EXISTING


def time_status(
    *, last_contract_on: datetime.date | None, today: datetime.date, months: int
) -> TimeStatus:
    """Future without any contract, past when the last lies `months` back or more (R-ACC-09)."""
    if last_contract_on is None:
        return TimeStatus.FUTURE
    if months_between(last_contract_on, today) >= months:
        return TimeStatus.PAST
    return TimeStatus.PRESENT


def is_key(*, tier_is_key: bool | None, override: bool | None) -> bool:
    """Key by tier unless set by hand (R-ACC-10)."""
    return bool(tier_is_key) if override is None else override
