"""The page of one opportunity."""

from django.shortcuts import render
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from core.audit import history_of
from core.history import told
from core.money import added
from opportunities import permissions, progress, selectors
from opportunities.lists import state_of
from opportunities.models import Milestone, OpportunityStatus
from opportunities.services.opportunities import price_of, vars_of
from opportunities.services.outcome import missing_to_win
from opportunities.views.common import get_deal

HISTORY = 100


@require_GET
def opportunity_detail(request, pk):
    deal = get_deal(request, pk)
    return render(request, "opportunities/opportunity_detail.html", context_of(request, deal))


def context_of(request, deal) -> dict:
    user, today = request.user, timezone.localdate()
    lines = lines_of(deal)
    may_edit = permissions.can_edit_opportunity(user, deal)
    is_open = deal.status == OpportunityStatus.OPEN
    return {
        "deal": deal,
        "account_seen": bool(selectors.seen_accounts(user, [deal])),
        "state": state_of(deal),
        "route": route_of(deal, today),
        "days": (today - deal.milestone_since).days,
        "until_close": (deal.expected_close_on - today).days if deal.expected_close_on else None,
        "step_in": (deal.next_step_on - today).days if deal.next_step_on else None,
        "open_for": (((deal.closed_on or today) - deal.opened_on).days if deal.opened_on else None),
        "lines": lines,
        "lines_total": added(line["sum"] for line in lines),
        "members": deal.members.select_related("user__post").order_by("pk"),
        "missing": missing_to_win(deal) if is_open else [],
        "is_open": is_open,
        "may_edit": may_edit,
        "may_lead": permissions.can_lead_opportunity(user, deal),
        "history": told(history_of(deal)[:HISTORY], user, subject=deal),
    }


def lines_of(deal) -> list[dict]:
    """The products with the price that counts and the sum of each."""
    rows = []
    for line in deal.lines.select_related("product"):
        price = price_of(vars_of(line), deal.currency_id)
        rows.append(
            {
                "line": line,
                "price": price,
                "is_list_price": line.unit_price is None,
                "sum": None if price is None else (price * line.quantity).quantize(price),
            }
        )
    return rows


def route_of(deal, today) -> list[dict]:
    """The milestones as a way: behind, here, ahead."""
    codes = [code.value for code in progress.ORDER]
    here = codes.index(deal.milestone)
    steps = []
    for place, code in enumerate(codes):
        kind = "" if place < here else "here" if place == here else "next"
        said = ""
        if place == here:
            since = (today - deal.milestone_since).days
            said = _("today") if since == 0 else _("for %(days)s days") % {"days": since}
        label = capfirst(Milestone(code).label)
        steps.append({"label": label, "kind": kind, "said": said, "far": place > here + 1})
    return steps
