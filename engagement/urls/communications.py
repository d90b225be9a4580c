from django.urls import path

from engagement.views import communications as views
from engagement.views import timeline

urlpatterns = [
    path("communications/", views.communication_list, name="communication_list"),
    path("communications/export/", views.communication_export, name="communication_export"),
    path("communications/new/", views.communication_create, name="communication_create"),
    path("communications/<int:pk>/", views.communication_detail, name="communication_detail"),
    path("communications/<int:pk>/edit/", views.communication_edit, name="communication_edit"),
    path(
        "communications/<int:pk>/answer/", views.communication_answer, name="communication_answer"
    ),
    path("accounts/<int:pk>/log/", views.account_log, name="account_log"),
    path("accounts/<int:pk>/timeline/", timeline.account_timeline, name="account_timeline"),
    path(
        "contacts/<int:pk>/communications/",
        timeline.contact_communications,
        name="contact_communications",
    ),
    path("contacts/due/", views.contact_due_list, name="contact_due_list"),
    path("contacts/due/export/", views.contact_due_export, name="contact_due_export"),
]
