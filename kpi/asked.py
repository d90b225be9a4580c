"""What somebody asks of the dashboard: the conditions, the period, the deals and where they are."""

import datetime
from dataclasses import replace
from functools import cached_property
from urllib.parse import parse_qsl, urlencode

from django.urls import reverse
from django.utils.translation import gettext_lazy, ngettext_lazy

from core.kept import kept, stamp
from core.lists import Column, Filter, Listing, ListSpec
from core.models import company
from core.periods import fiscal_year_of, month_of
from kpi import sums
from kpi.spans import Span, read_span
from kpi.words import period_name
from opportunities import filters
from opportunities.selectors import deals_of

FREE = "closed"


def _period_label(code, context):
    span = read_span(code, company().fiscal_year_start_month)
    return period_name(span, context.language) if span else None


def _named_periods(codes, context):
    pairs = [(code, _period_label(code, context)) for code in codes]
    return [(code, label) for code, label in pairs if label]


def _offered_periods(context):
    """The fiscal years with anything decided and the running one, each with its quarters."""
    codes = []
    for year in context.kept["years"]():
        codes += [str(year), *(f"{year}q{n}" for n in range(4, 0, -1))]
    return _named_periods(codes, context)


def _placed(condition, otherwise):
    return replace(condition, place=True, otherwise=otherwise)


PERIOD = Filter(
    code="period",
    label=gettext_lazy("period"),
    kind="one",
    choices=_offered_periods,
    named=_named_periods,
    apply=lambda deals, value, context: deals,
    place=True,
    otherwise=gettext_lazy("the latest year"),
    lazy=True,
)
DASHBOARD = ListSpec(
    code="dashboard",
    title=gettext_lazy("Dashboard"),
    sentence=gettext_lazy("Show {period} of {unit}, {tier}, {industry}"),
    counted=ngettext_lazy("%(n)s opportunity", "%(n)s opportunities", "count"),
    url="kpi:dashboard",
    default_sort="amount",
    filters=(
        PERIOD,
        _placed(filters.UNIT, gettext_lazy("all departments")),
        _placed(filters.TIER, gettext_lazy("all tiers")),
        _placed(filters.INDUSTRY, gettext_lazy("all industries")),
        filters.OWNER,
        filters.TEAM,
        filters.MANAGER,
        filters.KIND,
        filters.PRODUCT,
        filters.ACCOUNT,
        filters.CLOSED,
    ),
    columns=(Column(code="amount", sort=("amount_base",), label=gettext_lazy("Amount")),),
)


class DashboardListing(Listing):
    """The conditions of the dashboard; its figures count for themselves."""

    counted = ""


class Asked:
    def __init__(self, request):
        self.request = request
        self.user = request.user
        self.settings = company()
        self.listing = DashboardListing(DASHBOARD, request, deals_of(request.user))
        self.context = self.listing.context_of_list
        self.context.kept["years"] = lambda: self.years

    # ---------- what is asked ----------

    @cached_property
    def stamp(self) -> str:
        """What the sums were made of; another one after every change."""
        return stamp()

    @cached_property
    def deals(self):
        """Visible deals under every condition but the period."""
        spec = [c for c in DASHBOARD.filters if c.code not in ("period", FREE)]
        return filters.narrow(self.listing.base, self.listing.values, self.context, spec)

    @cached_property
    def span(self) -> Span:
        """The free days asked for, else the period, else the latest year with anything decided."""
        start = self.settings.fiscal_year_start_month
        if FREE in self.listing.values:
            since, until = self.listing.values[FREE]
            since = since or datetime.date(1900, 1, 1)
            until = until or max(since, self.context.today)
            return Span(since, max(since, until), start_month=start)
        code = self.listing.values.get("period") or str(self.years[0])
        return read_span(code, start)

    @cached_property
    def history(self) -> sums.History:
        deals = self.deals
        if FREE in self.listing.values:
            deals = deals.open() | deals.filter(closed_on__range=(self.span.since, self.span.until))
        return kept(sums.history, self.stamp, deals)

    @cached_property
    def years(self) -> list[int]:
        """Fiscal years with anything decided, latest first; the running one where there is none."""
        start = self.settings.fiscal_year_start_month
        found = {fiscal_year_of(month, start) for month in self.history.months}
        return sorted(found, reverse=True) or [fiscal_year_of(self.context.today, start)]

    @cached_property
    def before(self) -> Span:
        return self.span.year_before(self.context.today)

    @cached_property
    def compares(self) -> bool:
        """Whether the data reach back to the first day of the year before; a part of a year is
        nothing to grow from."""
        first = min(self.history.months, default=None)
        return first is not None and first <= month_of(self.before.since)

    @property
    def period(self) -> str:
        return period_name(self.span, self.context.language)

    @cached_property
    def sentence(self):
        """The filter sentence; the period that came by default says itself too."""
        if "period" not in self.listing.values and FREE not in self.listing.values:
            self.listing.values["period"] = self.span.code
            sentence = self.listing.sentence
            del self.listing.values["period"]
            return sentence
        return self.listing.sentence

    # ---------- addresses of the deals behind ----------

    @cached_property
    def kept(self) -> list[tuple[str, str]]:
        pairs = parse_qsl(self.listing.query)
        return [p for p in pairs if p[0] not in ("period", "sort", "closed_from", "closed_to")]

    def rows_url(self, *own, span=None, **only) -> str:
        """The list of deals under the dashboard's conditions; `only` replaces one of them."""
        span = span or self.span
        pairs = [p for p in self.kept if p[0] not in only]
        pairs += [(name, str(value)) for name, value in only.items()]
        pairs += [("status", status) for status in own]
        if own != ("open",):
            pairs += [("closed_from", span.since), ("closed_to", span.until)]
        return f"{self.list_url}?{urlencode(pairs)}"

    @cached_property
    def list_url(self) -> str:
        return reverse("opportunities:opportunity_list")
