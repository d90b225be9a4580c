"""The lists of customer files and of their proposed changes."""

from django.db.models import Avg, Case, FloatField, Value, When
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts import filters as account_filters
from accounts.links import link
from accounts.lists import date_cell, manager_key, manager_name, manager_of
from accounts.models import Account
from core.formats import UNKNOWN
from core.lists import (
    Column,
    ListSpec,
    choice_filter,
    date_filter,
    reference_filter,
    yes_no_filter,
)
from core.templatetags.kam import status, tier
from planning import freshness, selectors
from planning.models import ChangeState
from planning.values import shown

LONG = 60


# ---------- files ----------


def _account_cell(account, context):
    return format_html(
        '<a class="k-who" href="{}" data-open>{}<span class="k-one">{}</span></a>',
        link("planning:account_file", account.pk),
        tier(account.tier) if account.tier_id else "",
        account.label,
    )


def _interval(account):
    return account.tier.file_interval_days if account.tier_id else None


def _due(account):
    return freshness.due_on(account.basis, _interval(account))


def _state(account, context):
    if account.in_date is None:
        return UNKNOWN
    if account.in_date:
        return status(_now("in date"), "good", True)
    return status(_now("out of date"), "watch", True)


def _state_text(account, context):
    if account.in_date is None:
        return ""
    return _now("in date") if account.in_date else _now("out of date")


def _share():
    """Files in date of those that have a time limit: the freshness figure of the list."""
    return Avg(
        Case(
            When(in_date=True, then=Value(100.0)),
            When(in_date=False, then=Value(0.0)),
            output_field=FloatField(),
        )
    )


def _share_cell(value, context):
    return UNKNOWN if value is None else _now("%(n)s%% in date") % {"n": int(value)}


def _chosen(names):
    return tuple(one for one in account_filters.FILTERS if one.code in names)


FILES = ListSpec(
    code="customer_files",
    title=_("Customer files"),
    sentence=_("Show {whose} customer files, {fresh}, ordered by {sort}"),
    counted=ngettext_lazy("%(n)s file", "%(n)s files", "count"),
    url="planning:file_list",
    export_url="planning:file_export",
    file_name=_("customer files"),
    default_sort="confirmed",
    filters=(
        *_chosen({"whose", "tier", "manager", "unit", "city", "q"}),
        yes_no_filter(
            "fresh",
            _("in date"),
            lambda rows, wanted, context: rows.filter(in_date=wanted),
            yes=_("in date"),
            no=_("out of date"),
            place=True,
            otherwise=_("in date or not"),
        ),
        date_filter("confirmed", _("confirmed on"), field="customer_file__confirmed_on"),
    ),
    built_in=((_("All"), ""), (_("Out of date"), "fresh=no"), (_("Mine"), "whose=mine")),
    empty_title=_("No customer files yet"),
    empty_text=_("Registering a customer opens its file."),
    columns=(
        Column(
            code="name",
            label=_("Account"),
            cell=_account_cell,
            export=lambda account, context: account.name,
            sort=("name",),
            related=("tier",),
            fixed=True,
            phone="a",
        ),
        Column(
            code="number",
            label=_("File number"),
            cell=lambda account, context: account.file_number or UNKNOWN,
            sort=("file_number",),
            nullable=True,
            soft=True,
            phone="c",
        ),
        Column(
            code="manager",
            label=_("Account manager"),
            cell=lambda account, context: manager_name(account) or UNKNOWN,
            export=lambda account, context: manager_name(account),
            annotate=manager_of,
            sort_by=manager_key,
            nullable=True,
            wide="2",
        ),
        Column(
            code="state",
            label=_("State"),
            cell=_state,
            export=_state_text,
            phone="b",
            total=_share,
            total_cell=_share_cell,
        ),
        Column(
            code="confirmed",
            label=_("Last confirmed"),
            cell=lambda account, context: date_cell(account.basis, context),
            export=lambda account, context: account.basis,
            sort=("basis",),
            numeric=True,
            phone="d",
        ),
        Column(
            code="due",
            label=_("To be confirmed by"),
            cell=lambda account, context: date_cell(_due(account), context),
            export=lambda account, context: _due(account),
            numeric=True,
            related=("tier",),
            wide="2",
        ),
    ),
)


