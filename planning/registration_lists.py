"""The list of registrations."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts.columns import account_column
from accounts.filters import accounts_with, colleagues
from core.lists import ListSpec, choice_filter, date_filter, reference_filter, text_filter
from core.lists.columns import (
    choice_column,
    day_column,
    link_column,
    money_column,
    name_column,
    state_column,
    text_column,
)
from core.templatetags.kam import status
from planning.models import RegistrationKind, RegistrationStatus

SHAPES = {
    RegistrationStatus.REGISTERED: "good",
    RegistrationStatus.RETURNED: "watch",
    RegistrationStatus.REJECTED: "bad",
}


def registration_state(registration):
    return status(registration.get_status_display(), SHAPES.get(registration.status, ""), True)


REGISTRATIONS = ListSpec(
    code="registrations",
    title=_("Registrations"),
    sentence=_("Show registrations of {kind}, {status}, ordered by {sort}"),
    counted=ngettext_lazy("%(n)s registration", "%(n)s registrations", "count"),
    url="planning:registration_list",
    export_url="planning:registration_export",
    file_name=_("registrations"),
    default_sort="-started",
    filters=(
        choice_filter(
            "kind", _("kind"), RegistrationKind, place=True, otherwise=_("customers and deals")
        ),
        choice_filter(
            "status", _("status"), RegistrationStatus, place=True, otherwise=_("of any state")
        ),
        reference_filter("account", _("account"), accounts_with("registrations")),
        reference_filter("originator", _("started by"), colleagues),
        text_filter("q", _("number or deal"), ("number", "deal_name")),
        date_filter("started", _("started on"), field="created_at__date"),
        date_filter("valid", _("valid until"), field="valid_until"),
    ),
    built_in=(
        (_("All"), ""),
        (
            _("Under way"),
            "status=draft&status=submitted&status=under_review&status=returned",
        ),
        (_("Registered"), "status=registered"),
    ),
    empty_title=_("No registrations yet"),
    empty_text=_("A registration is started on the page of an account."),
    columns=(
        link_column("number", _("Number"), "planning:registration_detail"),
        account_column(),
        choice_column("kind", _("Kind"), sort=("kind",)),
        text_column("deal", _("Deal"), "deal_name", sort=("deal_name",), wide="2"),
        state_column("status", _("Status"), registration_state),
        name_column("originator", _("Started by"), wide="2"),
        day_column("started", _("Started"), "created_at", falling=True, phone="d"),
        day_column("decided", _("Decided"), "decided_at", nullable=True, wide="2"),
        money_column("amount", _("Amount"), wide="3"),
        day_column("valid", _("Valid until"), "valid_until", nullable=True, wide="3"),
    ),
)
