"""The list of improvement actions."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts.columns import account_column
from accounts.filters import accounts_with, colleagues
from core.formats import UNKNOWN, number
from core.lists import (
    Column,
    ListSpec,
    choice_filter,
    date_filter,
    reference_filter,
    text_filter,
)
from core.lists.columns import day_column, link_column, name_column, state_column
from engagement.lists.states import due_cell, state_cell
from engagement.lists.surveys import campaigns
from engagement.models import ActionState
from engagement.wording import reason_in


def _called(action) -> str:
    return action.title or reason_in(action)


def _effect(row, context):
    if row.score_before is None and row.score_after is None:
        return UNKNOWN
    before = UNKNOWN if row.score_before is None else number(row.score_before, 1)
    return before if row.score_after is None else f"{before} → {number(row.score_after, 1)}"


ACTIONS = ListSpec(
    code="improvements",
    title=_("Improvement actions"),
    sentence=_("Show improvements {state} by {owner}, ordered by {sort}"),
    counted=ngettext_lazy("%(n)s improvement", "%(n)s improvements", "count"),
    url="engagement:action_list",
    export_url="engagement:action_export",
    file_name=_("improvements"),
    default_sort="due",
    filters=(
        choice_filter("state", _("state"), ActionState, place=True, otherwise=_("in any state")),
        reference_filter("owner", _("owner"), colleagues, place=True, otherwise=_("anybody")),
        reference_filter("account", _("account"), accounts_with("improvements")),
        reference_filter("campaign", _("survey"), campaigns),
        text_filter("q", _("words"), ("title", "measure", "number")),
        date_filter("due", _("due"), field="due_on"),
    ),
    built_in=(
        (_("All"), ""),
        (_("Open"), "state=open"),
        (_("Effect not yet seen"), "state=done"),
    ),
    empty_title=_("No improvements yet"),
    empty_text=_("A low score opens one by itself, with an owner and a due date."),
    columns=(
        link_column("reason", _("Improvement"), "engagement:action_detail", _called),
        account_column(),
        state_column("state", _("State"), state_cell),
        name_column("owner", _("Owner")),
        day_column(
            "due",
            _("Due"),
            "due_on",
            cell=due_cell(lambda row: row.state == ActionState.OPEN),
            phone="d",
        ),
        Column(
            code="effect",
            label=_("Score then and afterwards"),
            cell=_effect,
            export=_effect,
            numeric=True,
            wide="2",
        ),
        name_column("campaign", _("Survey"), wide="3"),
    ),
)
