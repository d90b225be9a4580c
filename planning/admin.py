"""Administration of customer files: looked at here, written on the account's page."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from core.admin_base import AuditedModelAdmin, Kept, ReadOnly
from planning.models import (
    ChangeState,
    ControlPointDone,
    CustomerFile,
    FileChange,
    Registration,
    RegistrationStatus,
)


class OfAccountAdmin(ReadOnly, Kept, AuditedModelAdmin):
    """Rows of accounts; only those of accounts the person sees."""

    list_select_related = ["account"]
    search_fields = ["account__search_index"]

    def get_queryset(self, request):
        return super().get_queryset(request).visible_to(request.user)


@admin.register(FileChange)
class FileChangeAdmin(OfAccountAdmin):
    list_display = ["account", "label", "state_label", "source", "created_at"]
    list_filter = [("state", ChoicesDropdownFilter)]
    fields = [
        "account",
        "field",
        ("old_value", "new_value"),
        "source",
        ("author", "created_at"),
        "state",
        ("decided_by", "decided_at"),
        "reason",
    ]

    @display(description=_("field"), ordering="field")
    def label(self, obj):
        return obj.field_label

    @display(
        description=_("state"),
        ordering="state",
        label={ChangeState.PROPOSED: "warning", ChangeState.ACCEPTED: "success"},
    )
    def state_label(self, obj):
        return obj.state, obj.get_state_display()


@admin.register(CustomerFile)
class CustomerFileAdmin(OfAccountAdmin):
    list_display = ["account", "confirmed_on", "confirmed_by", "flagged_on"]
    fields = ["account", ("confirmed_on", "confirmed_by"), "flagged_on"]


@admin.register(ControlPointDone)
class ControlPointDoneAdmin(OfAccountAdmin):
    list_display = ["account", "point", "done_on", "evidence"]
    list_filter = [("point", ChoicesDropdownFilter)]
    fields = ["account", ("point", "done_on"), "evidence", "recorded_by"]


@admin.register(Registration)
class RegistrationAdmin(OfAccountAdmin):
    """The status is the flow's; nothing here writes it."""

    list_display = ["number", "account", "kind", "status_label", "created_at"]
    list_filter = [("kind", ChoicesDropdownFilter), ("status", ChoicesDropdownFilter)]
    search_fields = ["number", "deal_name", *OfAccountAdmin.search_fields]
    fields = [
        ("number", "kind"),
        "account",
        "status",
        ("originator", "created_at"),
        ("decided_by", "decided_at"),
        "reason",
        "deal_name",
        ("amount", "currency"),
        "valid_until",
    ]

    @display(
        description=_("status"),
        ordering="status",
        label={
            RegistrationStatus.REGISTERED: "success",
            RegistrationStatus.RETURNED: "warning",
            RegistrationStatus.REJECTED: "danger",
        },
    )
    def status_label(self, obj):
        return obj.status, obj.get_status_display()
