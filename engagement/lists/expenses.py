"""The list of expense claims."""

from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy, pgettext_lazy

from accounts.columns import account_column
from accounts.models import Account
from core.lists import (
    Column,
    ListSpec,
    choice_filter,
    date_filter,
    number_filter,
    reference_filter,
    text_filter,
)
from core.lists.columns import (
    day_column,
    link_column,
    money_column,
    money_total,
    name_column,
    named,
    raw,
    state_column,
    text_column,
)
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


def _accounts(context):
    claims = ExpenseClaim.objects.visible_to(context.user)
    seen = Account.objects.visible_to(context.user)
    return seen.filter(pk__in=claims.values("account"))


def _claimants(context):
    claims = ExpenseClaim.objects.visible_to(context.user)
    return User.objects.filter(pk__in=claims.values("claimant"))


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
        (pgettext_lazy("claims", "Paid"), "status=paid"),
    ),
    empty_title=_("No expense claims yet"),
    empty_text=_("A claim is entered on the page of an account or of a visit."),
    columns=(
        link_column("number", _("Number"), "engagement:expense_detail"),
        account_column(),
        Column(
            code="purpose",
            label=_("Purpose"),
            cell=lambda row, context: format_html('<span class="k-one">{}</span>', row.purpose),
            export=raw("purpose"),
            soft=True,
            wide="2",
        ),
        name_column("claimant", _("Claimant"), wide="2"),
        state_column("status", _("Status"), claim_state, phone="d"),
        money_column("amount", _("Voucher"), "total", exact=True, wide="2"),
        text_column("currency", _("Currency"), "currency_id", wide="3", shown=False),
        money_column(
            "base",
            _("In the company's currency"),
            "total_base",
            currency="",
            sort=("total_base",),
            falling=True,
            total=lambda: total("total_base"),
            total_cell=money_total,
            phone="b",
        ),
        name_column("visit", _("Visit"), cell=named("visit.number"), wide="3"),
        day_column("dated", _("Date"), "dated_on", falling=True, wide="2"),
        day_column("entered", _("Entered"), "created_at", falling=True, wide="3"),
        day_column("paid", _("Paid"), "paid_at", nullable=True, wide="3"),
    ),
)
