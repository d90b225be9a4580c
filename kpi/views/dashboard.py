"""The director dashboard. Everybody may open it: each figure is of what that person sees."""

from django.core.exceptions import PermissionDenied
from django.views.decorators.http import require_GET

from core.htmx import render_page
from kpi.dashboard import Dashboard
from kpi.export import dashboard_file
from opportunities import permissions


@require_GET
def dashboard(request):
    board = Dashboard(request)
    if request.GET.get("choices"):
        return board.listing.choices(request.GET["choices"])
    context = {"board": board, "may_export": permissions.can_export(request.user)}
    return render_page(request, "kpi/dashboard.html", "page", context)


@require_GET
def dashboard_export(request):
    """The figures as tables; the same right as for lists."""
    if not permissions.can_export(request.user):
        raise PermissionDenied
    board = Dashboard(request)
    return dashboard_file(board)
