"""My day (工作台): where everybody begins."""

from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from kpi.day import day_of


@require_GET
def my_day(request):
    return render(request, "kpi/my_day.html", day_of(request.user, timezone.now()))
