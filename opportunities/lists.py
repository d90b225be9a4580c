"""The lists of opportunities and products: their columns and words."""

from django.db.models import Case, F, Q, When
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts.columns import account_column, account_link, bring_seen, seen_account, seen_name
from accounts.models import Account
from core.formats import UNKNOWN, date_short, full_money, short_money
from core.lists import Column, ListSpec, number_filter, text_filter, yes_no_filter
from core.lists.columns import (
    choice_column,
    day_column,
    link_column,
    money_column,
    name_column,
    raw,
    state_column,
    text_column,
)
from core.money import known_total
from core.templatetags.kam import editable, status
from opportunities import filters, permissions
from opportunities.models import OpportunityStatus
from teams.rights import Right

STATES = {
    OpportunityStatus.OPEN: "",
    OpportunityStatus.WON: "good",
    OpportunityStatus.LOST: "quiet",
}


def money(value, currency, context) -> str:
    return short_money(value, currency, context.language)


def state_of(deal):
    """The status of a deal as a shape with its word."""
    return status(deal.get_status_display(), STATES[deal.status])


def account_of(deal, seen) -> str:
    """The account with a link for who sees it; others learn only that there is one."""
    unknown = format_html('<span class="k-3">{}</span>', _now("account unknown"))
    return seen_account(deal, seen, account_link, unknown)


def may_edit(deal, user) -> bool:
    """Without a query: the deal team edits on the page of the deal."""
    return user.has_right(Right.EDIT_OPPORTUNITIES) and (
        deal.owner_id == user.pk or permissions.in_line(user, deal)
    )


def _open_cell(deal, context, field, value, label):
    """A value that opens in place, where the person may change it."""
    if not may_edit(deal, context.user):
        return value
    return editable(
        value,
        reverse("opportunities:opportunity_cell", args=[deal.pk, field]),
        reverse("opportunities:opportunity_edit", args=[deal.pk]),
        label,
    )


def _account(deal, context):
    return account_of(deal, context.kept["seen"])


def _by_account(context):
    """By the name of the account; an account the person does not see sorts like an unknown one,
    or its place would tell its name."""
    if context.user.sees_everything:
        return ("account__name",)
    seen = Q(account__in=Account.objects.visible_to(context.user))
    return (Case(When(seen, then=F("account__name")), default=None),)


def _amount(deal, context):
    value = money(deal.amount, deal.currency_id, context)
    return _open_cell(deal, context, "amount", value, _now("Edit the amount"))


def _expected(deal, context):
    value = date_short(deal.expected_close_on, context.today, context.language)
    late = (
        deal.status == OpportunityStatus.OPEN
        and deal.expected_close_on
        and deal.expected_close_on < context.today
    )
    if late:
        value = format_html('<span class="k-d" data-s="watch">{}</span>', value)
    if deal.status != OpportunityStatus.OPEN:
        return value
    return _open_cell(deal, context, "expected_close_on", value, _now("Edit the expected close"))


def _next_step(deal, context):
    if deal.status != OpportunityStatus.OPEN:
        return format_html('<span class="k-one">{}</span>', deal.next_step or UNKNOWN)
    when = ""
    if deal.next_step_on:
        when = format_html(
            ' <span class="{}"{}>{}</span>',
            "k-3" if deal.next_step_on >= context.today else "k-d",
            "" if deal.next_step_on >= context.today else format_html(' data-s="{}"', "watch"),
            date_short(deal.next_step_on, context.today, context.language),
        )
    said = deal.next_step or _now("none yet")
    value = format_html(
        '<span class="k-one{}">{}{}</span>', "" if deal.next_step else " k-3", said, when
    )
    return _open_cell(deal, context, "next_step", value, _now("Edit the next step"))


def _total_money(value, context):
    return full_money(value, context.currency, context.language)


