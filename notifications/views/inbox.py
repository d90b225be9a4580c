"""One's own notifications: the bell, the list, reading (通知)."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from core.htmx import add_event, is_partial
from notifications import selectors, services
from notifications.kinds import kinds
from notifications.models import Notification

CHANGED = "kam:notices"


@login_not_required
@never_cache
@require_safe
def notification_count(request: HttpRequest) -> HttpResponse:
    """The figure beside the bell; every open page asks once a minute. Who is logged out gets
    nothing, so that a lapsed session does not throw anybody out of what they are typing."""
    if not request.user.is_authenticated:
        return HttpResponse(status=204)
    count = selectors.unread_count(request.user)
    said = "99+" if count >= selectors.COUNTED else str(count)
    return render(request, "notifications/count.html", {"count": count, "said": said})


@never_cache
@require_safe
def notification_list(request: HttpRequest) -> HttpResponse:
    unread = request.GET.get("show") != "all"
    kind = request.GET.get("kind", "")
    kind = kind if kind in kinds() else ""
    page = selectors.notice_page(
        request.user,
        unread=unread,
        kind=kind,
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
    )
    count = selectors.unread_count(request.user)
    context = {
        "page": page,
        "unread": unread,
        "kind": kind,
        "kinds": selectors.kinds_in_use(request.user),
        "count": count,
        "tabs": [
            {"label": _("Unread"), "url": "?show=unread", "current": unread, "count": count},
            {"label": _("All"), "url": "?show=all", "current": not unread},
        ],
        "drawn": timezone.now().isoformat(),
    }
    return render(request, "notifications/notification_list.html", context)


@require_POST
def notification_open(request: HttpRequest, pk: int) -> HttpResponse:
    """Read it and go where it leads."""
    notice = _own(request, pk)
    services.mark_read(notice=notice, actor=request.user)
    return redirect(notice.url)


@require_POST
def notification_read(request: HttpRequest, pk: int) -> HttpResponse:
    notice = _own(request, pk)
    services.mark_read(notice=notice, actor=request.user)
    if not is_partial(request):
        return redirect("notifications:notification_list")
    notice.refresh_from_db()
    selectors.readable(request.user, [notice])
    response = render(request, "notifications/notification_list.html#row", {"n": notice})
    return add_event(response, CHANGED, {})


@require_POST
def notification_read_all(request: HttpRequest) -> HttpResponse:
    until = request.POST.get("until", "")
    try:
        until = parse_datetime(until)
    except ValueError:
        until = None
    if until is not None and timezone.is_naive(until):
        until = None
    count = services.mark_all_read(user=request.user, until=until)
    text = ngettext(
        "%(count)d notification is marked as read.",
        "%(count)d notifications are marked as read.",
        count,
    ) % {"count": count}
    messages.success(request, text)
    return redirect("notifications:notification_list")


def _own(request: HttpRequest, pk: int) -> Notification:
    return get_object_or_404(Notification.objects.visible_to(request.user), pk=pk)
