"""The list of surveys, and the lists beside it."""

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts.models import Account
from core.formats import UNKNOWN, number
from core.lists import Column, ListSpec, choice_filter, date_filter, text_filter
from core.lists.columns import (
    choice_column,
    day_column,
    link_column,
    name_column,
    state_column,
    text_column,
)
from engagement.lists.states import state_cell
from engagement.models import SurveyCampaign, SurveyOrigin, SurveyState


def campaigns(context):
    """Those somebody sees, for the choice."""
    return SurveyCampaign.objects.visible_to(context.user)


def _rate(row, context):
    return f"{number(row.answered)} / {number(row.asked)}" if row.asked else UNKNOWN


def bring_counts(rows, context):
    """Asked and answered of the accounts the reader sees, for the surveys of a page."""
    seen = Account.objects.visible_to(context.user).values("pk")
    mine = Q() if context.user.sees_everything else Q(invitations__account__in=seen)
    ids = [row.pk for row in rows]
    counted = SurveyCampaign.objects.filter(pk__in=ids).order_by()
    counts = {
        row["pk"]: row
        for row in counted.values("pk").annotate(
            asked=Count("invitations", filter=mine & Q(invitations__left_out="")),
            answered=Count("invitations__answered_at", filter=mine),
        )
    }
    for row in rows:
        row.asked, row.answered = counts[row.pk]["asked"], counts[row.pk]["answered"]


SURVEYS = ListSpec(
    code="surveys",
    title=_("Surveys"),
    sentence=_("Show surveys {state}, begun {origin}, ordered by {sort}"),
    counted=ngettext_lazy("%(n)s survey", "%(n)s surveys", "count"),
    url="engagement:survey_list",
    export_url="engagement:survey_export",
    file_name=_("surveys"),
    default_sort="-opens",
    filters=(
        choice_filter("state", _("state"), SurveyState, place=True, otherwise=_("in any state")),
        choice_filter(
            "origin", _("began"), SurveyOrigin, place=True, otherwise=_("by hand or by cadence")
        ),
        text_filter("q", _("name or number"), ("name", "number")),
        date_filter("opens", _("sent on"), field="opens_at__date"),
    ),
    built_in=(
        (_("All"), ""),
        (_("Under way"), "state=draft&state=scheduled&state=open"),
        (_("With results"), "state=closed&state=analysed"),
    ),
    empty_title=_("No surveys yet"),
    empty_text=_("A survey asks customers how satisfied they are; low marks lead to improvements."),
    attach=bring_counts,
    columns=(
        link_column("name", _("Survey"), "engagement:survey_detail"),
        text_column("number", _("Number"), sort=("number",), wide="2", soft=True),
        state_column("state", _("State"), state_cell),
        choice_column("origin", _("Began"), wide="2"),
        Column(
            code="answered",
            label=_("Answered"),
            cell=_rate,
            export=_rate,
            numeric=True,
            phone="d",
        ),
        day_column("opens", _("Sent"), "opens_at", falling=True, phone="c"),
        day_column("closes", _("Closes"), "closes_at", wide="2"),
        name_column("owner", _("Owner"), wide="2"),
    ),
)


# ---------- the places beside each other ----------

PLACES = (
    ("surveys", _("Surveys"), "chart-bar", "engagement:survey_list"),
    ("answers", _("Answers"), "list", "engagement:response_list"),
    ("opinions", _("Opinions"), "messages", "engagement:opinion_list"),
    ("improvements", _("Improvements"), "target-arrow", "engagement:action_list"),
)


def places(here: str) -> list[dict]:
    return [
        {"label": label, "icon": icon, "url": reverse(name), "current": code == here}
        for code, label, icon, name in PLACES
    ]
