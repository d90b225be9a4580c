"""Administration of the ground: company, money, cities, history, imports, jobs, tokens."""

from django.contrib import admin
from django.db.models import Q
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
    RangeDateFilter,
    RangeDateTimeFilter,
)
from unfold.decorators import display
from unfold.paginator import InfinitePaginator

from core import (
    admin_calendars,  # noqa: F401 - registers its pages
    audit,
    history,
    tokens,
)
from core.admin_base import AuditedForm, AuditedModelAdmin, Kept, ReadOnly, labels
from core.company import update_company
from core.importing.engine import importers
from core.models import (
    ApiToken,
    AuditEntry,
    City,
    CompanySettings,
    Currency,
    ExchangeRate,
    ImportBatch,
    ImportMapping,
    ImportState,
    JobRun,
    JobState,
    SavedView,
    TokenScope,
    in_language,
)
from core.zones import zone_field


class CompanyForm(AuditedForm):
    time_zone = zone_field()


@admin.register(CompanySettings)
class CompanySettingsAdmin(Kept, AuditedModelAdmin):
    """One row: the list leads straight to its form."""

    form = CompanyForm
    served = True
    fieldsets = [
        (_("Company"), {"fields": [("name_zh", "name_en"), ("currency", "time_zone")]}),
        (
            _("Customers and periods"),
            {
                "fields": [
                    "fiscal_year_start_month",
                    ("new_customer_months", "past_customer_months", "control_point_days"),
                ]
            },
        ),
        (_("Numbers"), {"fields": [("file_number_prefix", "opportunity_number_prefix")]}),
        (_("Lists"), {"fields": [("list_page_size", "dashboard_top_accounts")]}),
        (
            _("Limits"),
            {
                "fields": [
                    ("export_max_rows", "bulk_edit_max_rows"),
                    ("import_max_megabytes", "import_max_rows"),
                    "import_max_columns",
                ],
                "description": _("They protect the server from work that takes too long."),
            },
        ),
    ]

    def has_add_permission(self, request, obj=None):
        return False

    def changelist_view(self, request, extra_context=None):
        return HttpResponseRedirect(
            reverse("admin:core_companysettings_change", args=[CompanySettings.SINGLETON])
        )

    def serve_update(self, *, obj, actor, values, version, form):
        return update_company(company=obj, values=values, actor=actor, version=version)


@admin.register(Currency)
class CurrencyAdmin(AuditedModelAdmin):
    list_display = ["code", "name", "symbol", "decimals"]
    search_fields = ["code", "name_zh", "name_en"]
    fields = ["code", ("name_zh", "name_en"), ("symbol", "decimals")]

    @display(description=_("name"), ordering="name_zh")
    def name(self, obj):
        return obj.name

    def get_readonly_fields(self, request, obj=None):
        return ["code"] if obj else []


@admin.register(ExchangeRate)
class ExchangeRateAdmin(AuditedModelAdmin):
    list_display = ["currency", "valid_from", "rate"]
    list_filter = [("currency", AutocompleteSelectFilter), ("valid_from", RangeDateFilter)]
    list_select_related = ["currency"]
    autocomplete_fields = ["currency"]
    date_hierarchy = "valid_from"
    ordering = ["-valid_from", "currency"]
    fieldsets = [
        (
            None,
            {
                "fields": ["currency", ("valid_from", "rate")],
                "description": _(
                    "What one unit is worth in the company currency from this day on. "
                    "Amounts entered earlier keep the rate of their day."
                ),
            },
        )
    ]


class CityForm(AuditedForm):
    time_zone = zone_field()


@admin.register(City)
class CityAdmin(AuditedModelAdmin):
    form = CityForm
    list_display = ["name", "province", "country_code", "time_zone"]
    list_filter = ["country_code"]
    search_fields = ["name_zh", "name_en", "province_zh", "province_en"]
    fields = [
        ("name_zh", "name_en"),
        ("province_zh", "province_en"),
        ("country_code", "time_zone"),
        ("latitude", "longitude"),
    ]

    @display(description=_("name"), ordering="name_zh")
    def name(self, obj):
        return obj.name

    @display(description=_("province"), ordering="province_zh")
    def province(self, obj):
        return in_language(obj.province_zh, obj.province_en)


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnly, AuditedModelAdmin):
    """History: who did what, when, by which way."""

    readers = ("manage_settings",)
    list_display = ["happened_at", "who", "what", "record", "channel"]
    list_display_links = ["what"]
    list_select_related = ["actor", "target_type"]
    list_filter = [
        ("happened_at", RangeDateTimeFilter),
        ("channel", ChoicesDropdownFilter),
        ("actor", AutocompleteSelectFilter),
    ]
    search_fields = ["target_label"]
    search_help_text = _("Search by the name of the record")
    paginator = InfinitePaginator
    show_full_result_count = False

    def get_queryset(self, request):
        return audit.visible_to(request.user)

    def lookup_allowed(self, lookup, value, request=None):
        allowed = {"target_type__model", "target_id", "batch_id"}
        return lookup in allowed or super().lookup_allowed(lookup, value, request)

    @display(description=_("who"), ordering="actor")
    def who(self, obj):
        return obj.actor or _("The system")

    @display(description=_("action"))
    def what(self, obj):
        return history.action_text(obj)

    @display(description=_("record"))
    def record(self, obj):
        return obj.target_label

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """One line in full: who, when, what, and each field before and after."""
        entry = self.get_object(request, object_id)
        if entry is None or not self.has_view_permission(request, entry):
            raise Http404
        told = history.told([entry], request.user)
        context = {
            **self.admin_site.each_context(request),
            "title": history.action_text(entry),
            "opts": self.opts,
            "entry": entry,
            "told": told[0] if told else None,
        }
        return TemplateResponse(request, "admin/history_entry.html", context)


