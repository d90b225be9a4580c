"""The list of accounts: its columns and words."""

from dataclasses import replace
from functools import cache

from django.conf import settings
from django.urls import reverse
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts import filters
from accounts.cells import bring_editable, bring_groups, edit_cell, name_cell, status_cell
from accounts.columns import manager_column
from accounts.models import Account
from core.formats import UNKNOWN
from core.lists import Column, ListSpec
from core.lists.columns import (
    choice_cell,
    choice_column,
    day_column,
    name_column,
    number_column,
    raw,
    text_column,
)

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
    text_column(
        "number",
        _("File number"),
        "file_number",
        sort=("file_number",),
        nullable=True,
        shown=False,
        soft=True,
    ),
    name_column(
        "tier",
        _("Tier"),
        export=raw("tier.name"),
        sort=("tier__rank", "name"),
        nullable=True,
        ways=(_("tier, highest first"), _("tier, lowest first")),
        shown=False,
    ),
    manager_column(_("Manager"), soft=True, phone="c"),
    choice_column(
        "closeness",
        _("Relationship closeness"),
        cell=edit_cell("closeness", _("Relationship closeness")),
        export=choice_cell("closeness"),
        sort=("closeness", "name"),
        wide="3",
    ),
    choice_column(
        "purchasing_power",
        _("Purchasing power"),
        cell=edit_cell("purchasing_power", _("Purchasing power")),
        export=choice_cell("purchasing_power"),
        sort=("purchasing_power", "name"),
        wide="3",
    ),
    day_column(
        "contract",
        _("Last contract"),
        "figures.last_contract_on",
        sort=("figures__last_contract_on", "name"),
        nullable=True,
        falling=True,
        soft=True,
        related=("figures",),
    ),
    number_column(
        "satisfaction",
        _("Satisfaction"),
        "figures.satisfaction",
        digits=1,
        sort=("figures__satisfaction", "name"),
        nullable=True,
        falling=True,
        shown=False,
        related=("figures",),
    ),
    text_column("credit", _("Credit"), "credit_grade", sort=("credit_grade", "name"), soft=True),
    Column(
        code="status",
        label=_("Status"),
        cell=status_cell,
        export=choice_cell("status"),
        sort=("status", "name"),
    ),
    name_column(
        "department",
        _("Department"),
        export=raw("department.name"),
        sort=("department__path", "name"),
        shown=False,
    ),
    name_column(
        "city",
        _("City"),
        export=raw("city.name"),
        sort=("city__name_zh", "name"),
        nullable=True,
        shown=False,
    ),
    name_column(
        "industry",
        _("Industry"),
        export=raw("industry.name"),
        sort=("industry__position", "name"),
        nullable=True,
        shown=False,
    ),
    text_column("short_name", _("Short name"), shown=False, soft=True),
    text_column("name_en", _("English name"), shown=False, soft=True),
    text_column("registration_no", _("Registration number"), shown=False, soft=True),
    text_column(
        "phone",
        _("Phone"),
        cell=edit_cell("phone", _("Phone")),
        export=raw("phone"),
        shown=False,
        soft=True,
    ),
    choice_column("nature", _("Customer nature"), sort=("nature", "name"), shown=False),
    choice_column(
        "channel",
        _("Sales channel"),
        "sales_channel",
        sort=("sales_channel", "name"),
        shown=False,
    ),
    choice_column(
        "scope",
        _("Geographic scope"),
        "geographic_scope",
        sort=("geographic_scope", "name"),
        shown=False,
    ),
    number_column(
        "employees",
        _("Employees"),
        sort=("employees", "name"),
        nullable=True,
        falling=True,
        shown=False,
    ),
    text_column(
        "founded",
        _("Founded in"),
        "founded_year",
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
        attach=bring_groups,
        shown=False,
        soft=True,
    ),
    day_column(
        "since",
        _("Tier since"),
        "tier_since",
        sort=("tier_since", "name"),
        nullable=True,
        falling=True,
        shown=False,
    ),
    day_column("created", _("Entered on"), "created_at", falling=True, shown=False),
    day_column("changed", _("Changed on"), "updated_at", falling=True, shown=False),
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
