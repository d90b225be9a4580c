"""Where a person begins."""

from django.shortcuts import redirect
from django.views.decorators.http import require_GET


@require_GET
def home(request):
    """Everybody's own day; from there a director goes on to the dashboard."""
    return redirect("kpi:my_day")
