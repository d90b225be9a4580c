"""Administration of accounts and of what they are sorted by.

Accounts and contacts are edited on their own pages; here they are found, corrected through the
same services, and never deleted.
"""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from unfold.admin import StackedInline
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    BooleanRadioFilter,
    ChoicesDropdownFilter,
)
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from accounts import permissions, services
from accounts.models import (
    Account,
    AccountAssignment,
    AccountStatus,
    Contact,
    ContactRole,
    DivisionTierScheme,
    Industry,
    QualificationTrait,
    Tier,
    TierMapping,
    TierScheme,
)
from accounts.services.accounts import EDITABLE as ACCOUNT_EDITABLE
from accounts.services.contacts import EDITABLE as CONTACT_EDITABLE
from core.admin_base import AuditedModelAdmin, ByRight, Kept, ReadOnlyInline, labels
from core.admin_records import ArchivedFilter, BusinessAdmin, named_if_seen
from teams.models import Unit


@admin.register(Industry)
class IndustryAdmin(AuditedModelAdmin):
    list_display = ["name", "code", "is_priority", "radiating_effect", "position", "is_active"]
    list_filter = [
        ("is_priority", BooleanRadioFilter),
        ("radiating_effect", BooleanRadioFilter),
        ("is_active", BooleanRadioFilter),
    ]
    search_fields = ["code", "name_zh", "name_en"]
    fields = [
        ("name_zh", "name_en"),
        ("code", "position"),
        "is_priority",
        "radiating_effect",
        "is_active",
    ]

    @display(description=_("name"), ordering="name_zh")
    def name(self, obj):
        return obj.name


@admin.register(QualificationTrait)
class QualificationTraitAdmin(AuditedModelAdmin):
    list_display = ["name", "code", "weight", "position", "is_active"]
    search_fields = ["code", "name_zh", "name_en"]
    fields = [("name_zh", "name_en"), ("code", "position"), "weight", "is_active"]

    @display(description=_("name"), ordering="name_zh")
    def name(self, obj):
        return obj.name


SHORT_TEXT = {models.TextField: {"widget": UnfoldAdminTextareaWidget(attrs={"rows": 3})}}


class TierInline(ByRight, StackedInline):
    model = Tier
    extra = 0
    ordering = ["rank"]
    formfield_overrides = SHORT_TEXT
    fields = [
        ("name_zh", "name_en"),
        ("code", "rank"),
        ("mark_zh", "mark_en"),
        "look",
        ("criteria_zh", "criteria_en"),
        ("is_key", "only_without_contract"),
        ("service_mode", "top_n"),
        ("visit_interval_days", "contact_interval_days"),
        ("survey_interval_days", "callback_interval_days"),
        "file_interval_days",
    ]


@admin.register(TierScheme)
class TierSchemeAdmin(AuditedModelAdmin):
    formfield_overrides = SHORT_TEXT
    list_display = ["name", "code", "tier_names", "is_default"]
    search_fields = ["code", "name_zh", "name_en"]
    inlines = [TierInline]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("name_zh", "name_en"),
                    ("description_zh", "description_en"),
                    ("code", "is_default"),
                ],
                "description": _(
                    "The default scheme holds for every division that chose no other. To put a "
                    "division on another scheme, use “Schemes of divisions”: its accounts then "
                    "move to the tiers of the new scheme."
                ),
            },
        )
    ]

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("tiers")

    @display(description=_("name"), ordering="name_zh")
    def name(self, obj):
        return obj.name

    @display(description=_("tiers"))
    def tier_names(self, obj):
        return " · ".join(tier.name for tier in obj.tiers.all())


@admin.register(Tier)
class TierAdmin(AuditedModelAdmin):
    """Tiers are edited within their scheme; this page serves searching."""

    formfield_overrides = SHORT_TEXT

    list_display = ["name", "scheme", "rank", "is_key"]
    list_filter = [("scheme", AutocompleteSelectFilter)]
    list_select_related = ["scheme"]
    search_fields = ["code", "name_zh", "name_en", "scheme__name_zh", "scheme__name_en"]
    autocomplete_fields = ["scheme"]
    fields = ["scheme", *TierInline.fields]

    @display(description=_("name"), ordering="name_zh")
    def name(self, obj):
        return obj.name