def rows_of_files(user, today):
    accounts = selectors.files(Account.objects.visible_to(user))
    return selectors.with_freshness(accounts, today)


# ---------- changes ----------

CHANGE_STATES = {
    ChangeState.PROPOSED: "watch",
    ChangeState.ACCEPTED: "good",
    ChangeState.REFUSED: "quiet",
}


def change_state(change):
    return status(change.get_state_display(), CHANGE_STATES[change.state], True)


def _of_account(change, context):
    return format_html(
        '<a class="k-who" href="{}" data-open><span class="k-one">{}</span></a>',
        link("planning:account_file", change.account_id),
        change.account.label,
    )


def _value(name):
    def cell(change, context):
        return Truncator(shown(change.field, getattr(change, name))).chars(LONG)

    return cell


def _full(name):
    return lambda change, context: shown(change.field, getattr(change, name))


def _person(name):
    def cell(change, context):
        person = getattr(change, name)
        return person.name if person else UNKNOWN

    return cell


def _accounts(context):
    return Account.objects.visible_to(context.user).filter(file_changes__isnull=False).distinct()


CHANGES = ListSpec(
    code="file_changes",
    title=_("Changes of customer files"),
    sentence=_("Show changes of customer files, {state}, ordered by {sort}"),
    counted=ngettext_lazy("%(n)s change", "%(n)s changes", "count"),
    url="planning:change_list",
    export_url="planning:change_export",
    file_name=_("changes of customer files"),
    default_sort="-proposed",
    filters=(
        choice_filter(
            "state", _("state"), ChangeState, place=True, otherwise=_("of any state")
        ),
        reference_filter("account", _("account"), _accounts),
        date_filter("proposed", _("proposed on"), field="created_at__date"),
    ),
    built_in=((_("All"), ""), (_("To be decided"), "state=proposed")),
    empty_title=_("No changes proposed yet"),
    empty_text=_("Whoever learns something new of a customer proposes it on the customer's file."),
    columns=(
        Column(
            code="account",
            label=_("Account"),
            cell=_of_account,
            export=lambda change, context: change.account.name,
            sort=("account__name",),
            related=("account",),
            fixed=True,
            phone="a",
        ),
        Column(
            code="field",
            label=_("Field"),
            cell=lambda change, context: change.field_label,
            sort=("field",),
            phone="c",
        ),
        Column(
            code="old",
            label=_("Old value"),
            cell=_value("old_value"),
            export=_full("old_value"),
        ),
        Column(
            code="new",
            label=_("New value"),
            cell=_value("new_value"),
            export=_full("new_value"),
            phone="d",
        ),
        Column(
            code="source", label=_("Source"), cell=lambda change, context: change.source, wide="2"
        ),
        Column(
            code="author",
            label=_("Author"),
            cell=_person("author"),
            related=("author",),
            soft=True,
            wide="2",
        ),
        Column(
            code="proposed",
            label=_("Proposed"),
            cell=lambda change, context: date_cell(change.created_at, context),
            export=lambda change, context: change.created_at,
            sort=("created_at",),
            numeric=True,
            falling=True,
        ),
        Column(
            code="state",
            label=_("State"),
            cell=lambda change, context: change_state(change),
            export=lambda change, context: change.get_state_display(),
            sort=("state",),
            phone="b",
        ),
        Column(
            code="decided_by",
            label=_("Decided by"),
            cell=_person("decided_by"),
            related=("decided_by",),
            soft=True,
            wide="3",
        ),
        Column(
            code="reason",
            label=_("Reason"),
            cell=lambda change, context: change.reason or UNKNOWN,
            shown=False,
            wide="3",
        ),
    ),
)
