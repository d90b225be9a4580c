"""The list of accounts: its columns and words."""

from dataclasses import replace
from functools import cache

from django.conf import settings
from django.db.models import F, Subquery, Value
from django.db.models.functions import Coalesce, Concat, NullIf
from django.urls import reverse
from django.utils.module_loading import import_string
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts import filters
from accounts.links import link
from accounts.models import Account, AccountAssignment, AssignmentRole
from accounts.permissions import CARING_ROLES
from core.formats import UNKNOWN, date_short, is_chinese, number
from core.lists import Column, ListSpec
from core.markup import escaped
from core.models import in_language
from core.templatetags.kam import editable, seal, status
from teams.rights import Right

GAP = "\x1f"
STATUS_SHAPES = {"registered": "good", "lapsed": "watch", "archived": "quiet"}


# ---------- what rows bring along ----------


def manager_of(context):
    """The present manager's two names and login name in one column, so that it costs no query."""
    held = filters.open_assignments(context.today, role=AssignmentRole.MANAGER)
    names = held.order_by("-starts_on").annotate(
        told=Concat("user__name_zh", Value(GAP), "user__name_en", Value(GAP), "user__username")
    )
    return {"manager_names": Subquery(names.values("told")[:1])}


def manager_key(context):
    """Sorting by the name that is shown."""
    first, second = (
        ("name_zh", "name_en") if is_chinese(context.language) else ("name_en", "name_zh")
    )
    held = filters.open_assignments(context.today, role=AssignmentRole.MANAGER)
    shown = Coalesce(
        NullIf(f"user__{first}", Value("")),
        NullIf(f"user__{second}", Value("")),
        F("user__username"),
    )
    return (Subquery(held.order_by("-starts_on").values(shown_name=shown)[:1]), "name")


def manager_name(account) -> str:
    told = account.manager_names
    if not told:
        return ""
    zh, en, login = told.split(GAP)
    return in_language(zh, en) or login


def bring_editable(rows, context):
    """Which of the rows this person may edit, in at most one query."""
    user = context.user
    if not user.has_right(Right.EDIT_ACCOUNTS):
        context.kept["editable"] = frozenset()
        return
    covered = {a.pk for a in rows if user.sees_everything or a.department_id in user.unit_ids}
    others = [a.pk for a in rows if a.pk not in covered]
    if others:
        covered |= set(
            AccountAssignment.objects.on(context.today)
            .filter(user=user, account__in=others, role__in=CARING_ROLES)
            .values_list("account", flat=True)
        )
    context.kept["editable"] = covered - {a.pk for a in rows if a.archived_at}


# ---------- cells ----------


def tier_seal(account, context):
    """The seal, made once a page for each tier."""
    seals = context.kept.setdefault("seals", {})
    if account.tier_id not in seals:
        tier = account.tier
        seals[account.tier_id] = (
            seal(tier.mark, tier.look, tier.name) if tier else seal(UNKNOWN, 9, _("No tier"))
        )
    return seals[account.tier_id]


def place_of(account) -> str:
    parts = [
        account.city.name if account.city_id else "",
        account.industry.name if account.industry_id else "",
    ]
    return " ".join(part for part in parts if part)


def name_cell(account, context):
    return mark_safe(  # noqa: S308 - every part is escaped here
        f'<a class="k-who" href="{escaped(link("accounts:account_detail", account.pk))}" data-open>'
        f'{tier_seal(account, context)}<span class="k-one">{escaped(account.label)}</span></a>'
        f' <span class="k-s k-3 k-place">{escaped(place_of(account))}</span>'
    )


def status_cell(account, context):
    """Made once a page for each status."""
    made = context.kept.setdefault("statuses", {})
    key = "archived" if account.archived_at else account.status
    if key not in made:
        words = context.words(Account._meta.get_field("status"))
        made[key] = status(words.get(key, _("archived")), STATUS_SHAPES.get(key, ""), True)
    return made[key]


def date_cell(value, context) -> str:
    return date_short(value, context.today, context.language)


def edit_cell(field, label):
    """A cell that opens in place where the person may edit the account."""

    model_field = Account._meta.get_field(field)

    def cell(account, context):
        value = getattr(account, field)
        shown = context.words(model_field).get(value, value) or UNKNOWN
        if account.pk not in context.kept["editable"]:
            return shown
        return editable(
            shown,
            link("accounts:account_cell", account.pk, field),
            link("accounts:account_edit", account.pk),
            context.said(label),
        )

    return cell


def _satisfaction(account, context):
    figures = getattr(account, "figures", None)
    known = figures is not None and figures.satisfaction is not None
    return number(figures.satisfaction, 1) if known else UNKNOWN