def kind_label(kind: str) -> str:
    """What an import brings, in words; the code of an importer that is gone."""
    importer = importers().get(kind)
    return str(importer.label) if importer else kind


class ImportKindFilter(admin.SimpleListFilter):
    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request, model_admin):
        return [(kind, importer.label) for kind, importer in importers().items()]

    def queryset(self, request, queryset):
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(ImportBatch)
class ImportBatchAdmin(ReadOnly, AuditedModelAdmin):
    list_display = ["file_name", "what", "state_mark", "row_count", "started_by", "created_at"]
    list_filter = [
        ImportKindFilter,
        ("state", ChoicesDropdownFilter),
        ("created_at", RangeDateTimeFilter),
    ]
    list_select_related = ["started_by"]
    search_fields = ["file_name"]
    fields = [
        "file_name",
        "what",
        ("state", "mode"),
        "started_by",
        ("created_at", "finished_at"),
        ("row_count", "resumed"),
        "outcome",
        "error",
    ]
    readonly_fields = ["what", "outcome"]

    @display(description=_("kind"), ordering="kind")
    def what(self, obj):
        return kind_label(obj.kind)

    @display(
        description=_("state"),
        ordering="state",
        label=labels(ImportState, done="success", failed="danger", running="info"),
    )
    def state_mark(self, obj):
        return obj.state, obj.get_state_display()

    @display(description=_("outcome"))
    def outcome(self, obj):
        return ", ".join(f"{name}: {number}" for name, number in obj.counts.items()) or "—"


@admin.register(ImportMapping)
class ImportMappingAdmin(AuditedModelAdmin):
    """Made in the import wizard; here they are shared, renamed and removed."""

    list_display = ["name", "what", "owner", "is_shared"]
    list_filter = ["is_shared", ImportKindFilter]
    list_select_related = ["owner"]
    search_fields = ["name"]
    fields = ["name", "what", "owner", "is_shared"]
    readonly_fields = ["what", "owner"]

    @display(description=_("kind"), ordering="kind")
    def what(self, obj):
        return kind_label(obj.kind)

    def has_add_permission(self, request, obj=None):
        return False


@admin.register(SavedView)
class SavedViewAdmin(AuditedModelAdmin):
    """Made on the lists; here shared ones are taken back and orphans removed."""

    list_display = ["name", "page", "owner", "is_shared", "updated_at"]
    list_filter = ["is_shared"]
    list_select_related = ["owner"]
    search_fields = ["name"]
    fields = ["name", "page", "owner", "is_shared"]
    readonly_fields = ["page", "owner"]

    def get_queryset(self, request):
        """What somebody keeps for themselves is not shown to those who only keep settings."""
        views = super().get_queryset(request)
        if request.user.sees_everything:
            return views
        return views.filter(Q(is_shared=True) | Q(owner=request.user))

    def has_add_permission(self, request, obj=None):
        return False


@admin.register(JobRun)
class JobRunAdmin(ReadOnly, AuditedModelAdmin):
    readers = ("manage_settings",)
    list_display = ["code", "state_mark", "progress", "created_at", "finished_at", "started_by"]
    list_filter = [("state", ChoicesDropdownFilter), ("created_at", RangeDateTimeFilter)]
    list_select_related = ["started_by"]
    search_fields = ["code"]
    fields = [
        "code",
        ("state", "progress"),
        ("started_at", "finished_at"),
        ("created_at", "started_by"),
        "outcome",
        "error",
    ]
    readonly_fields = ["progress", "outcome"]

    @display(
        description=_("state"),
        ordering="state",
        label=labels(JobState, done="success", failed="danger", running="info"),
    )
    def state_mark(self, obj):
        return obj.state, obj.get_state_display()

    @display(description=_("progress"))
    def progress(self, obj):
        return f"{obj.done} / {obj.total}" if obj.total else "—"

    @display(description=_("outcome"))
    def outcome(self, obj):
        return ", ".join(f"{name}: {value}" for name, value in obj.result.items()) or "—"


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnly, AuditedModelAdmin):
    """Tokens are made by their owners; here they are only ended."""

    right = "manage_people"
    readers = ("manage_people",)
    list_display = ["name", "user", "prefix", "scope_mark", "state", "last_used_at", "created_at"]
    list_filter = [("user", AutocompleteSelectFilter), ("scope", ChoicesDropdownFilter)]
    list_select_related = ["user"]
    search_fields = ["name", "prefix", "user__username", "user__name_index"]
    fields = ["name", "user", "prefix", "scope", "created_at", "expires_at", "last_used_at"]
    actions = ["revoke"]

    @display(description=_("scope"), label={TokenScope.READ: "info", TokenScope.WRITE: "warning"})
    def scope_mark(self, obj):
        return obj.scope, obj.get_scope_display()

    @display(description=_("state"), boolean=True)
    def state(self, obj):
        return obj.revoked_at is None

    def has_revoke_permission(self, request):
        return self.may_write(request)

    @admin.action(description=_("End the selected tokens at once"), permissions=["revoke"])
    def revoke(self, request, queryset):
        for token in queryset.select_related("user"):
            tokens.revoke_token(token=token, actor=request.user)
        self.message_user(request, _("The tokens were ended."))
