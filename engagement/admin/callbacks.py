"""Administration of callbacks: themes and settings; callbacks and reports are looked at here."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from core.admin_base import AuditedModelAdmin, Kept, ReadOnly, ReadOnlyInline
from engagement.admin.cadence import SettingsAdmin
from engagement.models import (
    Callback,
    CallbackContact,
    CallbackFeedback,
    CallbackReport,
    CallbackSettings,
    CallbackStatus,
    CallbackTry,
    OpinionTheme,
)
from planning.admin import OfAccountAdmin


class ContactInline(ReadOnlyInline):
    model = CallbackContact
    ordering = ["pk"]
    fields = ["contact", "reached"]
    readonly_fields = fields
    show_change_link = False


class TryInline(ReadOnlyInline):
    model = CallbackTry
    ordering = ["at", "pk"]
    fields = ["at", "by", "reached", "note", "next_at"]
    readonly_fields = fields
    show_change_link = False


class FeedbackInline(ReadOnlyInline):
    model = CallbackFeedback
    ordering = ["line"]
    fields = ["line", "kind", "theme", "satisfaction", "text", "department"]
    readonly_fields = fields
    show_change_link = False


@admin.register(Callback)
class CallbackAdmin(OfAccountAdmin):
    """The status is the flow's; nothing here writes it."""

    list_display = ["number", "account", "kind", "caller", "planned_at", "due_on", "status_label"]
    list_filter = [("status", ChoicesDropdownFilter), ("kind", ChoicesDropdownFilter)]
    list_select_related = ["account", "caller"]
    search_fields = ["number", "topic", "account__search_index"]
    inlines = [ContactInline, TryInline, FeedbackInline]
    fields = [
        ("number", "status"),
        ("account", "kind"),
        "topic",
        ("caller", "channel"),
        ("due_on", "planned_at"),
        ("held_at", "ended_at"),
        ("satisfaction", "summary"),
        "reason",
        "created_by",
    ]

    @display(
        description=_("status"),
        ordering="status",
        label={
            CallbackStatus.ARCHIVED: "success",
            CallbackStatus.HANDLED: "success",
            CallbackStatus.NOT_REACHED: "danger",
        },
    )
    def status_label(self, obj):
        return obj.status, obj.get_status_display()


@admin.register(OpinionTheme)
class OpinionThemeAdmin(Kept, AuditedModelAdmin):
    list_display = ["name", "code", "position", "is_active"]
    list_filter = ["is_active"]
    search_fields = ["code", "name_zh", "name_en"]
    fields = [("name_zh", "name_en"), "code", ("is_active", "position")]

    @display(description=_("name"), ordering="name_zh")
    def name(self, obj):
        return obj.name


@admin.register(CallbackSettings)
class CallbackSettingsAdmin(SettingsAdmin):
    """One row; what is not set is as shipped. How often customers are called back is said by their
    tier."""

    list_display = ["__str__", "list_approval", "tries", "lead_days", "complete_days"]
    shown = [
        "list_approval",
        ("lead_days", "event_days"),
        ("tries", "retry_days"),
        "complete_days",
        ("calls_a_day", "first_at", "minutes"),
        "remind_at",
        ("complaint_flow", "complaint_end"),
        "signing_post",
    ]


@admin.register(CallbackReport)
class CallbackReportAdmin(ReadOnly, Kept, AuditedModelAdmin):
    """Written once: what was signed is never changed."""

    list_display = ["number", "begins", "ends", "edition", "signed_name", "signed_at"]
    search_fields = ["number", "signed_name"]
    fields = [
        "number",
        ("begins", "ends", "edition"),
        "conclusion",
        ("signed_name", "signed_post", "signed_at"),
    ]

    def get_queryset(self, request):
        return super().get_queryset(request).visible_to(request.user)
