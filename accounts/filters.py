"""Conditions on accounts, for the list, its export, the board and bulk edit."""

import calendar
import datetime

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from accounts.classification import Age, TimeStatus
from accounts.models import (
    Account,
    AccountAssignment,
    AccountStatus,
    AssignmentRole,
    Closeness,
    ContactRole,
    CreditGrade,
    CustomerAge,
    DivisionTierScheme,
    GeographicScope,
    Industry,
    Nature,
    PurchasingPower,
    SalesChannel,
    ServedAccount,
    Tier,
)
from accounts.permissions import cared_for
from core.bookmarks import starred_ids
from core.compiled import Compiled
from core.lists import (
    Filter,
    choice_filter,
    date_filter,
    number_filter,
    reference_filter,
    text_filter,
    yes_no_filter,
)
from core.models import City, company
from core.normalise import fold
from core.periods import add_months
from teams.models import Unit, User, VirtualTeam

WHOSE = [
    ("mine", _("mine")),
    ("managed", _("managed by me")),
    ("starred", _("starred")),
    ("unmanaged", _("without a manager")),
]
STATES = [
    ("current", _("in use")),
    ("archived", _("archived")),
    ("all", _("in use and archived")),
]
TIME_STATUS = [
    (TimeStatus.PAST, _("past customers")),
    (TimeStatus.PRESENT, _("present customers")),
    (TimeStatus.FUTURE, _("future customers")),
]


def open_assignments(today, **conditions):
    """Assignments in force, to be matched with an outer account."""
    return AccountAssignment.objects.on(today).filter(account=OuterRef("pk"), **conditions)


def narrow_whose(rows, value, context):
    if value == "starred":
        return rows.filter(pk__in=starred_ids(context.user, Account))
    if value == "unmanaged":
        return rows.exclude(Exists(open_assignments(context.today, role=AssignmentRole.MANAGER)))
    held = AccountAssignment.objects.on(context.today).filter(user=context.user)
    if value == "managed":
        held = held.filter(role=AssignmentRole.MANAGER)
    return rows.filter(pk__in=held.values("account"))


def narrow_state(rows, value, context):
    if value == "all":
        return rows.filter(merged_into=None)
    if value == "archived":
        return rows.filter(archived_at__isnull=False, merged_into=None)
    return rows.current()


def narrow_text(rows, value, context):
    """Every word, in any order, anywhere in names, numbers and pinyin."""
    for word in fold(value).split()[:8]:
        rows = rows.filter(search_index__holds=word)
    return rows


def narrow_manager(rows, value, context):
    held = AccountAssignment.objects.on(context.today).filter(
        user__in=value, role=AssignmentRole.MANAGER
    )
    return rows.filter(pk__in=held.values("account"))


def narrow_unit(rows, value, context):
    """The unit and everything below it."""
    below = Q()
    for path in Unit.objects.filter(pk__in=value).values_list("path", flat=True):
        below |= Q(path__startswith=path)
    return rows.filter(department__in=Unit.objects.filter(below).values("pk"))


def months_back(day: datetime.date, months: int) -> datetime.date:
    """The latest day that lies whole `months` before `day`."""
    first = add_months(day, -months)
    return first.replace(day=min(day.day, calendar.monthrange(first.year, first.month)[1]))


def narrow_age(rows, value, context):
    """New or existing as R-ACC-05 computes it, a value set by hand first."""
    since = months_back(context.today, company().new_customer_months)
    existing = Q(age_override=CustomerAge.EXISTING) | Q(
        age_override="", figures__first_contract_on__lte=since
    )
    return rows.filter(existing) if value == Age.EXISTING else rows.exclude(existing)


def narrow_time(rows, value, context):
    """Past, present, future as R-ACC-09 computes it."""
    if value == TimeStatus.FUTURE:
        return rows.filter(figures__last_contract_on=None)
    since = months_back(context.today, company().past_customer_months)
    if value == TimeStatus.PAST:
        return rows.filter(figures__last_contract_on__lte=since)
    return rows.filter(figures__last_contract_on__gt=since)


def narrow_key(rows, wanted, context):
    key = Q(is_key_override=True) | Q(is_key_override=None, tier__is_key=True)
    return rows.filter(key) if wanted else rows.exclude(key)


def narrow_team(rows, value, context):
    served = ServedAccount.objects.on(context.today).filter(team__in=value)
    return rows.filter(pk__in=served.values("account"))


def narrow_tier(rows, value, context):
    return rows.filter(tier__in=value)


def tier_choices(context):
    """Tiers of the schemes in use; with the scheme's name where there are several."""
    if "tiers" not in context.kept:
        tiers = TIERS_IN_USE.rows()
        several = len({tier.scheme_id for tier in tiers}) > 1
        context.kept["tiers"] = [(t.pk, f"{t} ({t.scheme})" if several else str(t)) for t in tiers]
    return context.kept["tiers"]


