"""Administration of working hours and special days."""

from django.contrib import admin, messages
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
    RangeDateFilter,
)
from unfold.decorators import display

from core import calendars, worktime
from core.admin_base import AuditedModelAdmin, labels
from core.models import CalendarDay, WorkSchedule


class CalendarAdmin(AuditedModelAdmin):
    """Written by core.calendars, so that every process reads the calendar anew; says which years
    have no public holidays."""

    served = True
    list_select_related = ["city"]
    autocomplete_fields = ["city"]

    def serve_create(self, *, actor, values, form):
        return calendars.create(instance=self.model(**values), actor=actor)

    def serve_update(self, *, obj, actor, values, version, form):
        return calendars.edit(instance=obj, values=values, actor=actor, version=version)

    def delete_model(self, request, obj):
        calendars.delete(instance=obj, actor=request.user)

    def delete_queryset(self, request, queryset):
        for row in queryset:
            calendars.delete(instance=row, actor=request.user)

    def changelist_view(self, request, extra_context=None):
        if request.method == "GET" and self.may_read(request):
            for warning in calendars.warnings(timezone.localdate()):
                messages.warning(request, warning)
        return super().changelist_view(request, extra_context)


@admin.register(WorkSchedule)
class WorkScheduleAdmin(CalendarAdmin):
    list_display = ["where", "weekly_hours", "holidays_of"]
    fieldsets = [
        (None, {"fields": [("city", "holidays_of")]}),
        (
            _("Week"),
            {
                "fields": [
                    ("monday", "tuesday"),
                    ("wednesday", "thursday"),
                    "friday",
                    ("saturday", "sunday"),
                ],
                "description": _(
                    "Time limits run within these hours. Write spans such as 09:00-12:00, "
                    "13:30-18:00; a span may end after midnight."
                ),
            },
        ),
    ]

    def has_delete_permission(self, request, obj=None):
        """The company's own hours stay."""
        if obj is not None and obj.city_id is None:
            return False
        return super().has_delete_permission(request, obj)

    @display(description=_("city"), ordering="city")
    def where(self, obj):
        return str(obj)

    @display(description=_("hours a week"))
    def weekly_hours(self, obj):
        total = sum(map(worktime.length_of, obj.spans_by_weekday), worktime.NOTHING)
        return f"{total.total_seconds() / 3600:g}"


@admin.register(CalendarDay)
class CalendarDayAdmin(CalendarAdmin):
    list_display = ["day", "name", "kind_mark", "where"]
    list_filter = [
        ("kind", ChoicesDropdownFilter),
        ("day", RangeDateFilter),
        ("city", AutocompleteSelectFilter),
    ]
    search_fields = ["name_zh", "name_en"]
    date_hierarchy = "day"
    fieldsets = [
        (
            None,
            {
                "fields": [("day", "kind"), ("name_zh", "name_en"), "city"],
                "description": _(
                    "Public holidays and make-up workdays are known already; enter only what "
                    "differs from them."
                ),
            },
        )
    ]

    @display(description=_("name"), ordering="name_zh")
    def name(self, obj):
        return obj.name

    @display(
        description=_("kind"),
        ordering="kind",
        label=labels(CalendarDay.Kind, holiday="warning", workday="info"),
    )
    def kind_mark(self, obj):
        return obj.kind, obj.get_kind_display()

    @display(description=_("city"), ordering="city")
    def where(self, obj):
        return obj.city or _("All cities")
