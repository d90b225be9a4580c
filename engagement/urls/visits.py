from django.urls import path

from engagement.views import visit_records, visits

urlpatterns = [
    path("visits/", visits.visit_list, name="visit_list"),
    path("visits/export/", visits.visit_export, name="visit_export"),
    path("visits/new/", visits.visit_create, name="visit_create"),
    path("visits/clash/", visits.visit_clash, name="visit_clash"),
    path("visits/<int:pk>/", visits.visit_detail, name="visit_detail"),
    path("visits/<int:pk>/answer/", visits.visit_answer, name="visit_answer"),
    path("visits/<int:pk>/edit/", visits.visit_edit, name="visit_edit"),
    path("visits/<int:pk>/move/", visits.visit_move, name="visit_move"),
    path("visits/<int:pk>/cancel/", visits.visit_cancel, name="visit_cancel"),
    path("visits/<int:pk>/brief/", visits.visit_brief, name="visit_brief"),
    path("visits/<int:pk>/check-in/", visit_records.visit_check_in, name="visit_check_in"),
    path("visits/<int:pk>/record/", visit_records.visit_record, name="visit_record"),
    path("visits/<int:pk>/commit/", visit_records.visit_commit, name="visit_commit"),
]
