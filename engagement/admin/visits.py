"""Administration of visits: looked at here, written on their pages."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from core.admin_base import ReadOnlyInline
from engagement.admin.cadence import SettingsAdmin
from engagement.models import (
    Visit,
    VisitCheckIn,
    VisitColleague,
    VisitContact,
    VisitRecord,
    VisitSettings,
    VisitStatus,
)
from planning.admin import OfAccountAdmin


class ContactInline(ReadOnlyInline):
    model = VisitContact
    ordering = ["pk"]
    fields = ["contact", "level", "attended"]
    readonly_fields = fields
    show_change_link = False


class ColleagueInline(ReadOnlyInline):
    model = VisitColleague
    ordering = ["pk"]
    fields = ["user", "attended"]
    readonly_fields = fields
    show_change_link = False


class CheckInInline(ReadOnlyInline):
    model = VisitCheckIn
    ordering = ["pk"]
    fields = ["user", "at", "source", "place", "latitude", "longitude", "accuracy"]
    readonly_fields = fields
    show_change_link = False


class RecordInline(ReadOnlyInline):
    model = VisitRecord
    ordering = ["pk"]
    fields = ["author", "result", "topics", "next_step", "file_check"]
    readonly_fields = fields
    show_change_link = False


@admin.register(Visit)
class VisitAdmin(OfAccountAdmin):
    """The status is the flow's; nothing here writes it."""

    list_display = ["number", "account", "purpose", "owner", "starts_at", "status_label"]
    list_select_related = ["account", "owner"]
    list_filter = [("kind", ChoicesDropdownFilter), ("status", ChoicesDropdownFilter)]
    search_fields = ["number", "purpose", *OfAccountAdmin.search_fields]
    inlines = [ContactInline, ColleagueInline, CheckInInline, RecordInline]
    fields = [
        ("number", "kind"),
        ("account", "owner"),
        "purpose",
        "agenda",
        ("site", "place"),
        ("starts_at", "ends_at"),
        ("status", "held_at", "recorded_at"),
        ("budget", "currency"),
        "reason",
        ("created_by", "created_at"),
    ]

    @display(
        description=_("status"),
        ordering="status",
        label={
            VisitStatus.ARCHIVED: "success",
            VisitStatus.VISITED: "warning",
            VisitStatus.REFUSED: "danger",
        },
    )
    def status_label(self, obj):
        return obj.status, obj.get_status_display()


@admin.register(VisitSettings)
class VisitSettingsAdmin(SettingsAdmin):
    """How long a record may take, how close two visits may lie, how early one may check in."""

    list_display = ["record_days", "usual_minutes", "gap_minutes", "check_in_hours"]
    shown = [
        ("plan_days", "record_days"),
        ("usual_minutes", "gap_minutes"),
        ("check_in_hours", "brief_visits"),
        "series_most",
    ]
