"""What one account signed (签约额): this fiscal year by quarter, beside the year before."""

from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Count, Q

from core.models import company
from core.money import total
from core.periods import Quarter, fiscal_year_of, month_of
from opportunities.models import OpportunityStatus

WON = OpportunityStatus.WON


@dataclass
class SignedQuarter:
    """One quarter of the fiscal year and the same quarter of the year before, in base currency."""

    number: int
    amount: Decimal = Decimal(0)
    before: Decimal = Decimal(0)


@dataclass
class Signed:
    """Sums of one account as one person may see them.

    `amount` runs from the first day of the fiscal year to today, `before` over the same days a
    year earlier; `decided` counts deals won or lost this year. `growth` and `win_rate` are None
    where there is nothing to compare or nothing decided.
    """

    year: int
    amount: Decimal = Decimal(0)
    before: Decimal = Decimal(0)
    won: int = 0
    decided: int = 0
    quarters: list[SignedQuarter] = field(default_factory=list)

    @property
    def growth(self):
        return self.amount / self.before - 1 if self.before > 0 else None

    @property
    def win_rate(self):
        return Decimal(self.won) / self.decided if self.decided else None

    @property
    def year_before(self) -> Decimal:
        """The whole year before, the sum of its four quarters."""
        return sum((quarter.before for quarter in self.quarters), Decimal(0))

    @property
    def has_any(self) -> bool:
        return any(quarter.amount or quarter.before for quarter in self.quarters)


def signed_of(deals, today) -> Signed:
    """Read the won and lost deals of `deals` in this fiscal year and the one before: one query."""
    start = company().fiscal_year_start_month
    year = fiscal_year_of(today, start)
    first, first_before = (Quarter(y, 1, start).first_day for y in (year, year - 1))
    same_day = _year_earlier(today)
    rows = (
        deals.closed()
        .filter(closed_month__gte=first_before, closed_on__lte=today)
        .order_by()
        .values("closed_month")
        .annotate(
            sum=total(filter=Q(status=WON)),
            sum_to_date=total(filter=Q(status=WON, closed_on__lte=same_day)),
            won=Count("pk", filter=Q(status=WON)),
            decided=Count("pk"),
        )
    )
    found = Signed(year, quarters=[SignedQuarter(n) for n in range(1, 5)])
    for row in rows:
        quarter = found.quarters[(row["closed_month"].month - start) % 12 // 3]
        if row["closed_month"] >= first:
            quarter.amount += row["sum"]
            found.amount += row["sum"]
            found.won += row["won"]
            found.decided += row["decided"]
        else:
            quarter.before += row["sum"]
            if row["closed_month"] <= month_of(same_day):
                found.before += row["sum_to_date"]
    return found


def _year_earlier(day):
    """The same day of the year before; 29 February becomes the 28th."""
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)
