"""The list of answers to surveys."""

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts.columns import account_column
from accounts.filters import accounts_with
from accounts.models import ContactLevel, Industry, Tier
from core.formats import UNKNOWN
from core.lists import (
    Column,
    Filter,
    ListSpec,
    choice_filter,
    date_filter,
    number_filter,
    reference_filter,
    text_filter,
)
from core.lists.columns import (
    choice_column,
    day_column,
    link_column,
    name_column,
    number_column,
    raw,
)
from core.templatetags.kam import status
from engagement.lists.surveys import campaigns
from engagement.models import NpsGroup, SurveyScore, SurveySettings

GROUP_SHAPES = {NpsGroup.DETRACTOR: "bad", NpsGroup.PROMOTER: "good"}


def _low(rows, value, context):
    limit = SurveySettings.current().low_dimension
    low = SurveyScore.objects.filter(response=OuterRef("pk"), dimension=value, score__lt=limit)
    return rows.filter(Exists(low))


def _group_cell(row, context):
    if row.nps is None:
        return UNKNOWN
    said = f"{row.nps} · {row.get_group_display()}"
    return status(said, GROUP_SHAPES.get(row.group, ""), True)


RESPONSES = ListSpec(
    code="survey_answers",
    title=_("Answers to surveys"),
    sentence=_("Show answers of {group}, {tier}, {industry}, level {level}, ordered by {sort}"),
    counted=ngettext_lazy("%(n)s answer", "%(n)s answers", "count"),
    url="engagement:response_list",
    export_url="engagement:response_export",
    file_name=_("survey answers"),
    default_sort="-answered",
    filters=(
        choice_filter("group", _("group"), NpsGroup, place=True, otherwise=_("everybody")),
        reference_filter(
            "tier",
            _("tier"),
            lambda context: Tier.objects.all(),
            place=True,
            otherwise=_("all tiers"),
        ),
        reference_filter(
            "industry",
            _("industry"),
            lambda context: Industry.objects.all(),
            place=True,
            otherwise=_("all industries"),
        ),
        choice_filter("level", _("level"), ContactLevel, place=True, otherwise=_("any")),
        reference_filter("campaign", _("survey"), campaigns),
        reference_filter("account", _("account"), accounts_with("survey_responses")),
        number_filter("score", _("score")),
        number_filter("nps", _("recommends us")),
        Filter(
            code="low",
            label=_("low mark for"),
            kind="text",
            apply=_low,
        ),
        text_filter("q", _("in words"), ("comment",)),
        date_filter("answered", _("answered on"), field="answered_at__date"),
    ),
    built_in=((_("All"), ""), (_("Detractors"), "group=detractor&sort=score")),
    empty_title=_("No answers yet"),
    empty_text=_("What customers answer to surveys is listed here."),
    columns=(
        link_column(
            "contact",
            _("Contact"),
            "engagement:response_detail",
            "invitation.contact.name",
            sort=(),
            related=("invitation__contact",),
        ),
        account_column(),
        name_column("campaign", _("Survey"), wide="2"),
        number_column("score", _("Score"), digits=1, nullable=True, phone="b"),
        number_column("nps", _("Recommends us"), cell=_group_cell, nullable=True),
        choice_column("level", _("Level"), wide="2"),
        name_column("tier", _("Tier"), wide="3"),
        name_column("industry", _("Industry"), shown=False),
        Column(
            code="words",
            label=_("In words"),
            cell=lambda row, context: row.comment[:80] or UNKNOWN,
            export=raw("comment"),
            wide="2",
        ),
        day_column("answered", _("Answered"), "answered_at", falling=True, phone="d"),
    ),
)
