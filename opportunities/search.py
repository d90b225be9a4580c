"""What the search finds of opportunities: by any part of name or number, or by their account."""

from django.db.models import Q
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.models import Account
from core.history import HIDDEN
from core.normalise import fold
from opportunities import selectors

# Of how many accounts of the name deals are brought; the list behind the hits has them all.
ACCOUNTS = 100


def search_opportunities(user, text, limit) -> dict:
    """Open ones first; deals of an account the person sees are found by its name too."""
    part = fold(text)
    accounts = Account.objects.visible_to(user).current().filter(search_index__holds=part)
    few = list(accounts.order_by("name").values_list("pk", flat=True)[:ACCOUNTS])
    found = (
        selectors.deals_of(user)
        .filter(Q(search_index__holds=part) | Q(account__in=few))
        .select_related("account")
        .order_by("-created_at", "-pk")
    )
    deals = list(found.open()[:limit])
    if len(deals) < limit:
        deals += found.closed()[: limit - len(deals)]
    seen = selectors.seen_accounts(user, deals)
    hits = [
        {
            "url": deal.get_absolute_url(),
            "icon": "briefcase",
            "title": deal.name,
            "hint": " · ".join(
                str(part)
                for part in (_account(deal, seen), deal.get_status_display())
                if part
            ),
        }
        for deal in deals
    ]
    return {
        "label": _("Opportunities"),
        "hits": hits,
        "url": f"{reverse('opportunities:opportunity_list')}?{urlencode({'q': text})}",
    }


def _account(deal, seen) -> str:
    if deal.account_id is None:
        return ""
    return deal.account.label if deal.account_id in seen else str(HIDDEN)
