"""The list of expense claims."""

from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts.links import link
from accounts.lists import date_cell
from accounts.models import Account
from core.formats import UNKNOWN, full_money, short_money
from core.lists import (
    Column,
    ListSpec,
    choice_filter,
    date_filter,
    number_filter,
    reference_filter,
    text_filter,
)
from core.models import company
from core.money import total
from core.templatetags.kam import status
from engagement.models import ExpenseClaim, ExpenseStatus
from teams.models import User

SHAPES = {
    ExpenseStatus.PAID: "good",
    ExpenseStatus.WAITING_REGISTRATION: "watch",
    ExpenseStatus.REFUSED: "bad",
    ExpenseStatus.CANCELLED: "quiet",
}
UNDER_WAY = "&".join(
    f"status={status}"
    for status in ExpenseStatus.values
    if status not in ("paid", "refused", "cancelled")
)


def claim_state(claim):
    return status(claim.get_status_display(), SHAPES.get(claim.status, ""), True)


def _number(row, context):
    return format_html(
        '<a class="k-who" href="{}" data-open><span class="k-one">{}</span></a>',
        link("engagement:expense_detail", row.pk),
        row.number,
    )


def _accounts(context):
    claims = ExpenseClaim.objects.visible_to(context.user)
    seen = Account.objects.visible_to(context.user)
    return seen.filter(pk__in=claims.values("account"))


def _claimants(context):
    claims = ExpenseClaim.objects.visible_to(context.user)
    return User.objects.filter(pk__in=claims.values("claimant"))


def _base(row, context):
    return short_money(row.total_base, company().currency_id, context.language)


def _total(value, context):
    return short_money(value, company().currency_id, context.language)


EXPENSES = ListSpec(
    code="expenses",
    title=_("Expense claims"),
    sentence=_("Show expense claims of {claimant}, {status}, ordered by {sort}"),
    counted=ngettext_lazy("%(n)s claim", "%(n)s claims", "count"),
    url="engagement:expense_list",
    export_url="engagement:expense_export",
    file_name=_("expense-claims"),
    default_sort="-entered",
    filters=(
        reference_filter(
            "claimant", _("claimant"), _claimants, place=True, otherwise=_("everybody")
        ),
        choice_filter(
            "status", _("status"), ExpenseStatus, place=True, otherwise=_("of any state")
        ),
        reference_filter("account", _("account"), _accounts),
        text_filter("q", _("number, purpose or payee"), ("number", "purpose", "payee")),
        date_filter("dated", _("date of the voucher"), field="dated_on"),
        date_filter("paid", _("paid on"), field="paid_at__date"),
        number_filter("total", _("total in the company's currency"), field="total_base"),
    ),
    built_in=(
        (_("All"), ""),
        (_("Under way"), UNDER_WAY),
        (_("Waiting for a registration"), "status=waiting_registration"),
        (_("Paid"), "status=paid"),
    ),
    empty_title=_("No expense claims yet"),
    empty_text=_("A claim is entered on the page of an account or of a visit."),
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
            code="purpose",
            label=_("Purpose"),
            cell=lambda row, context: format_html('<span class="k-one">{}</span>', row.purpose),
            export=lambda row, context: row.purpose,
            soft=True,
            wide="2",
        ),
        Column(
            code="claimant",
            label=_("Claimant"),
            cell=lambda row, context: row.claimant.name,
            related=("claimant",),
            soft=True,
            wide="2",
        ),
        Column(
            code="status",
            label=_("Status"),
            cell=lambda row, context: claim_state(row),
            export=lambda row, context: row.get_status_display(),
            sort=("status",),
            phone="d",
        ),
        Column(
            code="amount",
            label=_("Voucher"),
            cell=lambda row, context: full_money(row.total, row.currency_id, context.language),
            export=lambda row, context: row.total,
            numeric=True,
            wide="2",
        ),
        Column(
            code="currency",
            label=_("Currency"),
            cell=lambda row, context: row.currency_id,
            wide="3",
            shown=False,
        ),
        Column(
            code="base",
            label=_("In the company's currency"),
            cell=_base,
            export=lambda row, context: row.total_base,
            sort=("total_base",),
            numeric=True,
            falling=True,
            total=lambda: total("total_base"),
            total_cell=_total,
            phone="b",
        ),
        Column(
            code="visit",
            label=_("Visit"),
            cell=lambda row, context: row.visit.number if row.visit else UNKNOWN,
            related=("visit",),
            soft=True,
            wide="3",
        ),
        Column(
            code="dated",
            label=_("Date"),
            cell=lambda row, context: date_cell(row.dated_on, context),
            export=lambda row, context: row.dated_on,
            sort=("dated_on",),
            numeric=True,
            falling=True,
            wide="2",
        ),
        Column(
            code="entered",
            label=_("Entered"),
            cell=lambda row, context: date_cell(row.created_at, context),
            export=lambda row, context: row.created_at,
            sort=("created_at",),
            numeric=True,
            falling=True,
            wide="3",
        ),
        Column(
            code="paid",
            label=_("Paid"),
            cell=lambda row, context: date_cell(row.paid_at, context),
            export=lambda row, context: row.paid_at,
            sort=("paid_at",),
            nullable=True,
            numeric=True,
            wide="3",
        ),
    ),
)
