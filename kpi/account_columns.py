"""What the list of accounts shows of their opportunities; as far as the viewer may see them."""

from django.db.models import OuterRef, Q, Subquery, Sum
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _

from core.formats import UNKNOWN, money_in, money_unit
from core.lists import Column
from core.markup import escaped
from core.models import company
from core.money import known_total, quantise
from core.periods import fiscal_year, fiscal_year_of
from opportunities.models import Opportunity, OpportunityStatus


def year_of(context):
    """First and last day of the running fiscal year."""
    start = company().fiscal_year_start_month
    return fiscal_year(fiscal_year_of(context.today, start), start)


def won_in_year(context):
    return Q(status=OpportunityStatus.WON, closed_month__range=year_of(context))


OPEN = Q(status=OpportunityStatus.OPEN)


def seen_by(context):
    return Opportunity.objects.visible_to(context.user, today=context.today).current()


def bring_sums(rows, context):
    """Open and won sums of the rows' accounts in one query, a line for each account and status;
    a sum is None where no amount is known."""
    found = (
        seen_by(context)
        .filter(OPEN | won_in_year(context), account__among=[row.pk for row in rows])
        .order_by()
        .values_list("account", "status")
        .annotate(Sum("amount_base"))
    )
    sums: dict[int, dict] = {}
    for account, status, amount in found:
        key = "open_sum" if status == OpportunityStatus.OPEN else "won_sum"
        sums.setdefault(account, {})[key] = None if amount is None else quantise(amount)
    context.kept["sums"] = sums


def unit(context):
    return money_unit(context.currency, context.language)


def value_of(key):
    def value(account, context):
        return context.kept["sums"].get(account.pk, {}).get(key) or None

    return value


def cell_of(key):
    """The bare number, whose unit stands in the head; on a phone it stands beside."""
    value = value_of(key)

    def cell(account, context):
        amount = value(account, context)
        if not amount:
            return UNKNOWN
        scale = unit(context)
        return mark_safe(  # noqa: S308 - every part is escaped here
            f'{escaped(money_in(amount, scale))}<span class="k-unit k-phone">'
            f"{escaped(scale.label)}</span>"
        )

    return cell


def sort_of(condition):
    """Sorting by the sum of the deals the viewer sees."""

    def key(context):
        chosen = condition(context) if callable(condition) else condition
        deals = seen_by(context).filter(chosen, account=OuterRef("pk")).order_by().values("account")
        return (Subquery(deals.annotate(sum=known_total()).values("sum")[:1]), "name")

    return key


def worded(value, context):
    """A sum over a group."""
    return money_in(value or None, unit(context))


def late_total(condition):
    def value(accounts, context):
        chosen = condition(context) if callable(condition) else condition
        deals = seen_by(context).filter(chosen, account__in=accounts.order_by().values("pk"))
        return money_in(deals.aggregate(sum=known_total())["sum"], unit(context))

    return value


def headed(label):
    return lambda context: f"{label} {unit(context).label}"


OPEN_AMOUNT = Column(
    code="open",
    label=_("Open pipeline"),
    head=headed(_("Open pipeline")),
    cell=cell_of("open_sum"),
    export=value_of("open_sum"),
    attach=bring_sums,
    sort_by=sort_of(OPEN),
    nullable=True,
    numeric=True,
    falling=True,
    phone="d",
    labelled=True,
    lazy_total=late_total(OPEN),
    sum_cell=worded,
)
WON_THIS_YEAR = Column(
    code="won",
    label=_("Won this year"),
    head=headed(_("Won this year")),
    cell=cell_of("won_sum"),
    export=value_of("won_sum"),
    attach=bring_sums,
    sort_by=sort_of(won_in_year),
    nullable=True,
    numeric=True,
    falling=True,
    phone="b",
    lazy_total=late_total(won_in_year),
    sum_cell=worded,
)
