"""Accounts in the order in which they should be visited."""

from django.db.models import F
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts import filters as account_filters
from accounts.cells import name_cell
from accounts.columns import manager_column
from core.formats import UNKNOWN
from core.formats import days as days_text
from core.lists import Column, ListSpec, choice_filter, yes_no_filter
from core.lists.columns import day_column, raw
from core.templatetags.kam import status
from engagement.cadence import days_overdue
from engagement.models import LEVELS, CadenceSettings
from engagement.selectors.cadence import levels_behind


def overdue_cell(account, context):
    """Days past the day, days left, or nothing to say."""
    late = days_overdue(account.due, context.today)
    if late:
        state = "watch" if account.next_visit else "bad"
        text = _now("%(days)s overdue") % {"days": days_text(late, context.language)}
        return status(text, state, True)
    left = (account.due - context.today).days
    if left <= context.kept["soon_days"]:
        return (
            _now("due today")
            if not left
            else _now("due in %(days)s") % {"days": days_text(left, context.language)}
        )
    return UNKNOWN


def _levels(account, context):
    codes = context.kept["levels"].get(account.pk, ())
    names = dict(LEVELS)
    return "、".join(str(names[code]) for code in codes) or UNKNOWN


def bring_levels(rows, context):
    context.kept["levels"] = levels_behind(rows, context.today)
    context.kept["soon_days"] = CadenceSettings.current().soon_days


def plan_url(account) -> str:
    """The form of a visit, with what a programme knows filled in."""
    try:
        return f"{reverse('engagement:visit_create')}?account={account.pk}&kind=programme"
    except NoReverseMatch:
        return ""


def _plan(account, context):
    url = plan_url(account)
    if not url:
        return UNKNOWN
    return format_html(
        '<a class="k-btn" data-k="small" href="{}">{}</a>', url, _now("Plan a visit")
    )


def _narrow_state(rows, value, context):
    if value == "overdue":
        return rows.filter(due__lt=context.today)
    return rows.filter(due__gte=context.today)


def _narrow_planned(rows, wanted, context):
    return rows.exclude(next_visit=None) if wanted else rows.filter(next_visit=None)


CADENCE = ListSpec(
    code="cadence",
    title=_("Who is due for a visit"),
    sentence=_("Show {whose} accounts that are {state}, {planned}, ordered by {sort}"),
    counted=ngettext_lazy("%(n)s account", "%(n)s accounts", "count"),
    url="engagement:cadence_list",
    export_url="engagement:cadence_export",
    file_name=_("who is due for a visit"),
    default_sort="due",
    attach=bring_levels,
    filters=(
        *account_filters.chosen("whose", "tier", "manager", "unit", "city", "industry", "q"),
        choice_filter(
            "state",
            _("state"),
            [("overdue", _("overdue")), ("in_time", _("visited in time"))],
            many=False,
            apply=_narrow_state,
            place=True,
            otherwise=_("overdue or not"),
        ),
        yes_no_filter(
            "planned",
            _("next visit"),
            _narrow_planned,
            yes=_("with a visit planned"),
            no=_("without one planned"),
            place=True,
            otherwise=_("planned or not"),
        ),
    ),
    built_in=(
        (_("All"), ""),
        (_("Overdue"), "state=overdue"),
        (_("Mine"), "whose=mine"),
        (_("Overdue and nothing planned"), "planned=no&state=overdue"),
    ),
    empty_title=_("Nobody is due"),
    empty_text=_("Accounts of tiers with days between visits stand here, the most overdue first."),
    columns=(
        Column(
            code="name",
            label=_("Account"),
            cell=name_cell,
            export=raw("name"),
            sort=("name",),
            related=("tier", "city", "industry"),
            fixed=True,
            phone="a",
        ),
        manager_column(_("Account manager"), soft=True, wide="2"),
        Column(
            code="interval",
            label=_("Every"),
            cell=lambda account, context: days_text(
                account.tier.visit_interval_days, context.language
            ),
            export=raw("tier.visit_interval_days"),
            related=("tier",),
            sort=("tier__visit_interval_days", "name"),
            numeric=True,
            soft=True,
            wide="3",
        ),
        day_column(
            "last",
            _("Last visit"),
            "last_visit",
            sort=(F("last_visit"),),
            nullable=True,
            phone="d",
            labelled=True,
        ),
        day_column(
            "next",
            _("Next visit"),
            "next_visit",
            sort=(F("next_visit"),),
            nullable=True,
            wide="2",
        ),
        Column(
            code="levels",
            label=_("Levels nobody met"),
            cell=_levels,
            soft=True,
            wide="3",
        ),
        day_column("due", _("Due"), wide="2"),
        Column(
            code="overdue",
            label=_("State"),
            cell=overdue_cell,
            export=lambda account, context: days_overdue(account.due, context.today),
            phone="b",
        ),
        Column(code="plan", label=_("Do"), cell=_plan, export=lambda a, c: "", phone="c"),
    ),
)
