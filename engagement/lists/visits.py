"""The list of visits."""

from django.db.models import Count, Q
from django.utils.html import format_html
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts.columns import account_column, account_mark
from accounts.filters import accounts_with, whose_filter
from core.formats import number
from core.lists import ListSpec, choice_filter, date_filter, reference_filter, text_filter
from core.lists.columns import (
    choice_column,
    link_column,
    money_column,
    name_column,
    state_column,
    text_column,
    time_column,
)
from engagement.models import HELD_STATUSES, VisitKind, VisitStatus
from engagement.visit_pages import visit_state
from teams.models import User


def _account(account):
    """The link is made on the visit's page, where it is known whether it leads anywhere."""
    return format_html('<span class="k-who">{}</span>', account_mark(account))


def _owners(context):
    return User.objects.filter(visits__isnull=False).distinct()


def _mine(rows, user):
    return rows.filter(Q(owner=user) | Q(colleagues__user=user)).distinct()


def _held():
    return Count("pk", filter=Q(status__in=HELD_STATUSES))


def _held_cell(value, context):
    return _now("%(n)s held") % {"n": number(value or 0)}


AHEAD = "&".join(
    f"status={one}" for one in ("draft", "plan_submitted", "plan_confirmed", "applied", "funded")
)

VISITS = ListSpec(
    code="visits",
    title=_("Visits"),
    sentence=_("Show {whose} visits, {status}, of {kind}, ordered by {sort}"),
    counted=ngettext_lazy("%(n)s visit", "%(n)s visits", "count"),
    url="engagement:visit_list",
    export_url="engagement:visit_export",
    file_name=_("visits"),
    default_sort="-starts",
    filters=(
        whose_filter(_mine),
        choice_filter("status", _("status"), VisitStatus, place=True, otherwise=_("of any state")),
        choice_filter("kind", _("kind"), VisitKind, place=True, otherwise=_("any kind")),
        reference_filter("account", _("account"), accounts_with("visits")),
        reference_filter("owner", _("who visits"), _owners),
        text_filter("q", _("number or words"), ("number", "purpose", "account__search_index")),
        date_filter("starts", _("planned for"), field="starts_at__date"),
        date_filter("held", _("held on"), field="held_at__date"),
    ),
    built_in=(
        (_("All"), ""),
        (_("Still to come"), f"{AHEAD}&sort=starts"),
        (_("To be recorded"), "status=visited"),
        (_("Mine"), "whose=mine"),
    ),
    empty_title=_("No visits yet"),
    empty_text=_("Plan the first one: whom, when, what for."),
    columns=(
        link_column("purpose", _("Purpose"), "engagement:visit_detail", css="k-ink"),
        account_column(sealed=_account),
        time_column("starts", _("Begins"), "starts_at", falling=True, phone="d"),
        state_column("status", _("Status"), visit_state, total=_held, total_cell=_held_cell),
        name_column("owner", _("Who visits"), wide="2"),
        text_column("where", _("Where"), related=("site",), soft=True, wide="3"),
        choice_column("kind", _("Kind"), sort=("kind",), wide="2"),
        text_column("number", _("Number"), sort=("number",), soft=True, wide="3"),
        time_column("held", _("Held"), "held_at", nullable=True, shown=False, wide="3"),
        time_column("recorded", _("Recorded"), "recorded_at", nullable=True, shown=False, wide="3"),
        money_column("funds", _("Funds asked for"), "budget", shown=False, wide="3"),
    ),
)
