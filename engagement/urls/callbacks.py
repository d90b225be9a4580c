from django.urls import path

from engagement.views import callback_calls as calls
from engagement.views import callback_reports as reports
from engagement.views import callbacks as views

urlpatterns = [
    path("callbacks/", views.callback_list, name="callback_list"),
    path("callbacks/export/", views.callback_export, name="callback_export"),
    path("callbacks/new/", views.callback_create, name="callback_create"),
    path("callbacks/lists/", views.callback_round, name="callback_round"),
    path("callbacks/report/", reports.callback_report, name="callback_report"),
    path(
        "callbacks/report/export/",
        reports.callback_report_export,
        name="callback_report_export",
    ),
    path(
        "callbacks/reports/<int:pk>/",
        reports.callback_report_detail,
        name="callback_report_detail",
    ),
    path(
        "callbacks/reports/<int:pk>/export/",
        reports.callback_report_file,
        name="callback_report_file",
    ),
    path("callbacks/<int:pk>/", views.callback_detail, name="callback_detail"),
    path("callbacks/<int:pk>/answer/", views.callback_answer, name="callback_answer"),
    path("callbacks/<int:pk>/edit/", views.callback_edit, name="callback_edit"),
    path("callbacks/<int:pk>/move/", views.callback_move, name="callback_move"),
    path("callbacks/<int:pk>/cancel/", views.callback_cancel, name="callback_cancel"),
    path("callbacks/<int:pk>/call/", calls.callback_call, name="callback_call"),
    path("callbacks/<int:pk>/action/", calls.callback_action, name="callback_action"),
    path(
        "callbacks/<int:pk>/pass-on/<int:line>/",
        calls.callback_pass_on,
        name="callback_pass_on",
    ),
    path("callbacks/<int:pk>/print/", calls.callback_print, name="callback_print"),
    path("calendar/callbacks/<int:pk>/move/", views.callback_shift, name="callback_shift"),
]
