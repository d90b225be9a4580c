from django.urls import path

from planning.views import changes, files, registrations, retention

app_name = "planning"
urlpatterns = [
    path("files/", files.file_list, name="file_list"),
    path("files/export/", files.file_export, name="file_export"),
    path("file-changes/", changes.change_list, name="change_list"),
    path("file-changes/export/", changes.change_export, name="change_export"),
    path("file-changes/<int:pk>/accept/", changes.change_accept, name="change_accept"),
    path("file-changes/<int:pk>/refuse/", changes.change_refuse, name="change_refuse"),
    path("accounts/<int:pk>/file/", files.account_file, name="account_file"),
    path("accounts/<int:pk>/file/card/", files.account_card, name="account_card"),
    path("accounts/<int:pk>/file/collect/", files.account_collect, name="account_collect"),
    path("accounts/<int:pk>/file/confirm/", files.account_confirm, name="account_confirm"),
    path("accounts/<int:pk>/file/propose/", changes.account_propose, name="account_propose"),
    path("accounts/<int:pk>/file/points/<slug:point>/", files.account_point, name="account_point"),
    path("filed/<slug:kind>/<int:pk>/prolong/", retention.filed_prolong, name="filed_prolong"),
    path("filed/<slug:kind>/<int:pk>/put-away/", retention.filed_put_away, name="filed_put_away"),
    path(
        "accounts/<int:pk>/register/",
        registrations.registration_start,
        name="registration_start",
    ),
    path("registrations/", registrations.registration_list, name="registration_list"),
    path("registrations/export/", registrations.registration_export, name="registration_export"),
    path("registrations/<int:pk>/", registrations.registration_detail, name="registration_detail"),
    path(
        "registrations/<int:pk>/answer/",
        registrations.registration_answer,
        name="registration_answer",
    ),
    path("registrations/<int:pk>/edit/", registrations.registration_edit, name="registration_edit"),
]
