"""When a delivery that failed is tried again."""

import datetime
from dataclasses import dataclass


@dataclass(frozen=True)
class Tries:
    """How often and how far apart; `most` tries in all, then the delivery is dead."""

    most: int
    first: datetime.timedelta
    longest: datetime.timedelta


def next_try(attempts: int, tries: Tries) -> datetime.timedelta | None:
    """How long to wait after `attempts` failed tries; None where there is no further one."""
    if attempts >= tries.most:
        return None
    return min(tries.first * 2 ** (max(attempts, 1) - 1), tries.longest)
