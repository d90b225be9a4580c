"""Mailings, and the page to unsubscribe."""

from django.urls import path

from engagement.views import mailings, unsubscribe

urlpatterns = [
    path("u/<str:token>/", unsubscribe.unsubscribe, name="unsubscribe"),
    path("mailings/", mailings.mailing_list, name="mailing_list"),
    path("mailings/export/", mailings.mailing_export, name="mailing_export"),
    path("mailings/new/", mailings.mailing_create, name="mailing_create"),
    path("mailings/recipients/", mailings.mailed_list, name="mailed_list"),
    path("mailings/recipients/export/", mailings.mailed_export, name="mailed_export"),
    path(
        "mailings/recipients/<int:pk>/leave-out/",
        mailings.mailed_leave_out,
        name="mailed_leave_out",
    ),
    path("mailings/<int:pk>/", mailings.mailing_detail, name="mailing_detail"),
    path("mailings/<int:pk>/edit/", mailings.mailing_edit, name="mailing_edit"),
    path("mailings/<int:pk>/progress/", mailings.mailing_progress, name="mailing_progress"),
    path("mailings/<int:pk>/send/", mailings.mailing_send, name="mailing_send"),
    path("mailings/<int:pk>/move/", mailings.mailing_move, name="mailing_move"),
]
