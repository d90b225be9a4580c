"""For whoever runs the installation: what waits, what went wrong, and the mail folder."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from notifications import mailbox, selectors, services
from notifications.models import Delivery
from teams.rights import Right

LISTED = 100


def _operator(request: HttpRequest) -> None:
    if not request.user.has_right(Right.MANAGE_SETTINGS):
        raise PermissionDenied


def _reader(request: HttpRequest) -> None:
    """Letters hold links that set passwords: they are for who may do everything anyway."""
    if not request.user.is_superuser:
        raise PermissionDenied


@never_cache
@require_safe
def operation(request: HttpRequest) -> HttpResponse:
    _operator(request)
    rows = list(selectors.troubled()[: LISTED + 1])
    context = {
        **selectors.outbox_state(),
        "rows": rows[:LISTED],
        "more": len(rows) > LISTED,
        "has_mailbox": mailbox.in_use() and request.user.is_superuser,
    }
    return render(request, "notifications/operation.html", context)


@require_POST
def delivery_resend(request: HttpRequest, pk: int) -> HttpResponse:
    _operator(request)
    delivery = get_object_or_404(Delivery, pk=pk)
    services.resend(delivery=delivery, actor=request.user)
    messages.success(request, _("The message is sent again."))
    return redirect("notifications:operation")


@require_POST
def delivery_close(request: HttpRequest, pk: int) -> HttpResponse:
    _operator(request)
    delivery = get_object_or_404(Delivery, pk=pk)
    services.close(delivery=delivery, actor=request.user)
    messages.success(request, _("The message is closed."))
    return redirect("notifications:operation")


@never_cache
@require_safe
def letter_list(request: HttpRequest) -> HttpResponse:
    _reader(request)
    return render(request, "notifications/letters.html", {"letters": mailbox.letters()})


@never_cache
@require_safe
def letter(request: HttpRequest, name: str) -> HttpResponse:
    _reader(request)
    found = mailbox.letter(name)
    if found is None:
        raise Http404
    return render(request, "notifications/letter.html", {"letter": found})
