"""The conditions of opportunity lists, of the board and of the dashboard.

One set for all of them, so that a figure and the list behind it cannot differ.
"""

from django.db.models import FilteredRelation, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, AssignmentRole, Industry, Tier
from core.lists import Filter, choice_filter, date_filter, number_filter, reference_filter
from core.periods import month_of
from opportunities import selectors
from opportunities.models import (
    BusinessKind,
    Milestone,
    Opportunity,
    OpportunityLine,
    OpportunityMember,
    OpportunityStatus,
    Product,
)
from teams.models import Unit, User

NONE = "none"


def with_open_manager(rows, prefix=""):
    """Joins the one open manager assignment, as `open_manager`; `prefix` leads to the account."""
    path = f"{prefix}assignments"
    return rows.annotate(
        open_manager=FilteredRelation(
            path,
            condition=Q(
                **{f"{path}__role": AssignmentRole.MANAGER, f"{path}__ends_on__isnull": True}
            ),
        )
    )


def plain_label(row) -> str:
    return getattr(row, "label", None) or str(row)


def accounts_with_deals(context):
    """The accounts of the deals the person sees, as far as the person sees those too."""
    deals = Opportunity.objects.visible_to(context.user).exclude(account=None)
    accounts = Account.objects.visible_to(context.user)
    return accounts.filter(pk__in=deals.order_by().values("account"))


def reference_or_none(code, label, rows, apply, *, without, right="", most=None) -> Filter:
    """Of stored records, with one more choice for those that have none; at most `most` offered."""
    plain = reference_filter(code, label, rows)

    def named(values, context):
        nothing = [(NONE, without)] if NONE in values else []
        return [*plain.named([v for v in values if v != NONE], context), *nothing]

    def choices(context):
        offered = rows(context)[:most]
        return [*((row.pk, plain_label(row)) for row in offered), (NONE, without)]

    return Filter(
        code=code,
        label=label,
        kind="many",
        choices=choices,
        named=named,
        apply=apply,
        lazy=True,
        right=right,
    )


def _among(path):
    """Deals whose `path` is one of the chosen records, or empty."""

    def narrow(deals, values, context):
        condition = Q(**{f"{path}__in": [v for v in values if v != NONE]})
        if NONE in values:
            condition |= Q(**{f"{path}__isnull": True})
        return deals.filter(condition)

    return narrow


def _of_account(path):
    """By a fact of the account. Only who sees the account may ask: to others a deal counts as
    one without (T12)."""

    def narrow(deals, values, context):
        seen = with_open_manager(Account.objects.visible_to(context.user))
        condition = Q(account__in=seen.filter(**{f"{path}__in": [v for v in values if v != NONE]}))
        if NONE in values:
            known = seen.filter(**{f"{path}__isnull": False})
            condition |= Q(account=None) | ~Q(account__in=known)
        return deals.filter(condition)

    return narrow


def _below(deals, values, context):
    paths = Unit.objects.filter(pk__in=values).values_list("path", flat=True)
    inside = Q(pk__in=())
    for path in paths:
        inside |= Q(path__startswith=path)
    return deals.filter(owner_unit__in=Unit.objects.filter(inside))


def _with_product(deals, values, context):
    return deals.filter(
        pk__in=OpportunityLine.objects.filter(product__in=values).values("opportunity")
    )


def _text(deals, value, context):
    return deals.filter(pk__in=selectors.deals_named(context.user, value))


def _closed(deals, value, context):
    """On the closing day; the month beside it lets the index help."""
    since, until = value
    if since is not None:
        deals = deals.filter(closed_on__gte=since, closed_month__gte=month_of(since))
    if until is not None:
        deals = deals.filter(closed_on__lte=until, closed_month__lte=month_of(until))
    return deals


def _whose(deals, value, context):
    if value == "mine":
        return deals.filter(owner=context.user)
    if value == "team":
        joined = OpportunityMember.objects.filter(user=context.user).values("opportunity")
        return deals.filter(Q(owner=context.user) | Q(pk__in=joined))
    return deals.filter(owner_unit=context.user.unit_id)


def _late(deals, value, context):
    return deals.open().filter(expected_close_on__lt=context.today)


def _no_step(deals, value, context):
    return deals.open().filter(next_step="")


STATUS = choice_filter(
    "status", _("status"), OpportunityStatus, place=True, otherwise=_("all")
)
WHOSE = Filter(
    code="whose",
    label=_("whose"),
    kind="one",
    choices=lambda context: (
        ("mine", _("my own")),
        ("team", _("my own and my deal teams")),
        ("unit", _("my department")),
    ),
    apply=_whose,
    place=True,
    otherwise=_("everybody's"),
)
UNIT = reference_filter(
    "unit",
    _("department and below"),
    lambda context: Unit.objects.visible_to(context.user),
    apply=_below,
)
TEAM = reference_or_none(
    "team",
    _("exact department"),
    lambda context: Unit.objects.visible_to(context.user),
    _among("owner_unit"),
    without=_("no department"),
)
OWNER = reference_filter(
    "owner", _("owner"), lambda context: User.objects.visible_to(context.user)
)
ACCOUNT = reference_or_none(
    "account",
    _("account"),
    accounts_with_deals,
    _among("account"),
    without=_("account unknown"),
    most=300,
)
INDUSTRY = reference_or_none(
    "industry",
    _("industry"),
    lambda context: Industry.objects.all(),
    _of_account("industry"),
    without=_("no industry"),
)
TIER = reference_or_none(
    "tier",
    _("tier"),
    lambda context: Tier.objects.order_by("scheme", "rank"),
    _of_account("tier"),
    without=_("no tier"),
)
MANAGER = reference_or_none(
    "manager",
    _("account manager"),
    lambda context: User.objects.visible_to(context.user),
    _of_account("open_manager__user"),
    without=_("no account manager"),
)
PRODUCT = reference_filter(
    "product",
    _("product"),
    lambda context: Product.objects.visible_to(context.user),
    apply=_with_product,
)
KIND = choice_filter("kind", _("kind of business"), BusinessKind)
MILESTONE = choice_filter("milestone", _("milestone"), Milestone)
TEXT = Filter(code="q", label=_("name or number"), kind="text", apply=_text)
CLOSED = Filter(code="closed", label=_("closed on"), kind="dates", apply=_closed)
EXPECTED = date_filter("expected", _("expected close"), field="expected_close_on")
OPENED = date_filter("opened", _("opened on"), field="opened_on")
AMOUNT = number_filter("amount", _("amount"), field="amount_base")
ATTENTION = Filter(
    code="attention",
    label=_("needs attention"),
    kind="one",
    choices=lambda context: (
        ("late", _("past the expected close")),
        ("no_step", _("without a next step")),
    ),
    apply=lambda deals, value, context: {"late": _late, "no_step": _no_step}[value](
        deals, value, context
    ),
)

# What the dashboard is narrowed by; the rest are conditions of lists only.
SHARED = (UNIT, TEAM, OWNER, MANAGER, TIER, INDUSTRY, KIND, PRODUCT, ACCOUNT)
ALL = (STATUS, WHOSE, TEXT, MILESTONE, *SHARED, EXPECTED, CLOSED, OPENED, AMOUNT, ATTENTION)


def narrow(deals, values, context, conditions=ALL):
    """The deals that meet every condition that has a value."""
    for condition in conditions:
        if condition.code in values:
            deals = condition.apply(deals, values[condition.code], context)
    return deals
