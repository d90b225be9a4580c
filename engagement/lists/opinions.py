"""The list of customers' opinions."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts.columns import account_column
from accounts.filters import accounts_with, colleagues
from core.lists import ListSpec, choice_filter, date_filter, reference_filter, text_filter
from core.lists.columns import (
    choice_column,
    day_column,
    link_column,
    name_column,
    raw,
    state_column,
)
from engagement.lists.states import due_cell, state_cell
from engagement.models import OpinionKind, OpinionSource, OpinionState

OPINIONS = ListSpec(
    code="opinions",
    title=_("Opinions of customers"),
    sentence=_("Show {kind} that came by {source}, {state}, ordered by {sort}"),
    counted=ngettext_lazy("%(n)s opinion", "%(n)s opinions", "count"),
    url="engagement:opinion_list",
    export_url="engagement:opinion_export",
    file_name=_("opinions"),
    default_sort="-entered",
    filters=(
        choice_filter(
            "kind",
            _("kind"),
            OpinionKind,
            place=True,
            otherwise=_("needs, opinions and suggestions"),
        ),
        choice_filter("source", _("came by"), OpinionSource, place=True, otherwise=_("any way")),
        choice_filter("state", _("state"), OpinionState, place=True, otherwise=_("in any state")),
        reference_filter("account", _("account"), accounts_with("opinions")),
        reference_filter("owner", _("handled by"), colleagues),
        text_filter("q", _("words"), ("text", "topic", "wish", "number")),
        date_filter("entered", _("entered on"), field="created_at__date"),
        date_filter("due", _("due"), field="due_on"),
    ),
    built_in=(
        (_("All"), ""),
        (_("Not closed"), "state=open&state=in_hand&sort=due"),
        (_("Closed"), "state=closed"),
    ),
    empty_title=_("No opinions yet"),
    empty_text=_("What customers say in surveys, on visits and on sheets is followed up here."),
    columns=(
        link_column(
            "text",
            _("Opinion"),
            "engagement:opinion_detail",
            lambda row: row.topic or row.text[:60],
            export=raw("text"),
        ),
        account_column(),
        choice_column("kind", _("Kind"), wide="2"),
        choice_column("source", _("Came by"), wide="2"),
        state_column("state", _("State"), state_cell),
        name_column("owner", _("Handled by")),
        day_column(
            "due",
            _("Due"),
            "due_on",
            cell=due_cell(lambda row: row.state != OpinionState.CLOSED),
            nullable=True,
            phone="d",
        ),
        day_column("entered", _("Entered"), "created_at", falling=True, wide="2"),
    ),
)