def _tiers_in_use():
    """Of the schemes that divisions chose, and of the default one unless the company chose."""
    chosen = DivisionTierScheme.objects.filter(scheme=OuterRef("scheme"))
    of_company = DivisionTierScheme.objects.filter(division__kind="company")
    return (
        Tier.objects.filter(Exists(chosen) | Q(scheme__is_default=True) & ~Exists(of_company))
        .select_related("scheme")
        .order_by("scheme__code", "rank")
    )


TIERS_IN_USE = Compiled(_tiers_in_use)


def narrow_contacts(rows, wanted, context):
    people = ContactRole.objects.on(context.today).filter(
        account=OuterRef("pk"), contact__archived_at=None
    )
    return rows.filter(Exists(people)) if wanted else rows.exclude(Exists(people))


def managers(context):
    """Whoever manages an account now, for the choice."""
    held = AccountAssignment.objects.on(context.today).filter(
        role=AssignmentRole.MANAGER,
        account__in=Account.objects.visible_to(context.user, today=context.today),
    )
    return User.objects.filter(pk__in=held.values("user"))


TEXT = text_filter("q", _("name or number"), ["search_index"], apply=narrow_text)
FILTERS = (
    choice_filter(
        "whose",
        _("whose"),
        WHOSE,
        many=False,
        place=True,
        otherwise=_("all"),
        apply=narrow_whose,
    ),
    Filter(
        code="tier",
        label=_("tier"),
        kind="many",
        choices=tier_choices,
        apply=narrow_tier,
        place=True,
        lazy=True,
        otherwise=_("any tier"),
    ),
    choice_filter(
        "state",
        _("in use or archived"),
        STATES,
        many=False,
        default="current",
        apply=narrow_state,
    ),
    TEXT,
    reference_filter("manager", _("account manager"), managers, apply=narrow_manager),
    reference_filter(
        "unit", _("department"), lambda context: Unit.objects.order_by("path"), apply=narrow_unit
    ),
    reference_filter("industry", _("industry"), lambda context: Industry.objects.all()),
    reference_filter("city", _("city"), lambda context: City.objects.all()),
    choice_filter("status", _("status"), AccountStatus),
    choice_filter("credit", _("credit grade"), CreditGrade, field="credit_grade"),
    choice_filter("nature", _("customer nature"), Nature),
    choice_filter("power", _("purchasing power"), PurchasingPower, field="purchasing_power"),
    choice_filter("closeness", _("relationship closeness"), Closeness),
    choice_filter("channel", _("sales channel"), SalesChannel, field="sales_channel"),
    choice_filter("scope", _("geographic scope"), GeographicScope, field="geographic_scope"),
    choice_filter("age", _("new or existing"), CustomerAge, many=False, apply=narrow_age),
    choice_filter("time", _("past, present or future"), TIME_STATUS, many=False, apply=narrow_time),
    yes_no_filter("key", _("key account"), narrow_key, yes=_("key"), no=_("not key")),
    yes_no_filter("people", _("contacts"), narrow_contacts, yes=_("with contacts"), no=_("none")),
    reference_filter(
        "team", _("serving team"), lambda context: VirtualTeam.objects.all(), apply=narrow_team
    ),
    number_filter("employees", _("employees")),
    number_filter("founded", _("founded in"), field="founded_year"),
    date_filter("since", _("tier since"), field="tier_since"),
    date_filter("contract", _("last contract"), field="figures__last_contract_on"),
    date_filter("created", _("entered on"), field="created_at__date"),
    date_filter("changed", _("changed on"), field="updated_at__date"),
)


def chosen(*codes) -> tuple[Filter, ...]:
    """Those that a list of accounts for another purpose takes over."""
    return tuple(one for one in FILTERS if one.code in codes)


# ---------- lists whose rows are about an account ----------


def accounts_with(relation: str):
    """The accounts somebody sees that have such rows at all, for the choice."""

    def rows(context):
        seen = Account.objects.visible_to(context.user)
        return seen.filter(**{f"{relation}__isnull": False}).distinct()

    return rows


def colleagues(context):
    return User.objects.filter(is_active=True)


def whose_filter(mine) -> Filter:
    """One's own rows, which `mine(rows, user)` finds, or those of the accounts in one's care."""

    def narrow(rows, value, context):
        if value == "mine":
            return mine(rows, context.user)
        return rows.filter(account__in=cared_for(context.user, context.today).values("account"))

    return choice_filter(
        "whose",
        _("whose"),
        [("mine", _("my own")), ("my_accounts", _("my accounts'"))],
        many=False,
        apply=narrow,
        place=True,
        otherwise=_("all"),
    )
