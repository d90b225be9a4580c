"""The pages behind 400, 403, 404 and 500; htmx gets a note instead of a page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import requires_csrf_token

from core.htmx import is_partial, refused


@requires_csrf_token
def bad_request(request: HttpRequest, exception=None) -> HttpResponse:
    if is_partial(request):
        return refused(_("The request could not be understood."), 400)
    return render(request, "400.html", status=400)


@requires_csrf_token
def permission_denied(request: HttpRequest, exception=None) -> HttpResponse:
    """`PermissionDenied("why")` shows its words; without any, a general sentence."""
    why = str(exception or "") or _("You may see this, but not do it.")
    if is_partial(request):
        return refused(why, 403)
    return render(request, "403.html", {"why": why}, status=403)


@requires_csrf_token
def page_not_found(request: HttpRequest, exception=None) -> HttpResponse:
    """The same body for what is hidden and what is absent: the exception's text is never shown."""
    if is_partial(request):
        return refused(_("This is not here, or not yours to see."), 404)
    return render(request, "404.html", status=404)


@requires_csrf_token
def server_error(request: HttpRequest) -> HttpResponse:
    if is_partial(request):
        return refused(_("Something went wrong on our side. Nothing was saved."), 500)
    return render(request, "500.html", status=500)


@requires_csrf_token
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The page lay open too long, or cookies are off."""
    if is_partial(request):
        return refused(_("This page is out of date. Reload it and try again."), 403)
    return render(request, "403_csrf.html", status=403)