OPPORTUNITIES = ListSpec(
    code="opportunities",
    title=_("Opportunities"),
    sentence=_("Show {whose} opportunities, {status}, ordered by {sort}"),
    counted=ngettext_lazy("%(n)s opportunity", "%(n)s opportunities", "count"),
    url="opportunities:opportunity_list",
    export_url="opportunities:opportunity_export",
    bulk_url="opportunities:opportunity_bulk",
    bulk_label=_("Change owner, date or kind"),
    file_name=_("opportunities"),
    default_sort="-created",
    attach=bring_seen,
    filters=filters.ALL,
    built_in=(
        (_("All"), ""),
        (_("My open ones"), "status=open&whose=mine"),
        (_("Past the expected close"), "attention=late"),
        (_("Without a next step"), "attention=no_step"),
        (_("Won"), "status=won&sort=-closed"),
    ),
    empty_title=_("No opportunities yet"),
    empty_text=_(
        "An opportunity is a chance to sell: what, to whom, for how much and what comes next."
    ),
    columns=(
        link_column("name", _("Opportunity"), "opportunities:opportunity_detail"),
        account_column(
            cell=_account,
            export=seen_name("name"),
            sort=(),
            sort_by=_by_account,
            nullable=True,
            related=("account__tier",),
        ),
        money_column(
            "amount",
            _("Amount"),
            cell=_amount,
            sort=("amount_base",),
            nullable=True,
            falling=True,
            phone="b",
            total=known_total,
            total_cell=_total_money,
        ),
        text_column("currency", _("Currency"), "currency_id", shown=False, soft=True),
        money_column(
            "amount_base",
            _("Amount in company currency"),
            currency="",
            sort=("amount_base", "name"),
            nullable=True,
            falling=True,
            shown=False,
            total=known_total,
            total_cell=_total_money,
        ),
        state_column("status", _("Status"), state_of, phone=""),
        choice_column("milestone", _("Milestone"), soft=False, phone="d"),
        day_column("since", _("Since"), "milestone_since", shown=False, wide="3"),
        day_column(
            "expected",
            _("Expected close"),
            "expected_close_on",
            cell=_expected,
            nullable=True,
            wide="2",
        ),
        text_column(
            "next_step", _("Next step"), cell=_next_step, export=raw("next_step"), wide="2"
        ),
        day_column("next_step_on", _("Next step on"), nullable=True, shown=False, wide="3"),
        name_column("owner", _("Owner"), sort=("owner__username",), wide="2"),
        name_column("department", _("Department"), "owner_unit", shown=False, wide="3"),
        choice_column("kind", _("Kind of business"), sort=("kind",), shown=False, wide="3"),
        day_column("closed", _("Closed on"), "closed_on", nullable=True, falling=True, wide="3"),
        day_column(
            "opened",
            _("Opened on"),
            "opened_on",
            nullable=True,
            falling=True,
            shown=False,
            wide="3",
        ),
        text_column(
            "lost_reason",
            _("Why it was lost"),
            export=raw("lost_reason"),
            shown=False,
            wide="3",
        ),
        text_column("number", _("Number"), sort=("number",), soft=True, shown=False, wide="3"),
        day_column("created", _("Entered"), "created_at", falling=True, shown=False, wide="3"),
    ),
)


def _active(product, context):
    if product.is_active:
        return status(_now("on sale"), "good")
    return status(_now("no longer sold"), "quiet")


PRODUCTS = ListSpec(
    code="products",
    title=_("Products"),
    sentence=_("Show products, {active}, ordered by {sort}"),
    counted=ngettext_lazy("%(n)s product", "%(n)s products", "count"),
    url="opportunities:product_list",
    export_url="opportunities:product_export",
    file_name=_("products"),
    default_sort="code",
    empty_title=_("No products yet"),
    empty_text=_("The catalogue holds what we sell; the lines of an opportunity choose from it."),
    filters=(
        yes_no_filter(
            "active",
            _("on sale"),
            lambda rows, wanted, context: rows.filter(is_active=wanted),
            yes=_("on sale"),
            no=_("no longer sold"),
            place=True,
            otherwise=_("all of them"),
        ),
        text_filter(
            "q",
            _("name, code or series"),
            ("code", "name_zh", "name_en", "family_zh", "family_en"),
        ),
        number_filter("list_price", _("list price")),
        number_filter("floor_price", _("floor price"), right=Right.SEE_COST),
    ),
    columns=(
        text_column("code", _("Code"), sort=("code",), phone="c"),
        link_column("name", _("Product"), "opportunities:product_detail", sort=()),
        text_column("family", _("Series"), soft=True, wide="2"),
        text_column("unit", _("Unit"), soft=True, wide="2"),
        text_column("currency", _("Currency"), "currency_id", soft=True, wide="3"),
        money_column(
            "list_price",
            _("List price"),
            sort=("list_price",),
            nullable=True,
            falling=True,
            phone="b",
        ),
        money_column(
            "floor_price",
            _("Floor price"),
            sort=("floor_price",),
            nullable=True,
            falling=True,
            right=Right.SEE_COST,
            wide="2",
        ),
        Column(
            code="active",
            label=_("Catalogue"),
            cell=_active,
            export=lambda product, context: _now("yes") if product.is_active else _now("no"),
            phone="d",
        ),
    ),
)
