"""The opportunities of one account: a tab of its page, and a short form of it for the overview."""

from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.pages import frame
from accounts.selectors import account_for_page
from opportunities import permissions, selectors
from opportunities.account_signed import signed_of

IN_SUMMARY = 5
IN_TAB = 200


@require_GET
def account_opportunities(request, pk):
    account = account_for_page(request.user, pk)
    if account.pk != pk:
        return redirect("opportunities:account_opportunities", account.pk)
    deals = selectors.account_deals(account, request.user)
    totals = selectors.account_totals(account, request.user)
    closed = totals["won_count"] + totals["lost_count"]
    context = frame(
        request,
        account,
        "opportunities",
        open_deals=list(deals.open().order_by("expected_close_on", "pk")[:IN_TAB]),
        closed_deals=list(deals.closed().order_by("-closed_on", "-pk")[:IN_TAB]),
        totals=totals,
        win_rate=totals["won_count"] / closed if closed else None,
        may_create=permissions.can_create_opportunity(request.user),
        today=timezone.localdate(),
        list_url=f"{reverse('opportunities:opportunity_list')}?account={account.pk}",
    )
    return render(request, "opportunities/account_opportunities.html", context)


@require_GET
def account_summary(request, pk):
    """A fragment that the overview of the account brings in."""
    account = account_for_page(request.user, pk)
    deals = selectors.account_deals(account, request.user)
    today = timezone.localdate()
    context = {
        "account": account,
        "deals": deals.open().order_by("expected_close_on", "pk")[:IN_SUMMARY],
        "totals": selectors.account_totals(account, request.user),
        "signed": signed_of(deals, today),
        "may_create": permissions.can_create_opportunity(request.user),
        "today": today,
    }
    return render(request, "opportunities/account_summary.html", context)
