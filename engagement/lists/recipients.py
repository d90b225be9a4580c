"""The list of those a survey asks."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts.columns import account_column
from accounts.filters import accounts_with
from accounts.models import ContactLevel
from core.lists import Column, Filter, ListSpec, choice_filter, reference_filter, text_filter
from core.lists.columns import choice_column, day_column, link_column
from core.templatetags.kam import status
from engagement.lists.surveys import campaigns
from engagement.models import LeftOut

PROGRESS = (
    ("left_out", _("not asked")),
    ("waiting", _("not written to yet")),
    ("written", _("written to, no answer")),
    ("half", _("saved half-way")),
    ("answered", _("answered")),
)


def progress_of(row) -> str:
    if row.left_out:
        return "left_out"
    if row.answered_at:
        return "answered"
    if row.draft_at:
        return "half"
    return "written" if row.invited_at else "waiting"


def _progress(rows, value, context):
    conditions = {
        "left_out": ~Q(left_out=""),
        "waiting": Q(left_out="", invited_at=None),
        "written": Q(left_out="", answered_at=None, draft_at=None) & ~Q(invited_at=None),
        "half": Q(left_out="", answered_at=None) & ~Q(draft_at=None),
        "answered": ~Q(answered_at=None),
    }
    return rows.filter(conditions[value])


def progress_cell(row, context):
    code = progress_of(row)
    said = row.get_left_out_display() if row.left_out else dict(PROGRESS)[code]
    return status(said, {"answered": "good", "left_out": "watch"}.get(code, ""), True)


def _progress_said(row, context):
    return row.get_left_out_display() if row.left_out else dict(PROGRESS)[progress_of(row)]


RECIPIENTS = ListSpec(
    code="survey_recipients",
    title=_("Who is asked"),
    sentence=_("Show contacts {progress} of level {level}, ordered by {sort}"),
    counted=ngettext_lazy("%(n)s contact", "%(n)s contacts", "count"),
    url="engagement:recipient_list",
    export_url="engagement:recipient_export",
    file_name=_("survey recipients"),
    default_sort="account",
    filters=(
        Filter(
            code="progress",
            label=_("progress"),
            kind="one",
            choices=lambda context: PROGRESS,
            apply=_progress,
            place=True,
            otherwise=_("at any point"),
        ),
        choice_filter("level", _("level"), ContactLevel, place=True, otherwise=_("any")),
        choice_filter("left_out", _("not asked because"), LeftOut),
        reference_filter("campaign", _("survey"), campaigns),
        reference_filter("account", _("account"), accounts_with("survey_invitations")),
        text_filter("q", _("contact"), ("contact__search_index",)),
    ),
    empty_title=_("Nobody is asked yet"),
    empty_text=_("Add accounts: their contacts come along."),
    columns=(
        link_column(
            "contact",
            _("Contact"),
            "engagement:recipient_detail",
            "contact.name",
            related=("contact",),
        ),
        account_column(),
        choice_column("level", _("Level"), sort=("level",), phone="d"),
        Column(
            code="progress",
            label=_("Progress"),
            cell=progress_cell,
            export=_progress_said,
            phone="b",
        ),
        day_column("written", _("Written to"), "invited_at", nullable=True, wide="2"),
        day_column("reminded", _("Reminded"), "reminded_at", nullable=True, wide="2"),
        choice_column("language", _("Language"), shown=False),
    ),
)
