"""Administration of the timetable; what packages register beside it is taken off the shelf."""

from importlib import import_module

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext_lazy as _
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    SolarSchedule,
)
from unfold.decorators import display

from core.admin_base import AuditedForm, AuditedModelAdmin, labels
from core.models import JobRun, JobState, in_language
from kam.run_now import run_now
from kam.timetable import TIMETABLE

# Rights come from posts, log-in methods are a person's own (second factors are removed in the
# list of people), and jobs run by intervals and clock times only.
HIDDEN = (
    Authenticator,
    ClockedSchedule,
    CrontabSchedule,
    EmailAddress,
    Group,
    IntervalSchedule,
    PeriodicTask,
    SocialAccount,
    SocialApp,
    SocialToken,
    SolarSchedule,
)
# Their own pages are registered first, so that they can be taken off.
for package in (
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "django.contrib.auth",
    "django_celery_beat",
):
    import_module(f"{package}.admin")
for model in HIDDEN:
    if admin.site.is_registered(model):
        admin.site.unregister(model)

NAMES = {job.code: (job.zh, job.en) for job in TIMETABLE}
RUN_COLUMNS = ("state", "result", "error")


class PeriodicTaskForm(AuditedForm):
    class Meta:
        model = PeriodicTask
        fields = ["enabled", "interval", "crontab"]


@admin.register(PeriodicTask)
class PeriodicTaskAdmin(AuditedModelAdmin):
    """When the shipped jobs run. They can be switched off or run at other times, not added."""

    form = PeriodicTaskForm
    list_display = ["title", "time", "enabled", "last_run_at", "last_state", "last_result"]
    actions = ["run_selected"]
    list_filter = ["enabled"]
    list_select_related = ["interval", "crontab"]
    search_fields = ["name", "description"]
    ordering = ["name"]
    readonly_fields = [
        "title",
        "name",
        "last_run_at",
        "total_run_count",
        "last_state",
        "last_result",
    ]
    autocomplete_fields = ["interval", "crontab"]
    fieldsets = [
        (None, {"fields": ["title", "name", "enabled"]}),
        (
            _("When it runs"),
            {
                "fields": [("interval", "crontab")],
                "description": _("Choose one of the two: every so often, or at clock times."),
            },
        ),
        (
            _("So far"),
            {"fields": [("last_run_at", "total_run_count"), ("last_state", "last_result")]},
        ),
    ]

    def get_queryset(self, request):
        last = JobRun.objects.filter(code=OuterRef("name")).order_by("-created_at")
        rows = super().get_queryset(request).exclude(name="celery.backend_cleanup")
        return rows.annotate(
            **{f"run_{name}": Subquery(last.values(name)[:1]) for name in RUN_COLUMNS}
        )

    @display(description=_("job"), ordering="name")
    def title(self, obj):
        zh, en = NAMES.get(obj.name, ("", ""))
        return in_language(zh, en) or obj.name

    @display(description=_("time"))
    def time(self, obj):
        return obj.interval or (obj.crontab.human_readable if obj.crontab else "—")

    @display(
        description=_("last result"),
        label=labels(JobState, done="success", failed="danger", running="info"),
    )
    def last_state(self, obj):
        return (obj.run_state, JobState(obj.run_state).label) if obj.run_state else None

    @display(description=_("outcome"))
    def last_result(self, obj):
        if obj.run_error:
            return obj.run_error[:200]
        told = obj.run_result or {}
        return ", ".join(f"{name}: {value}" for name, value in told.items()) or "—"

    def has_run_permission(self, request):
        return self.may_write(request)

    @admin.action(description=_("Run the selected jobs now"), permissions=["run"])
    def run_selected(self, request, queryset):
        for row in queryset:
            run_now(row=row, actor=request.user)
        self.message_user(request, _("The jobs run now; their result appears here shortly."))

    def has_add_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(IntervalSchedule)
class IntervalScheduleAdmin(AuditedModelAdmin):
    list_display = ["__str__"]
    search_fields = ["every", "period"]
    fields = [("every", "period")]


@admin.register(CrontabSchedule)
class CrontabScheduleAdmin(AuditedModelAdmin):
    list_display = ["__str__", "human_readable"]
    search_fields = ["hour", "minute"]
    fields = [
        ("minute", "hour"),
        ("day_of_week", "day_of_month"),
        ("month_of_year", "timezone"),
    ]
