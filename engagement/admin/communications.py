"""Administration of communications: looked at here, written on the pages."""

from django.contrib import admin
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from core.admin_base import AuditedModelAdmin, OneRow
from engagement.models import Communication, CommunicationSettings
from planning.admin import OfAccountAdmin


@admin.register(Communication)
class CommunicationAdmin(OfAccountAdmin):
    list_display = ["subject", "account", "channel", "direction", "author", "at"]
    list_select_related = ["account", "author"]
    list_filter = [("channel", ChoicesDropdownFilter), ("direction", ChoicesDropdownFilter)]
    search_fields = ["subject", *OfAccountAdmin.search_fields]
    fields = [
        ("account", "contact"),
        ("channel", "direction"),
        "subject",
        "content",
        ("at", "author"),
        ("needs_answer", "answer_by"),
        ("answered_at", "answered_by"),
        "answer",
    ]


@admin.register(CommunicationSettings)
class CommunicationSettingsAdmin(OneRow, AuditedModelAdmin):
    """How soon a customer is answered."""

    list_display = ["answer_within", "warn_hours"]

    def get_fieldsets(self, request, obj=None):
        fields = [("answer_within", "warn_hours")]
        if obj is not None and self.has_change_permission(request, obj):
            fields.append("seen_version")
        return [(None, {"fields": fields})]
