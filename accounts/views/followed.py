"""The accounts at hand, for the margin of every page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.following import followed_accounts


@never_cache
@require_safe
def followed(request: HttpRequest) -> HttpResponse:
    """Starred accounts and those seen last; app.js asks at most once a minute (常看的客户)."""
    return render(request, "components/followed.html", {"side": followed_accounts(request)})
