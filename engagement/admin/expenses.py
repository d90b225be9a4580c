"""Administration of expenses: categories, limits, settings; claims are looked at here."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from core.admin_base import AuditedInline, AuditedModelAdmin, Kept, OneRow, ReadOnly, ReadOnlyInline
from engagement.models import (
    ExpenseCap,
    ExpenseCategory,
    ExpenseClaim,
    ExpenseLine,
    ExpenseSettings,
    ExpenseStatus,
)


class CapInline(AuditedInline):
    model = ExpenseCap
    fields = ["kind", "tier", "per_line", "per_person"]
    extra = 0


@admin.register(ExpenseCategory)
class ExpenseCategoryAdmin(Kept, AuditedModelAdmin):
    list_display = ["name", "code", "counts_people", "needs_invoice", "is_active", "position"]
    list_filter = ["is_active"]
    search_fields = ["code", "name_zh", "name_en"]
    fields = [
        ("name_zh", "name_en"),
        "code",
        ("counts_people", "needs_invoice"),
        ("is_active", "position"),
    ]
    inlines = [CapInline]

    @display(description=_("name"), ordering="name_zh")
    def name(self, obj):
        return obj.name


@admin.register(ExpenseSettings)
class ExpenseSettingsAdmin(OneRow, AuditedModelAdmin):
    """One row; what is not set is as shipped."""

    list_display = ["__str__", "unregistered_action", "waiting_days", "claim_days"]
    fields = [
        "unregistered_action",
        "waiting_days",
        "exceptions_allowed",
        "duplicate_invoices",
        "claim_days",
        "needs_visit_record",
    ]


class LineInline(ReadOnlyInline):
    model = ExpenseLine
    fields = ["spent_on", "category", "amount", "people", "invoice_no", "note"]
    readonly_fields = fields
    show_change_link = False


@admin.register(ExpenseClaim)
class ExpenseClaimAdmin(ReadOnly, Kept, AuditedModelAdmin):
    """The status is the flow's; nothing here writes it."""

    list_display = ["number", "account", "claimant", "total", "currency", "status_label"]
    list_filter = [("status", ChoicesDropdownFilter)]
    list_select_related = ["account", "claimant", "currency"]
    search_fields = ["number", "purpose", "payee", "account__search_index"]
    inlines = [LineInline]
    fields = [
        ("number", "status"),
        ("account", "visit"),
        ("claimant", "payee"),
        "purpose",
        ("dated_on", "pay_by"),
        ("total", "currency"),
        ("total_base", "rate_date"),
        ("submitted_at", "received_at", "received_by"),
        "paid_at",
        "reason",
        ("exception_by", "exception_reason"),
    ]

    def get_queryset(self, request):
        return super().get_queryset(request).visible_to(request.user)

    @display(
        description=_("status"),
        ordering="status",
        label={
            ExpenseStatus.PAID: "success",
            ExpenseStatus.WAITING_REGISTRATION: "warning",
            ExpenseStatus.REFUSED: "danger",
        },
    )
    def status_label(self, obj):
        return obj.status, obj.get_status_display()
