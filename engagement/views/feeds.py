"""The page where a person makes the secret address of their calendar, and the address itself."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from engagement import ics
from engagement.models import CalendarFeed, ReminderSettings
from engagement.services import feeds

MINUTE = 60


@require_safe
@never_cache
def calendar_feed(request):
    return _page(request)


@require_POST
@never_cache
def calendar_feed_create(request):
    """Answers with the page itself, not a redirect: the secret exists in this answer only."""
    token = feeds.make_feed(user=request.user)
    path = reverse("engagement:calendar_ics", args=[token])
    return _page(request, address=f"{settings.BASE_URL}{path}")


@require_POST
def calendar_feed_end(request):
    feeds.end_feed(user=request.user)
    messages.success(request, _("The address no longer works."))
    return redirect("engagement:calendar_feed")


def _page(request, *, address=""):
    feed = CalendarFeed.objects.filter(user=request.user).first()
    return render(request, "engagement/calendar_feed.html", {"feed": feed, "address": address})


@login_not_required
@require_safe
@never_cache
def calendar_ics(request, token):
    """The calendar of whoever holds the secret: what that person may see today."""
    digest = feeds.digest_of(token)
    if _too_often(digest):
        return HttpResponse(status=429, headers={"Retry-After": str(MINUTE)})
    feed = CalendarFeed.objects.filter(digest=digest, user__is_active=True)
    feed = feed.select_related("user__post", "user__unit").first()
    if feed is None:
        raise Http404
    with translation.override(feed.user.language or settings.LANGUAGE_CODE):
        body = ics.calendar_of(feed.user)
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'inline; filename="visits.ics"'
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response


def _too_often(digest) -> bool:
    key = f"ics:{digest}"
    if cache.add(key, 1, MINUTE):
        return False
    try:
        return cache.incr(key) > ReminderSettings.current().feed_reads
    except ValueError:  # it ran out between the two
        return False
