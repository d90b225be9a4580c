"""The tab of an account that tells what happened with it, and the same for a contact."""

import datetime

from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_GET

from accounts.pages import frame
from accounts.selectors import account_for_page
from accounts.views.contacts import contact_of
from engagement import timeline
from engagement.permissions import communications as permissions
from engagement.selectors import communications

AHEAD = datetime.timedelta(days=366)


def _moment(text) -> datetime.datetime | None:
    """A time from the address; what is none is left out."""
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    return moment if moment and timezone.is_aware(moment) else None


@require_GET
def account_timeline(request, pk):
    account = account_for_page(request.user, pk)
    if account.pk != pk:
        return redirect("engagement:account_timeline", account.pk)
    before = _moment(request.GET.get("before", "")) or timezone.now() + AHEAD
    lines, more = timeline.timeline(account, request.user, before=before)
    context = frame(
        request,
        account,
        "timeline",
        lines=lines,
        older=lines[-1].at.isoformat() if more else "",
        earlier=bool(request.GET.get("before")),
        now=timezone.now(),
        may_log=permissions.can_log(request.user, account),
    )
    return render(request, "engagement/account_timeline.html", context)


@require_GET
def contact_communications(request, pk):
    """What was said to a contact, for the contact's page."""
    contact = contact_of(request, pk)
    context = {
        "contact": contact,
        "rows": list(communications.latest_of_contact(contact, request.user)),
    }
    return render(request, "engagement/contact_communications.html", context)
