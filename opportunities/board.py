"""The board of deals by milestone, as one person asks for it now."""

from dataclasses import dataclass
from functools import cached_property

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from core.lists import Column, Listing, ListSpec
from opportunities import filters, lists, selectors
from opportunities.models import Opportunity, OpportunityStatus

SORTS = {"amount": "amount", "since": "since", "expected": "close"}
CONDITIONS = tuple(
    condition
    for condition in filters.ALL
    if condition not in (filters.STATUS, filters.MILESTONE, filters.CLOSED)
)
BOARD = ListSpec(
    code="opportunity_board",
    title=gettext_lazy("Opportunities"),
    sentence=gettext_lazy("Show {whose} opportunities by milestone, first those by {sort}"),
    counted=ngettext_lazy("%(n)s opportunity", "%(n)s opportunities", "count"),
    url="opportunities:opportunity_board",
    default_sort="-amount",
    filters=CONDITIONS,
    columns=(
        Column(code="amount", label=gettext_lazy("amount"), sort=("amount_base",), falling=True),
        Column(code="since", label=gettext_lazy("days in the milestone"), sort=("since",)),
        Column(code="expected", label=gettext_lazy("expected close"), sort=("close",)),
    ),
)


@dataclass
class Card:
    """A deal on the board. `state` and `sign` speak only where something is amiss."""

    deal: Opportunity
    account: str
    days: int
    state: str
    sign: str
    move_url: str

    @property
    def owner_mark(self) -> str:
        """The owner as short as colleagues say it: 沈, SZ."""
        name = self.deal.owner.name
        if not name.isascii():
            return name[:1]
        return "".join(part[0] for part in name.split()[:2]).upper()


class BoardListing(Listing):
    """The conditions of the board; the lanes count for themselves."""

    counted = ""


class Board:
    """Sentence, lanes and totals; the deals are those the person sees."""

    def __init__(self, request, data=None):
        self.user = request.user
        self.listing = BoardListing(BOARD, request, selectors.deals_of(request.user), data)
        self.today = self.listing.context_of_list.today

    def choices(self, code):
        return self.listing.choices(code)

    @cached_property
    def lanes(self):
        order = SORTS[self.listing.sort.lstrip("-")]
        lanes = selectors.board(self.listing.filtered, today=self.today, order=order)
        seen = selectors.seen_accounts(self.user, [deal for lane in lanes for deal in lane.cards])
        for lane in lanes:
            lane.cards = [self._card(deal, seen) for deal in lane.cards]
        self._neighbours(lanes)
        return lanes

    def _neighbours(self, lanes):
        """What the band under a lane and its link need."""
        for lane, following in zip(lanes, [*lanes[1:], lanes[-1]], strict=True):
            lane.next_amount = following.amount
            lane.url = self.rows_url(lane)
            lane.days = (self.today - lane.oldest).days if lane.oldest else None

    def rows_url(self, lane) -> str:
        """The rows behind a lane, under the same conditions."""
        own = f"status=open&milestone={lane.code}"
        if lane.is_won:
            first, last = selectors.running_quarter(self.today)
            own = f"status=won&closed_from={first}&closed_to={last}"
        kept = self.conditions
        return f"{reverse('opportunities:opportunity_list')}?{own}{'&' if kept else ''}{kept}"

    @property
    def conditions(self) -> str:
        """The conditions as an address, without the order."""
        pairs = self.listing.query.split("&") if self.listing.query else []
        return "&".join(pair for pair in pairs if not pair.startswith("sort="))

    @cached_property
    def totals(self):
        return selectors.board_totals(self.lanes)

    @property
    def largest(self):
        return max(lane.amount or 0 for lane in self.lanes)

    def _card(self, deal, seen) -> Card:
        state, sign = self._sign(deal)
        movable = deal.status == OpportunityStatus.OPEN and lists.may_edit(deal, self.user)
        url = reverse("opportunities:opportunity_move", args=[deal.pk]) if movable else ""
        if url and self.listing.query:
            url = f"{url}?{self.listing.query}"
        return Card(
            deal=deal,
            account=lists.account_of(deal, seen),
            days=(self.today - deal.milestone_since).days,
            state=state,
            sign=sign,
            move_url=url,
        )

    def _sign(self, deal) -> tuple[str, str]:
        if deal.status != OpportunityStatus.OPEN:
            return "good", _("signed")
        if deal.amount is None:
            return "watch", _("amount unknown")
        if deal.expected_close_on and deal.expected_close_on < self.today:
            return "watch", _("close is late")
        if deal.next_step_on and deal.next_step_on < self.today:
            return "watch", _("next step is late")
        if not deal.next_step:
            return "watch", _("no next step")
        if deal.account_id is None:
            return "watch", _("no account")
        return "quiet", ""
