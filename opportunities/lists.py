"""The lists of opportunities and products: their columns and words."""

from django.db.models import Case, F, Q, When
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts.models import Account
from core.formats import UNKNOWN, date_short, full_money, short_money
from core.history import HIDDEN
from core.lists import Column, ListSpec, number_filter, text_filter, yes_no_filter
from core.money import known_total
from core.templatetags.kam import editable, status, tier
from opportunities import filters, permissions, selectors
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
    if deal.account_id is None:
        return format_html('<span class="k-3">{}</span>', _now("account unknown"))
    if deal.account_id not in seen:
        return format_html('<span class="k-3">{}</span>', HIDDEN)
    return format_html(
        '<a class="k-who" href="{}">{}<span class="k-one">{}</span></a>',
        reverse("accounts:account_detail", args=[deal.account_id]),
        tier(deal.account.tier) if deal.account.tier_id else "",
        deal.account.label,
    )


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


def _name(deal, context):
    return format_html(
        '<a class="k-who" href="{}" data-open><span class="k-one">{}</span></a>',
        reverse("opportunities:opportunity_detail", args=[deal.pk]),
        deal.name,
    )


def _account(deal, context):
    return account_of(deal, context.kept["seen"])


def _account_name(deal, context):
    if deal.account_id is None:
        return ""
    return deal.account.name if deal.account_id in context.kept["seen"] else str(HIDDEN)


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


def _day(field):
    def cell(deal, context):
        return date_short(getattr(deal, field), context.today, context.language)

    return cell


def _raw(field):
    return lambda deal, context: getattr(deal, field)


def _total_money(value, context):
    return full_money(value, context.currency, context.language)


def _attach(rows, context):
    context.kept["seen"] = selectors.seen_accounts(context.user, rows)


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
    attach=_attach,
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
        Column(
            code="name",
            label=_("Opportunity"),
            cell=_name,
            export=_raw("name"),
            sort=("name",),
            fixed=True,
            phone="a",
        ),
        Column(
            code="account",
            label=_("Account"),
            cell=_account,
            export=_account_name,
            sort_by=_by_account,
            nullable=True,
            related=("account__tier",),
            phone="c",
        ),
        Column(
            code="amount",
            label=_("Amount"),
            cell=_amount,
            export=_raw("amount"),
            sort=("amount_base",),
            nullable=True,
            numeric=True,
            falling=True,
            phone="b",
            total=known_total,
            total_cell=_total_money,
        ),
        Column(
            code="currency",
            label=_("Currency"),
            cell=lambda deal, context: deal.currency_id,
            shown=False,
            soft=True,
        ),
        Column(
            code="amount_base",
            label=_("Amount in company currency"),
            cell=lambda deal, context: money(deal.amount_base, context.currency, context),
            export=_raw("amount_base"),
            sort=("amount_base", "name"),
            nullable=True,
            numeric=True,
            falling=True,
            shown=False,
            total=known_total,
            total_cell=_total_money,
        ),
        Column(
            code="status",
            label=_("Status"),
            cell=lambda deal, context: state_of(deal),
            export=lambda deal, context: deal.get_status_display(),
            sort=("status",),
        ),
        Column(
            code="milestone",
            label=_("Milestone"),
            cell=lambda deal, context: deal.get_milestone_display(),
            phone="d",
        ),
        Column(
            code="since",
            label=_("Since"),
            cell=_day("milestone_since"),
            export=_raw("milestone_since"),
            sort=("milestone_since",),
            numeric=True,
            shown=False,
            wide="3",
        ),
        Column(
            code="expected",
            label=_("Expected close"),
            cell=_expected,
            export=_raw("expected_close_on"),
            sort=("expected_close_on",),
            nullable=True,
            numeric=True,
            wide="2",
        ),
        Column(
            code="next_step",
            label=_("Next step"),
            cell=_next_step,
            export=_raw("next_step"),
            wide="2",
        ),
        Column(
            code="next_step_on",
            label=_("Next step on"),
            cell=_day("next_step_on"),
            export=_raw("next_step_on"),
            sort=("next_step_on",),
            nullable=True,
            numeric=True,
            shown=False,
            wide="3",
        ),
        Column(
            code="owner",
            label=_("Owner"),
            cell=lambda deal, context: deal.owner.name,
            sort=("owner__username",),
            related=("owner",),
            soft=True,
            wide="2",
        ),
        Column(
            code="department",
            label=_("Department"),
            cell=lambda deal, context: deal.owner_unit.name if deal.owner_unit_id else UNKNOWN,
            related=("owner_unit",),
            soft=True,
            shown=False,
            wide="3",
        ),
        Column(
            code="kind",
            label=_("Kind of business"),
            cell=lambda deal, context: deal.get_kind_display(),
            sort=("kind",),
            soft=True,
            shown=False,
            wide="3",
        ),
        Column(
            code="closed",
            label=_("Closed on"),
            cell=_day("closed_on"),
            export=_raw("closed_on"),
            sort=("closed_on",),
            nullable=True,
            numeric=True,
            falling=True,
            wide="3",
        ),
        Column(
            code="opened",
            label=_("Opened on"),
            cell=_day("opened_on"),
            export=_raw("opened_on"),
            sort=("opened_on",),
            nullable=True,
            numeric=True,
            falling=True,
            shown=False,
            wide="3",
        ),
        Column(
            code="lost_reason",
            label=_("Why it was lost"),
            cell=lambda deal, context: deal.lost_reason or UNKNOWN,
            export=_raw("lost_reason"),
            shown=False,
            wide="3",
        ),
        Column(
            code="number",
            label=_("Number"),
            cell=lambda deal, context: deal.number,
            sort=("number",),
            soft=True,
            shown=False,
            wide="3",
        ),
        Column(
            code="created",
            label=_("Entered"),
            cell=_day("created_at"),
            export=_raw("created_at"),
            sort=("created_at",),
            numeric=True,
            falling=True,
            shown=False,
            wide="3",
        ),
    ),
)


def _product_name(product, context):
    return format_html(
        '<a class="k-who" href="{}" data-open><span class="k-one">{}</span></a>',
        reverse("opportunities:product_detail", args=[product.pk]),
        product.name,
    )


def _price(field):
    def cell(product, context):
        return money(getattr(product, field), product.currency_id, context)

    return cell


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
        Column(
            code="code",
            label=_("Code"),
            cell=lambda product, context: product.code,
            sort=("code",),
            phone="c",
        ),
        Column(
            code="name",
            label=_("Product"),
            cell=_product_name,
            export=lambda product, context: product.name,
            fixed=True,
            phone="a",
        ),
        Column(
            code="family",
            label=_("Series"),
            cell=lambda product, context: product.family or UNKNOWN,
            soft=True,
            wide="2",
        ),
        Column(
            code="unit",
            label=_("Unit"),
            cell=lambda product, context: product.unit or UNKNOWN,
            soft=True,
            wide="2",
        ),
        Column(
            code="currency",
            label=_("Currency"),
            cell=lambda product, context: product.currency_id,
            soft=True,
            wide="3",
        ),
        Column(
            code="list_price",
            label=_("List price"),
            cell=_price("list_price"),
            export=_raw("list_price"),
            sort=("list_price",),
            nullable=True,
            numeric=True,
            falling=True,
            phone="b",
        ),
        Column(
            code="floor_price",
            label=_("Floor price"),
            cell=_price("floor_price"),
            export=_raw("floor_price"),
            sort=("floor_price",),
            nullable=True,
            numeric=True,
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
