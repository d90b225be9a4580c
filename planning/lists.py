"""The lists of customer files and of their proposed changes."""

from django.db.models import Avg, Case, FloatField, Value, When
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts import filters as account_filters
from accounts.columns import account_column, account_link, manager_column
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
from core.lists.columns import (
    date_cell,
    day_column,
    link_cell,
    name_column,
    raw,
    state_column,
    text_column,
)
from core.subjects import addresses
from core.templatetags.kam import status
from planning import freshness, selectors
from planning.models import ChangeState
from planning.values import shown

LONG = 60


# ---------- files ----------


def _account(account, context):
    return account_link(account, "planning:account_file", opens=True)


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
        *account_filters.chosen("whose", "tier", "manager", "unit", "city", "q"),
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
            cell=lambda account, context: account_link(
                account, "planning:account_file", opens=True
            ),
            export=raw("name"),
            sort=("name",),
            related=("tier",),
            fixed=True,
            phone="a",
        ),
        text_column(
            "number",
            _("File number"),
            "file_number",
            sort=("file_number",),
            nullable=True,
            soft=True,
            phone="c",
        ),
        manager_column(_("Account manager"), wide="2"),
        Column(
            code="state",
            label=_("State"),
            cell=_state,
            export=_state_text,
            phone="b",
            total=_share,
            total_cell=_share_cell,
        ),
        day_column("confirmed", _("Last confirmed"), "basis", phone="d"),
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


def _value(name):
    def cell(change, context):
        return Truncator(shown(change.field, getattr(change, name))).chars(LONG)

    return cell


def _full(name):
    return lambda change, context: shown(change.field, getattr(change, name))


def _bring_sources(rows, context):
    context.kept["sources"] = addresses([row.source for row in rows], context.user)


def _source(change, context):
    """The visit a change was learned on is one step away."""
    url = context.kept["sources"].get(change.source)
    return format_html('<a href="{}">{}</a>', url, change.source) if url else change.source


CHANGES = ListSpec(
    code="file_changes",
    title=_("Changes of customer files"),
    sentence=_("Show changes of customer files, {state}, ordered by {sort}"),
    counted=ngettext_lazy("%(n)s change", "%(n)s changes", "count"),
    url="planning:change_list",
    export_url="planning:change_export",
    file_name=_("changes of customer files"),
    default_sort="-proposed",
    attach=_bring_sources,
    filters=(
        choice_filter("state", _("state"), ChangeState, place=True, otherwise=_("of any state")),
        reference_filter("account", _("account"), account_filters.accounts_with("file_changes")),
        date_filter("proposed", _("proposed on"), field="created_at__date"),
    ),
    built_in=((_("All"), ""), (_("To be decided"), "state=proposed")),
    empty_title=_("No changes proposed yet"),
    empty_text=_("Whoever learns something new of a customer proposes it on the customer's file."),
    columns=(
        account_column(
            cell=link_cell("planning:account_file", "account.label", key="account_id"),
            fixed=True,
            phone="a",
        ),
        Column(
            code="field",
            label=_("Field"),
            cell=raw("field_label"),
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
            code="source",
            label=_("Source"),
            cell=_source,
            export=raw("source"),
            wide="2",
        ),
        name_column("author", _("Author"), wide="2"),
        day_column("proposed", _("Proposed"), "created_at", falling=True),
        state_column("state", _("State"), change_state),
        name_column("decided_by", _("Decided by"), wide="3"),
        text_column("reason", _("Reason"), shown=False, wide="3"),
    ),
)