@admin.register(TierMapping)
class TierMappingAdmin(AuditedModelAdmin):
    list_display = ["told", "from_scheme", "to_scheme"]
    list_filter = [("to_scheme", AutocompleteSelectFilter)]
    list_select_related = ["from_tier__scheme", "to_tier", "to_scheme"]
    search_fields = ["from_tier__name_zh", "from_tier__name_en", "to_tier__name_zh"]
    autocomplete_fields = ["from_tier", "to_tier", "to_scheme"]
    fieldsets = [
        (
            None,
            {
                "fields": ["from_tier", ("to_scheme", "to_tier")],
                "description": _(
                    "What an account's tier becomes when its division changes to the scheme."
                ),
            },
        )
    ]
    ordering = ["from_tier__scheme__code", "to_scheme__code", "from_tier__rank"]

    @display(description=_("tier mapping"))
    def told(self, obj):
        return f"{obj.from_tier} → {obj.to_tier}"

    @display(description=_("from scheme"))
    def from_scheme(self, obj):
        return obj.from_tier.scheme


class SwitchForm(forms.Form):
    """Which division goes to which scheme."""

    division = forms.ModelChoiceField(
        label=_("division"), queryset=Unit.objects.none(), widget=UnfoldAdminSelectWidget
    )
    scheme = forms.ModelChoiceField(
        label=_("scheme"), queryset=TierScheme.objects.none(), widget=UnfoldAdminSelectWidget
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        divisions = Unit.objects.filter(kind__in=["company", "division"], is_active=True)
        self.fields["division"].queryset = divisions
        self.fields["scheme"].queryset = TierScheme.objects.all()


@admin.register(DivisionTierScheme)
class DivisionTierSchemeAdmin(Kept, AuditedModelAdmin):
    """Which scheme a division uses. Changing it moves accounts, so it is previewed first."""

    list_display = ["division", "scheme", "updated_at"]
    list_select_related = ["division", "scheme"]
    search_fields = ["division__name_zh", "division__name_en"]

    def add_view(self, request, form_url="", extra_context=None):
        return HttpResponseRedirect(reverse("admin:accounts_scheme_switch"))

    def change_view(self, request, object_id, form_url="", extra_context=None):
        choice = self.get_object(request, object_id)
        query = f"?division={choice.division_id}" if choice else ""
        return HttpResponseRedirect(reverse("admin:accounts_scheme_switch") + query)

    def get_urls(self):
        switch = path(
            "switch/", self.admin_site.admin_view(self.switch_view), name="accounts_scheme_switch"
        )
        return [switch, *super().get_urls()]

    def switch_view(self, request):
        """Choose, look at what would move, confirm."""
        if not self.may_write(request):
            raise PermissionDenied
        chosen = request.POST if request.method == "POST" else None
        form = SwitchForm(chosen, initial={"division": request.GET.get("division")})
        preview = None
        if form.is_valid():
            if "confirm" in request.POST:
                return self._switch(request, **form.cleaned_data)
            preview = services.preview_scheme_switch(**form.cleaned_data)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Put a division on another tier scheme"),
            "opts": self.opts,
            "form": form,
            "preview": preview,
            "back": reverse("admin:accounts_divisiontierscheme_changelist"),
        }
        return TemplateResponse(request, "admin/scheme_switch.html", context)

    def _switch(self, request, division, scheme):
        moved = services.switch_tier_scheme(division=division, scheme=scheme, actor=request.user)
        messages.success(
            request,
            _("%(division)s now uses %(scheme)s; %(count)d accounts changed their tier.")
            % {"division": division, "scheme": scheme, "count": moved},
        )
        return HttpResponseRedirect(reverse("admin:accounts_divisiontierscheme_changelist"))


class AssignmentInline(ReadOnlyInline):
    model = AccountAssignment
    fields = ["user", "role", "starts_on", "ends_on"]
    readonly_fields = fields

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("user")


