"""The list of visits."""

from django.db.models import Count, Q
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts.links import link
from accounts.models import Account, AccountAssignment
from accounts.permissions import CARING_ROLES
from core.formats import UNKNOWN, number, short_money, time_short
from core.lists import (
    Column,
    ListSpec,
    choice_filter,
    date_filter,
    reference_filter,
    text_filter,
)
from core.templatetags.kam import tier
from engagement.models import HELD_STATUSES, VisitKind, VisitStatus
from engagement.visit_pages import visit_state
from teams.models import User


def _purpose(row, context):
    return format_html(
        '<a class="k-ink" href="{}" data-open><span class="k-one">{}</span></a>',
        link("engagement:visit_detail", row.pk),
        row.purpose,
    )


def _account(row, context):
    """The link is made on the visit's page, where it is known whether it leads anywhere."""
    return format_html(
        '<span class="k-who">{}<span class="k-one">{}</span></span>',
        tier(row.account.tier) if row.account.tier_id else "",
        row.account.label,
    )


def _moment(name):
    def cell(row, context):
        value = getattr(row, name)
        if value is None:
            return UNKNOWN
        return time_short(timezone.localtime(value), context.today, context.language)

    return cell


def _funds(row, context):
    if row.budget is None:
        return UNKNOWN
    return short_money(row.budget, row.currency_id, context.language)


def _accounts(context):
    seen = Account.objects.visible_to(context.user)
    return seen.filter(visits__isnull=False).distinct()


def _owners(context):
    return User.objects.filter(visits__isnull=False).distinct()


def _narrow_whose(rows, value, context):
    if value == "mine":
        return rows.filter(Q(owner=context.user) | Q(colleagues__user=context.user)).distinct()
    held = AccountAssignment.objects.on(context.today).filter(
        user=context.user, role__in=CARING_ROLES
    )
    return rows.filter(account__in=held.values("account"))


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
        choice_filter(
            "whose",
            _("whose"),
            [("mine", _("my own")), ("my_accounts", _("my accounts'"))],
            many=False,
            apply=_narrow_whose,
            place=True,
            otherwise=_("all"),
        ),
        choice_filter("status", _("status"), VisitStatus, place=True, otherwise=_("of any state")),
        choice_filter("kind", _("kind"), VisitKind, place=True, otherwise=_("any kind")),
        reference_filter("account", _("account"), _accounts),
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
        Column(
            code="purpose",
            label=_("Purpose"),
            cell=_purpose,
            export=lambda row, context: row.purpose,
            sort=("purpose",),
            fixed=True,
            phone="a",
        ),
        Column(
            code="account",
            label=_("Account"),
            cell=_account,
            export=lambda row, context: row.account.name,
            sort=("account__name",),
            related=("account__tier",),
            phone="c",
        ),
        Column(
            code="starts",
            label=_("Begins"),
            cell=_moment("starts_at"),
            export=lambda row, context: row.starts_at,
            sort=("starts_at",),
            numeric=True,
            falling=True,
            phone="d",
        ),
        Column(
            code="status",
            label=_("Status"),
            cell=lambda row, context: visit_state(row),
            export=lambda row, context: row.get_status_display(),
            sort=("status",),
            phone="b",
            total=_held,
            total_cell=_held_cell,
        ),
        Column(
            code="owner",
            label=_("Who visits"),
            cell=lambda row, context: row.owner.name,
            related=("owner",),
            soft=True,
            wide="2",
        ),
        Column(
            code="where",
            label=_("Where"),
            cell=lambda row, context: row.where or UNKNOWN,
            related=("site",),
            soft=True,
            wide="3",
        ),
        Column(
            code="kind",
            label=_("Kind"),
            cell=lambda row, context: row.get_kind_display(),
            sort=("kind",),
            soft=True,
            wide="2",
        ),
        Column(
            code="number",
            label=_("Number"),
            cell=lambda row, context: row.number,
            sort=("number",),
            soft=True,
            wide="3",
        ),
        Column(
            code="held",
            label=_("Held"),
            cell=_moment("held_at"),
            export=lambda row, context: row.held_at,
            sort=("held_at",),
            nullable=True,
            numeric=True,
            shown=False,
            wide="3",
        ),
        Column(
            code="recorded",
            label=_("Recorded"),
            cell=_moment("recorded_at"),
            export=lambda row, context: row.recorded_at,
            sort=("recorded_at",),
            nullable=True,
            numeric=True,
            shown=False,
            wide="3",
        ),
        Column(
            code="funds",
            label=_("Funds asked for"),
            cell=_funds,
            export=lambda row, context: row.budget,
            numeric=True,
            shown=False,
            wide="3",
        ),
    ),
)