def display(field, model=Account):
    model_field = model._meta.get_field(field)

    def shown(record, context):
        return context.words(model_field).get(getattr(record, field)) or UNKNOWN

    return shown


def plain(field):
    return lambda account, context: getattr(account, field) or UNKNOWN


def named(path):
    """The name of a joined record."""
    return lambda account, context: str(getattr(account, path) or UNKNOWN)


def raw(path):
    """The value for files; None where a step of the path is empty."""

    def value(account, context):
        for step in path.split("."):
            account = getattr(account, step, None)
        return account

    return value


def day(path):
    get = raw(path)
    return lambda account, context: date_cell(get(account, context), context)


NAMES = ("name_zh", "name_en")
COLUMNS = (
    Column(
        code="name",
        label=_("Account"),
        cell=name_cell,
        export=raw("name"),
        sort=("name",),
        fixed=True,
        phone="a",
        related=("tier", "city", "industry"),
    ),
    Column(
        code="number",
        label=_("File number"),
        cell=plain("file_number"),
        sort=("file_number",),
        nullable=True,
        shown=False,
        soft=True,
    ),
    Column(
        code="tier",
        label=_("Tier"),
        cell=named("tier"),
        export=raw("tier.name"),
        sort=("tier__rank", "name"),
        nullable=True,
        ways=(_("tier, highest first"), _("tier, lowest first")),
        shown=False,
        soft=True,
        related=("tier",),
    ),
    Column(
        code="manager",
        label=_("Manager"),
        cell=lambda account, context: manager_name(account) or UNKNOWN,
        export=lambda account, context: manager_name(account),
        annotate=manager_of,
        sort_by=manager_key,
        nullable=True,
        soft=True,
        phone="c",
    ),
    Column(
        code="closeness",
        label=_("Relationship closeness"),
        cell=edit_cell("closeness", _("Relationship closeness")),
        export=display("closeness"),
        sort=("closeness", "name"),
        soft=True,
        wide="3",
    ),
    Column(
        code="purchasing_power",
        label=_("Purchasing power"),
        cell=edit_cell("purchasing_power", _("Purchasing power")),
        export=display("purchasing_power"),
        sort=("purchasing_power", "name"),
        soft=True,
        wide="3",
    ),
    Column(
        code="contract",
        label=_("Last contract"),
        cell=day("figures.last_contract_on"),
        export=raw("figures.last_contract_on"),
        sort=("figures__last_contract_on", "name"),
        nullable=True,
        numeric=True,
        falling=True,
        soft=True,
        related=("figures",),
    ),
    Column(
        code="satisfaction",
        label=_("Satisfaction"),
        cell=_satisfaction,
        export=raw("figures.satisfaction"),
        sort=("figures__satisfaction", "name"),
        nullable=True,
        numeric=True,
        falling=True,
        shown=False,
        related=("figures",),
    ),
    Column(
        code="credit",
        label=_("Credit"),
        cell=lambda account, context: account.credit_grade or UNKNOWN,
        sort=("credit_grade", "name"),
        soft=True,
    ),
    Column(
        code="status",
        label=_("Status"),
        cell=status_cell,
        export=display("status"),
        sort=("status", "name"),
    ),
    Column(
        code="department",
        label=_("Department"),
        cell=named("department"),
        export=raw("department.name"),
        sort=("department__path", "name"),
        shown=False,
        soft=True,
        related=("department",),
    ),
    Column(
        code="city",
        label=_("City"),
        cell=named("city"),
        export=raw("city.name"),
        sort=("city__name_zh", "name"),
        nullable=True,
        shown=False,
        soft=True,
        related=("city",),
    ),
    Column(
        code="industry",
        label=_("Industry"),
        cell=named("industry"),
        export=raw("industry.name"),
        sort=("industry__position", "name"),
        nullable=True,
        shown=False,
        soft=True,
        related=("industry",),
    ),
    Column(
        code="short_name", label=_("Short name"), cell=plain("short_name"), shown=False, soft=True
    ),
    Column(code="name_en", label=_("English name"), cell=plain("name_en"), shown=False, soft=True),
    Column(
        code="registration_no",
        label=_("Registration number"),
        cell=plain("registration_no"),
        shown=False,
        soft=True,
    ),
    Column(
        code="phone",
        label=_("Phone"),
        cell=edit_cell("phone", _("Phone")),
        export=raw("phone"),
        shown=False,
        soft=True,
    ),
    Column(
        code="nature",
        label=_("Customer nature"),
        cell=display("nature"),
        sort=("nature", "name"),
        shown=False,
        soft=True,
    ),
    Column(
        code="channel",
        label=_("Sales channel"),
        cell=display("sales_channel"),
        sort=("sales_channel", "name"),
        shown=False,
        soft=True,
    ),
    Column(
        code="scope",
        label=_("Geographic scope"),
        cell=display("geographic_scope"),
        sort=("geographic_scope", "name"),
        shown=False,
        soft=True,
    ),
    Column(
        code="employees",
        label=_("Employees"),
        cell=lambda account, context: number(account.employees),
        export=raw("employees"),
        sort=("employees", "name"),
        nullable=True,
        numeric=True,
        falling=True,
        shown=False,
    ),
    Column(
        code="founded",
        label=_("Founded in"),
        cell=lambda account, context: str(account.founded_year or UNKNOWN),
        export=raw("founded_year"),
        sort=("founded_year", "name"),
        nullable=True,
        numeric=True,
        shown=False,
    ),
    Column(
        code="parent",
        label=_("Group"),
        cell=lambda account, context: context.kept["groups"].get(account.parent_id, UNKNOWN),
        export=lambda account, context: context.kept["groups"].get(account.parent_id, ""),
        attach=lambda rows, context: bring_groups(rows, context),
        shown=False,
        soft=True,
    ),
    Column(
        code="since",
        label=_("Tier since"),
        cell=day("tier_since"),
        export=raw("tier_since"),
        sort=("tier_since", "name"),
        nullable=True,
        numeric=True,
        falling=True,
        shown=False,
    ),
    Column(
        code="created",
        label=_("Entered on"),
        cell=day("created_at"),
        export=raw("created_at"),
        sort=("created_at",),
        numeric=True,
        falling=True,
        shown=False,
    ),
    Column(
        code="changed",
        label=_("Changed on"),
        cell=day("updated_at"),
        export=raw("updated_at"),
        sort=("updated_at",),
        numeric=True,
        falling=True,
        shown=False,
    ),
)


