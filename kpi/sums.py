"""The sums behind the dashboard: four grouped queries, whatever the number of deals."""

from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Case, Count, F, FilteredRelation, IntegerField, Q, When

from accounts.models import Account, AssignmentRole
from core.money import known_total, total
from core.periods import month_of
from opportunities.models import OpportunityStatus
from opportunities.progress import OPEN_MILESTONES

WON, LOST, OPEN = OpportunityStatus.WON, OpportunityStatus.LOST, OpportunityStatus.OPEN


@dataclass
class Sum:
    """Won money and numbers of won and lost deals; `before` is won money of the year before."""

    amount: Decimal = Decimal(0)
    won: int = 0
    lost: int = 0
    before: Decimal = Decimal(0)
    won_before: int = 0
    lost_before: int = 0
    accounts: int = 0

    def add(self, row) -> "Sum":
        self.amount += row["amount"]
        self.won += row["won"]
        self.lost += row["lost"]
        self.before += row["before"]
        self.won_before += row["won_before"]
        self.lost_before += row["lost_before"]
        self.accounts += row.get("accounts", 0)
        return self

    def forget_before(self) -> None:
        self.before, self.won_before, self.lost_before = Decimal(0), 0, 0

    @property
    def decided(self) -> int:
        return self.won + self.lost

    @property
    def win_rate(self):
        """Share of won among won and lost; None while nothing is decided."""
        return Decimal(self.won) / self.decided if self.decided else None

    @property
    def win_rate_before(self):
        decided = self.won_before + self.lost_before
        return Decimal(self.won_before) / decided if decided else None


@dataclass
class History:
    """Won by month over all years, and the open pipeline by milestone."""

    months: dict = field(default_factory=dict)
    open: dict = field(default_factory=dict)

    @property
    def last_month(self):
        return max(self.months, default=None)


def history(deals) -> History:
    """Months with anything decided, as {first of month: Sum}; open deals as {milestone: (count,
    amount, late)} in the order of the milestones."""
    rows = (
        deals.order_by()
        .values("status", "closed_month", "milestone")
        .annotate(n=Count("pk"), sum=known_total())
    )
    found = History()
    waiting = {}
    for row in rows:
        if row["status"] == OPEN:
            waiting[row["milestone"]] = (row["n"], row["sum"])
            continue
        month = found.months.setdefault(row["closed_month"], Sum())
        if row["status"] == WON:
            month.won += row["n"]
            month.amount += row["sum"] or 0
        else:
            month.lost += row["n"]
    found.open = {
        code.value: waiting[code.value] for code in OPEN_MILESTONES if code.value in waiting
    }
    return found


def _decided(deals, span, before):
    """Decided in one of the two spans, with the sums of each as annotations."""
    here = Q(closed_on__range=(span.since, span.until))
    there = Q(closed_on__range=(before.since, before.until))
    wide = Q(closed_month__range=(month_of(span.since), span.until)) | Q(
        closed_month__range=(month_of(before.since), before.until)
    )
    sums = {
        "amount": total(filter=here & Q(status=WON)),
        "won": Count("pk", filter=here & Q(status=WON)),
        "lost": Count("pk", filter=here & Q(status=LOST)),
        "before": total(filter=there & Q(status=WON)),
        "won_before": Count("pk", filter=there & Q(status=WON)),
        "lost_before": Count("pk", filter=there & Q(status=LOST)),
    }
    return deals.filter(wide & (here | there), status__in=(WON, LOST)).order_by(), sums


def by_owner(deals, span, before) -> list[dict]:
    """One row for each owner and department."""
    rows, sums = _decided(deals, span, before)
    return list(
        rows.values(
            "owner",
            "owner_unit",
            zh=F("owner__name_zh"),
            en=F("owner__name_en"),
            login=F("owner__username"),
            unit_zh=F("owner_unit__name_zh"),
            unit_en=F("owner_unit__name_en"),
        ).annotate(**sums)
    )


def by_account_facts(deals, user, span, before) -> dict[str, dict]:
    """{industry, tier, manager: {id: Sum}}, read once for all three. Facts of an account are told
    to those who see it; to others a deal counts as one without."""
    rows, sums = _decided(deals, span, before)
    rows = rows.annotate(
        of_account=FilteredRelation(
            "account__assignments",
            condition=Q(
                account__assignments__role=AssignmentRole.MANAGER,
                account__assignments__ends_on__isnull=True,
            ),
        )
    )
    facts = {
        "industry": F("account__industry_id"),
        "tier": F("account__tier_id"),
        "manager": F("of_account__user_id"),
    }
    if not user.sees_everything:
        seen = Q(account__in=Account.objects.visible_to(user))
        facts = {
            name: Case(When(seen, then=fact), default=None, output_field=IntegerField())
            for name, fact in facts.items()
        }
    bought = Count(
        "account", distinct=True, filter=Q(status=WON, closed_on__range=(span.since, span.until))
    )
    found = list(rows.values(**facts).annotate(**sums, accounts=bought))
    return {name: gathered(found, name) for name in facts}


def largest_accounts(deals, span, before, most) -> list[dict]:
    """The accounts that brought most in the span, largest first."""
    rows, sums = _decided(deals, span, before)
    return list(
        rows.exclude(account=None)
        .values(
            "account",
            full=F("account__name"),
            short=F("account__short_name"),
            english=F("account__name_en"),
        )
        .annotate(**sums)
        .filter(amount__gt=0)
        .order_by("-amount", "account")[:most]
    )


def gathered(rows, key) -> dict:
    """{key of the row: Sum} over rows of a finer grouping."""
    groups = {}
    for row in rows:
        groups.setdefault(row[key], Sum()).add(row)
    return groups