@admin.register(Account)
class AccountAdmin(BusinessAdmin):
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}
    editable = ACCOUNT_EDITABLE
    guarded = ("parent",)
    parent_shown = named_if_seen("parent", _("belongs to group"))
    list_display = ["name", "file_number", "tier", "department", "status_mark", "updated_at"]
    list_filter = [
        ArchivedFilter,
        ("tier", AutocompleteSelectFilter),
        ("department", AutocompleteSelectFilter),
        ("industry", AutocompleteSelectFilter),
        ("status", ChoicesDropdownFilter),
    ]
    list_select_related = ["tier", "department"]
    search_fields = ["search_index"]
    ordering = ["name", "pk"]
    autocomplete_fields = ["industry", "city", "turnover_currency"]
    inlines = [AssignmentInline]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "name",
                    ("short_name", "name_en"),
                    ("file_number", "registration_no"),
                    ("tier", "status"),
                    ("department", "division"),
                ]
            },
        ),
        (
            _("Company"),
            {
                "fields": [
                    ("industry", "nature"),
                    ("city", "address"),
                    ("phone", "website"),
                    ("founded_year", "employees"),
                    ("turnover", "turnover_currency"),
                    "parent_shown",
                ]
            },
        ),
        (
            _("Classification"),
            {
                "fields": [
                    ("purchasing_power", "closeness"),
                    ("sales_channel", "geographic_scope"),
                    ("credit_grade", "credit_since"),
                ]
            },
        ),
        (_("Notes"), {"fields": ["notes"]}),
        (
            _("Record"),
            {
                "fields": [("created_by", "created_at"), ("archived_at", "merged_into")],
                "classes": ["collapse"],
            },
        ),
    ]

    @display(
        description=_("status"),
        ordering="status",
        label=labels(AccountStatus, registered="success", lapsed="warning"),
    )
    def status_mark(self, obj):
        return obj.status, obj.get_status_display()

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and (
            obj is None or permissions.can_edit_account(request.user, obj)
        )

    def serve_update(self, *, obj, actor, values, version, form):
        return services.update_account(account=obj, values=values, actor=actor, version=version)


class RoleInline(ReadOnlyInline):
    model = ContactRole
    fields = ["account", "title", "department_name", "level", "starts_on", "ends_on"]
    readonly_fields = fields

    def get_queryset(self, request):
        seen = Account.objects.visible_to(request.user).order_by().values("pk")
        roles = super().get_queryset(request).filter(account__in=seen)
        return roles.select_related("account")


@admin.register(Contact)
class ContactAdmin(BusinessAdmin):
    editable = CONTACT_EDITABLE
    list_display = ["name", "employers", "owner", "updated_at"]
    list_filter = [ArchivedFilter, ("owner", AutocompleteSelectFilter)]
    list_select_related = ["owner"]
    search_fields = ["search_index"]
    ordering = ["name", "pk"]
    autocomplete_fields = ["owner"]
    inlines = [RoleInline]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("name", "name_en"),
                    ("salutation", "owner"),
                    ("mobile", "phone"),
                    ("email", "wechat"),
                ]
            },
        ),
        (
            _("Relationship"),
            {
                "fields": [
                    ("closeness", "last_contact_on"),
                    ("birthday", "important_dates"),
                    "preferences",
                    "notes",
                ]
            },
        ),
        (_("Personal data"), {"fields": [("consent", "consent_on"), "anonymised_at"]}),
        (
            _("Record"),
            {
                "fields": [("created_by", "created_at"), ("archived_at", "merged_into")],
                "classes": ["collapse"],
            },
        ),
    ]

    def get_queryset(self, request):
        seen = Account.objects.visible_to(request.user).order_by().values("pk")
        roles = ContactRole.objects.filter(account__in=seen).select_related("account")
        return super().get_queryset(request).prefetch_related(models.Prefetch("roles", roles))

    @display(description=_("account"))
    def employers(self, obj):
        return ", ".join(str(role.account) for role in obj.roles.all() if not role.ends_on)

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and (
            obj is None or permissions.can_edit_contact(request.user, obj)
        )

    def serve_update(self, *, obj, actor, values, version, form):
        return services.update_contact(contact=obj, values=values, actor=actor, version=version)
