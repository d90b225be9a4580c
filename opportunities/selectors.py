"""Reads that span models: the pipeline of accounts, the board, who sees the account of a deal."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, F, Min, Q
from django.utils.text import capfirst

from accounts.models import Account
from accounts.selectors import seen_among
from core.kept import kept, stamp
from core.models import company
from core.money import added, known_total
from core.normalise import fold
from core.periods import quarter_of
from opportunities import progress
from opportunities.models import Milestone, Opportunity, OpportunityLine, OpportunityStatus

CARDS_IN_A_LANE = 12
ORDERS = {
    "amount": (F("amount_base").desc(nulls_last=True), F("pk").desc()),
    "since": (F("milestone_since").asc(), F("pk").asc()),
    "close": (F("expected_close_on").asc(nulls_last=True), F("pk").asc()),
}


def deals_of(user):
    """Where every list, board and figure starts: visible and in use."""
    return Opportunity.objects.visible_to(user).current()


def deals_named(user, text):
    """Ids of deals found by a part of their name or number, or by the name of an account that
    the person sees. A union: an OR across two tables would keep the database from its indexes."""
    part = fold(text)
    seen = Account.objects.visible_to(user).filter(search_index__holds=part)
    deals = Opportunity.objects.order_by()
    named = deals.filter(search_index__holds=part).values("pk")
    return named.union(deals.filter(account__in=seen).values("pk"))


# ---------- what accounts show of their deals ----------


def account_totals(account, user) -> dict:
    """Open and won of one account, and how many were lost."""
    return (
        deals_of(user)
        .filter(account=account)
        .aggregate(
            open_amount=known_total(filter=Q(status=OpportunityStatus.OPEN)),
            open_count=Count("pk", filter=Q(status=OpportunityStatus.OPEN)),
            won_amount=known_total(filter=Q(status=OpportunityStatus.WON)),
            won_count=Count("pk", filter=Q(status=OpportunityStatus.WON)),
            lost_count=Count("pk", filter=Q(status=OpportunityStatus.LOST)),
        )
    )


def seen_accounts(user, deals) -> set[int]:
    """Ids of the deals' accounts that the person may see; the others are not named to them."""
    return seen_among(user, {deal.account_id for deal in deals})


# ---------- the board ----------


@dataclass
class Lane:
    """One column of the board; count and amount are of all its deals, not of the cards shown.
    The amount is None where there are deals and no amount is known."""

    code: str
    label: str
    count: int = 0
    amount: Decimal | None = Decimal(0)
    late: int = 0
    oldest: object = None
    cards: list = None
    is_won: bool = False

    @property
    def more(self) -> int:
        return self.count - len(self.cards)


def running_quarter(today):
    """First and last day of the fiscal quarter of a day."""
    quarter = quarter_of(today, company().fiscal_year_start_month)
    return quarter.first_day, quarter.last_day


def board_deals(deals, today):
    """What is on the board: everything open, and what was signed in the running quarter."""
    first, last = running_quarter(today)
    signed = Q(status=OpportunityStatus.WON, closed_month__gte=first, closed_on__lte=last)
    return deals.filter(Q(status=OpportunityStatus.OPEN) | signed)


def board(deals, *, today, order="amount") -> list[Lane]:
    """The lanes with true totals and at most CARDS_IN_A_LANE cards each, in three queries."""
    lanes = {m.value: Lane(m.value, capfirst(Milestone(m).label)) for m in progress.OPEN_MILESTONES}
    signed = Milestone.SIGNED
    lanes[signed.value] = Lane(signed.value, capfirst(signed.label), is_won=True)
    shown = board_deals(deals, today).order_by()
    for row in kept(_lane_totals, stamp(), shown, today):
        won = row["status"] == OpportunityStatus.WON
        lane = lanes[signed.value if won else row["milestone"]]
        lane.amount = added([lane.amount, row["sum"]] if lane.count else [row["sum"]])
        lane.count += row["count"]
        lane.late += row["late"]
        if not won:
            lane.oldest = row["oldest"]
    by_lane = _cards(shown, order)
    for lane in lanes.values():
        lane.cards = by_lane.get(lane.code, [])
    return list(lanes.values())


def _lane_totals(shown, today) -> list[dict]:
    late = Q(status=OpportunityStatus.OPEN, expected_close_on__lt=today)
    return list(
        shown.values("status", "milestone").annotate(
            count=Count("pk"),
            sum=known_total(),
            late=Count("pk", filter=late),
            oldest=Min("milestone_since"),
        )
    )


def _cards(shown, order):
    """{lane: its first cards}. Each lane walks its index and stops; the union asks once."""
    branches = []
    for code in progress.OPEN_MILESTONES:
        branches.append(shown.filter(status=OpportunityStatus.OPEN, milestone=code))
    branches.append(shown.filter(status=OpportunityStatus.WON))
    firsts = [
        Opportunity.objects.filter(
            pk__in=branch.order_by(*ORDERS[order]).values("pk")[:CARDS_IN_A_LANE]
        )
        .order_by()
        .values_list("pk", flat=True)
        for branch in branches
    ]
    ids = list(firsts[0].union(*firsts[1:], all=True))
    rows = (
        Opportunity.objects.filter(pk__in=ids)
        .select_related("account__tier", "owner")
        .order_by(*ORDERS[order])
    )
    cards = {}
    for deal in rows:
        won = deal.status == OpportunityStatus.WON
        cards.setdefault(Milestone.SIGNED.value if won else deal.milestone, []).append(deal)
    return cards


def board_totals(lanes) -> dict:
    """Of everything open on the board."""
    still_open = [lane for lane in lanes if not lane.is_won]
    return {
        "count": sum(lane.count for lane in still_open),
        "amount": added(lane.amount for lane in still_open if lane.count),
        "late": sum(lane.late for lane in still_open),
        "largest": max(still_open, key=lambda lane: lane.amount or 0),
        "signed": next(lane for lane in lanes if lane.is_won),
    }


def product_totals(product, user) -> dict:
    """In how many deals a product stands, by status, of those the person sees."""
    deals = deals_of(user).filter(
        pk__in=OpportunityLine.objects.filter(product=product).values("opportunity")
    )
    return deals.aggregate(
        open_count=Count("pk", filter=Q(status=OpportunityStatus.OPEN)),
        won_count=Count("pk", filter=Q(status=OpportunityStatus.WON)),
        lost_count=Count("pk", filter=Q(status=OpportunityStatus.LOST)),
    )


def account_deals(account, user):
    return deals_of(user).filter(account=account).select_related("owner")