def bring_groups(rows, context):
    """Names of the groups the rows belong to, as far as this person sees them."""
    model = type(rows[0])
    keys = {a.parent_id for a in rows if a.parent_id}
    seen = model.objects.visible_to(context.user, today=context.today).filter(pk__in=keys)
    context.kept["groups"] = (
        {a.pk: a.label for a in seen.only("name", "short_name", "name_en")} if keys else {}
    )


BASE = ListSpec(
    code="accounts",
    plain=Account,
    title=_("Accounts"),
    sentence=_("Show {whose} accounts of {tier}, by {sort}"),
    counted=ngettext_lazy("%(n)s account", "%(n)s accounts", "count"),
    columns=COLUMNS,
    filters=filters.FILTERS,
    url="accounts:account_list",
    export_url="accounts:account_export",
    bulk_url="accounts:account_bulk",
    bulk_label=_("Edit fields"),
    default_sort="tier",
    file_name=_("accounts"),
    attach=bring_editable,
    only=(
        "file_number",
        "name",
        "short_name",
        "name_en",
        "registration_no",
        "status",
        "parent_id",
        "department_id",
        "tier_id",
        "tier_since",
        "city_id",
        "industry_id",
        "phone",
        "founded_year",
        "employees",
        "nature",
        "purchasing_power",
        "closeness",
        "sales_channel",
        "geographic_scope",
        "credit_grade",
        "archived_at",
        "created_at",
        "updated_at",
    ),
    parts={
        "tier": ("tier__name_zh", "tier__name_en", "tier__mark_zh", "tier__mark_en", "tier__look"),
        "city": ("city__name_zh", "city__name_en"),
        "industry": ("industry__name_zh", "industry__name_en"),
        "department": ("department__name_zh", "department__name_en"),
        "figures": (
            "figures__last_contract_on",
            "figures__satisfaction",
            "figures__last_visit_on",
            "figures__next_visit_on",
        ),
    },
    built_in=(
        (_("All"), ""),
        (_("Managed by me"), "whose=managed"),
        (_("Starred"), "whose=starred"),
        (_("Without contacts"), "people=no"),
        (_("Archived"), "state=archived"),
    ),
    empty_title=_("No accounts yet"),
    empty_text=_(
        "Here stand the organisations you look after. Enter the first one, or ask an"
        " administrator to import a list."
    ),
)


@cache
def account_list() -> ListSpec:
    """With the columns of the apps above (settings.KAM_ACCOUNT_COLUMNS) after the manager."""
    added = tuple(import_string(path) for path in settings.KAM_ACCOUNT_COLUMNS)
    place = next(n for n, c in enumerate(COLUMNS) if c.code == "manager") + 1
    return replace(BASE, columns=(*COLUMNS[:place], *added, *COLUMNS[place:]))


def list_address(**query) -> str:
    """The list narrowed by some conditions."""
    conditions = "&".join(f"{key}={value}" for key, value in query.items())
    return f"{reverse('accounts:account_list')}?{conditions}"
