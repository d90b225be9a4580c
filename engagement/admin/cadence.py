"""Administration of cadences and reminders."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from core.admin_base import AuditedModelAdmin, OneRow
from engagement.models import CadenceLapse, CadenceRule, CadenceSettings, ReminderSettings
from planning.admin import OfAccountAdmin


@admin.register(CadenceRule)
class CadenceRuleAdmin(AuditedModelAdmin):
    """How often people of a level are met; the account as a whole follows its tier."""

    list_display = ["name", "visit_days", "contact_days"]
    list_select_related = ["tier__scheme"]
    search_fields = ["tier__name_zh", "tier__name_en", "tier__code"]
    ordering = ["tier__scheme", "tier__rank", "level"]

    def get_fieldsets(self, request, obj=None):
        fields = [("tier", "level"), ("visit_days", "contact_days")]
        if obj is not None and self.has_change_permission(request, obj):
            fields.append("seen_version")
        return [(None, {"fields": fields})]

    @display(description=_("tier and level"), ordering="tier__rank")
    def name(self, obj):
        return f"{obj.tier.scheme} · {obj}"


@admin.register(CadenceLapse)
class CadenceLapseAdmin(OfAccountAdmin):
    list_display = ["account", "due_on", "found_at", "escalated_at", "ended_at"]
    fields = ["account", "due_on", ("found_at", "escalated_at"), "ended_at"]


class SettingsAdmin(OneRow, AuditedModelAdmin):
    shown: list = []

    def get_fieldsets(self, request, obj=None):
        fields = list(self.shown)
        if obj is not None and self.has_change_permission(request, obj):
            fields.append("seen_version")
        return [(None, {"fields": fields})]


@admin.register(CadenceSettings)
class CadenceSettingsAdmin(SettingsAdmin):
    list_display = ["escalate_after_days", "task_within", "visits_a_day", "months_ahead"]
    shown = [
        ("escalate_after_days", "task_within"),
        ("visits_a_day", "first_at"),
        ("visit_minutes", "travel_minutes"),
        ("months_ahead", "soon_days"),
    ]


@admin.register(ReminderSettings)
class ReminderSettingsAdmin(SettingsAdmin):
    list_display = ["evening_at", "minutes_before"]
    shown = [("evening_at", "minutes_before"), "feed_reads"]
