from django.urls import path

from kpi.views import dashboard, day

app_name = "kpi"
urlpatterns = [
    path("day/", day.my_day, name="my_day"),
    path("dashboard/", dashboard.dashboard, name="dashboard"),
    path("dashboard/export/", dashboard.dashboard_export, name="dashboard_export"),
]
