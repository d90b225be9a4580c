"""The list of registrations."""

from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts.links import link
from accounts.lists import date_cell
from accounts.models import Account
from core.formats import UNKNOWN, short_money
from core.lists import (
    Column,
    ListSpec,
    choice_filter,
    date_filter,
    reference_filter,
    text_filter,
)
from core.templatetags.kam import status
from planning.models import RegistrationKind, RegistrationStatus
from teams.models import User

SHAPES = {
    RegistrationStatus.REGISTERED: "good",
    RegistrationStatus.RETURNED: "watch",
    RegistrationStatus.REJECTED: "bad",
}


def registration_state(registration):
    return status(
        registration.get_status_display(), SHAPES.get(registration.status, ""), True
    )


def _number(row, context):
    return format_html(
        '<a class="k-who" href="{}" data-open><span class="k-one">{}</span></a>',
        link("planning:registration_detail", row.pk),
        row.number,
    )


def _accounts(context):
    seen = Account.objects.visible_to(context.user)
    return seen.filter(registrations__isnull=False).distinct()


def _originators(context):
    return User.objects.filter(is_active=True)


def _amount(row, context):
    if row.amount is None:
        return UNKNOWN
    return short_money(row.amount, row.currency_id, context.language)


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
        reference_filter("account", _("account"), _accounts),
        reference_filter("originator", _("started by"), _originators),
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
        Column(
            code="number",
            label=_("Number"),
            cell=_number,
            export=lambda row, context: row.number,
            sort=("number",),
            fixed=True,
            phone="a",
        ),
        Column(
            code="account",
            label=_("Account"),
            cell=lambda row, context: row.account.label,
            export=lambda row, context: row.account.name,
            sort=("account__name",),
            related=("account",),
            phone="c",
        ),
        Column(
            code="kind",
            label=_("Kind"),
            cell=lambda row, context: row.get_kind_display(),
            sort=("kind",),
            soft=True,
        ),
        Column(
            code="deal",
            label=_("Deal"),
            cell=lambda row, context: row.deal_name or UNKNOWN,
            sort=("deal_name",),
            wide="2",
        ),
        Column(
            code="status",
            label=_("Status"),
            cell=lambda row, context: registration_state(row),
            export=lambda row, context: row.get_status_display(),
            sort=("status",),
            phone="b",
        ),
        Column(
            code="originator",
            label=_("Started by"),
            cell=lambda row, context: row.originator.name if row.originator else UNKNOWN,
            related=("originator",),
            soft=True,
            wide="2",
        ),
        Column(
            code="started",
            label=_("Started"),
            cell=lambda row, context: date_cell(row.created_at, context),
            export=lambda row, context: row.created_at,
            sort=("created_at",),
            numeric=True,
            falling=True,
            phone="d",
        ),
        Column(
            code="decided",
            label=_("Decided"),
            cell=lambda row, context: date_cell(row.decided_at, context),
            export=lambda row, context: row.decided_at,
            sort=("decided_at",),
            nullable=True,
            numeric=True,
            wide="2",
        ),
        Column(
            code="amount",
            label=_("Amount"),
            cell=_amount,
            export=lambda row, context: row.amount,
            numeric=True,
            wide="3",
        ),
        Column(
            code="valid",
            label=_("Valid until"),
            cell=lambda row, context: date_cell(row.valid_until, context),
            export=lambda row, context: row.valid_until,
            sort=("valid_until",),
            nullable=True,
            numeric=True,
            wide="3",
        ),
    ),
)
