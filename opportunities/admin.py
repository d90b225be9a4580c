"""Administration of products and opportunities; every change goes through their services."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    BooleanRadioFilter,
    ChoicesDropdownFilter,
    RangeDateFilter,
)
from unfold.decorators import display

from core.admin_base import AuditedModelAdmin, Kept, ReadOnlyInline, labels
from core.admin_records import (
    ArchivedFilter,
    BusinessAdmin,
    VisibleReferenceFilter,
    named_if_seen,
)
from core.models import in_language
from opportunities import permissions, services
from opportunities.models import (
    Opportunity,
    OpportunityLine,
    OpportunityMember,
    OpportunityStatus,
    Product,
)
from opportunities.services.opportunities import EDITABLE


@admin.register(Product)
class ProductAdmin(Kept, AuditedModelAdmin):
    """The catalogue; a product no longer sold is switched off."""

    served = True
    list_display = ["name", "code", "family", "list_price", "currency", "is_active"]
    list_filter = [("is_active", BooleanRadioFilter)]
    list_select_related = ["currency"]
    search_fields = ["code", "name_zh", "name_en", "family_zh", "family_en"]
    autocomplete_fields = ["currency"]
    ordering = ["code"]

    @display(description=_("name"), ordering="name_zh")
    def name(self, obj):
        return obj.name

    @display(description=_("series"), ordering="family_zh")
    def family(self, obj):
        return in_language(obj.family_zh, obj.family_en)

    def get_fieldsets(self, request, obj=None):
        prices = ["list_price", "currency"]
        floor = ["floor_price"] if permissions.can_see_floor_price(request.user) else []
        fields = [
            ("name_zh", "name_en"),
            ("family_zh", "family_en"),
            "code",
            tuple(prices),
            *floor,
            ("unit_zh", "unit_en"),
            "is_active",
        ]
        if obj is not None and self.has_change_permission(request, obj):
            fields.append("seen_version")
        return [(None, {"fields": fields})]

    def serve_create(self, *, actor, values, form):
        return services.create_product(actor=actor, **values)

    def serve_update(self, *, obj, actor, values, version, form):
        return services.update_product(product=obj, values=values, actor=actor, version=version)


class LineInline(ReadOnlyInline):
    model = OpportunityLine
    fields = ["product", "quantity", "unit_price"]
    readonly_fields = fields

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("product")


class MemberInline(ReadOnlyInline):
    model = OpportunityMember
    fields = ["user", "role"]
    readonly_fields = fields

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("user")


@admin.register(Opportunity)
class OpportunityAdmin(BusinessAdmin):
    # Account and owner move with their rules on the opportunity's own page.
    editable = EDITABLE - {"account", "owner"}
    guarded = ("account",)
    account_shown = named_if_seen("account", _("account"))
    list_display = [
        "name",
        "number",
        "account_shown",
        "owner",
        "milestone",
        "status_mark",
        "amount",
        "currency",
    ]
    list_filter = [
        ArchivedFilter,
        ("status", ChoicesDropdownFilter),
        ("milestone", ChoicesDropdownFilter),
        ("owner", AutocompleteSelectFilter),
        ("account", VisibleReferenceFilter),
        ("closed_on", RangeDateFilter),
    ]
    list_select_related = ["account", "owner", "currency"]
    search_fields = ["search_index"]
    ordering = ["-created_at", "-pk"]
    autocomplete_fields = ["currency"]
    inlines = [LineInline, MemberInline]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "name",
                    ("number", "kind"),
                    ("account_shown", "owner"),
                    ("status", "milestone"),
                    ("amount", "currency"),
                    ("opened_on", "expected_close_on"),
                    "closed_on",
                    ("next_step", "next_step_on"),
                    "lost_reason",
                    "notes",
                ]
            },
        ),
        (
            _("Record"),
            {"fields": [("created_by", "created_at"), "archived_at"], "classes": ["collapse"]},
        ),
    ]

    @display(
        description=_("status"),
        ordering="status",
        label=labels(OpportunityStatus, won="success", lost="danger"),
    )
    def status_mark(self, obj):
        return obj.status, obj.get_status_display()

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and (
            obj is None or permissions.can_edit_opportunity(request.user, obj)
        )

    def serve_update(self, *, obj, actor, values, version, form):
        return services.update_opportunity(
            opportunity=obj, values=values, actor=actor, version=version
        )
