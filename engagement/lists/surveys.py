"""The lists of surveys, of those asked, of answers, of opinions and of improvements."""

from django.db.models import Count, Exists, OuterRef, Q
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts.models import Account, ContactLevel, Industry, Tier
from core.formats import UNKNOWN, number
from core.links import link
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
from core.lists.columns import date_cell
from core.templatetags.kam import status
from engagement.models import (
    ActionState,
    ImprovementAction,
    LeftOut,
    NpsGroup,
    Opinion,
    OpinionKind,
    OpinionSource,
    OpinionState,
    SurveyCampaign,
    SurveyOrigin,
    SurveyScore,
    SurveySettings,
    SurveyState,
)
from engagement.wording import reason_in
from teams.models import User

SHAPES = {
    SurveyCampaign: {SurveyState.OPEN: "good"},
    Opinion: {OpinionState.OPEN: "watch"},
    ImprovementAction: {ActionState.EFFECTIVE: "good", ActionState.INEFFECTIVE: "bad"},
}
GROUP_SHAPES = {NpsGroup.DETRACTOR: "bad", NpsGroup.PROMOTER: "good"}


def state_cell(row, context=None):
    return status(row.get_state_display(), SHAPES[type(row)].get(row.state, ""), True)


def _said_state(row, context):
    return row.get_state_display()


def _linked(name, text):
    def cell(row, context):
        return format_html(
            '<a class="k-who" href="{}" data-open><span class="k-one">{}</span></a>',
            link(name, row.pk),
            text(row),
        )

    return cell


def _account_label(row, context):
    return row.account.label


def _account_name(row, context):
    return row.account.name


def _day(name):
    return lambda row, context: date_cell(getattr(row, name), context)


def _raw(name):
    return lambda row, context: getattr(row, name)


def _person(name):
    def cell(row, context):
        person = getattr(row, name)
        return person.name if person else UNKNOWN

    return cell


def _score(row, context):
    return UNKNOWN if row.score is None else number(row.score, 1)


def _accounts_of(relation):
    def rows(context):
        seen = Account.objects.visible_to(context.user)
        return seen.filter(**{f"{relation}__isnull": False}).distinct()

    return rows


def _campaigns(context):
    return SurveyCampaign.objects.visible_to(context.user)


def _people(context):
    return User.objects.filter(is_active=True)


def _account_column(**more):
    return Column(
        code="account",
        label=_("Account"),
        cell=_account_label,
        export=_account_name,
        sort=("account__name",),
        related=("account",),
        phone="c",
        **more,
    )


# ---------- surveys ----------


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
        choice_filter(
            "state", _("state"), SurveyState, place=True, otherwise=_("in any state")
        ),
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
        Column(
            code="name",
            label=_("Survey"),
            cell=_linked("engagement:survey_detail", lambda row: row.name),
            export=_raw("name"),
            sort=("name",),
            fixed=True,
            phone="a",
        ),
        Column(code="number", label=_("Number"), cell=_raw("number"), sort=("number",), wide="2",
               soft=True),
        Column(
            code="state",
            label=_("State"),
            cell=state_cell,
            export=_said_state,
            sort=("state",),
            phone="b",
        ),
        Column(
            code="origin",
            label=_("Began"),
            cell=lambda row, context: row.get_origin_display(),
            soft=True,
            wide="2",
        ),
        Column(
            code="answered",
            label=_("Answered"),
            cell=_rate,
            export=_rate,
            numeric=True,
            phone="d",
        ),
        Column(
            code="opens",
            label=_("Sent"),
            cell=_day("opens_at"),
            export=_raw("opens_at"),
            sort=("opens_at",),
            numeric=True,
            falling=True,
            phone="c",
        ),
        Column(
            code="closes",
            label=_("Closes"),
            cell=_day("closes_at"),
            export=_raw("closes_at"),
            sort=("closes_at",),
            numeric=True,
            wide="2",
        ),
        Column(
            code="owner",
            label=_("Owner"),
            cell=_person("owner"),
            related=("owner",),
            soft=True,
            wide="2",
        ),
    ),
)  # fmt: skip


# ---------- who is asked ----------

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
        reference_filter("campaign", _("survey"), _campaigns),
        reference_filter("account", _("account"), _accounts_of("survey_invitations")),
        text_filter("q", _("contact"), ("contact__search_index",)),
    ),
    empty_title=_("Nobody is asked yet"),
    empty_text=_("Add accounts: their contacts come along."),
    columns=(
        Column(
            code="contact",
            label=_("Contact"),
            cell=_linked("engagement:recipient_detail", lambda row: row.contact.name),
            export=lambda row, context: row.contact.name,
            sort=("contact__name",),
            related=("contact",),
            fixed=True,
            phone="a",
        ),
        _account_column(),
        Column(
            code="level",
            label=_("Level"),
            cell=lambda row, context: row.get_level_display() or UNKNOWN,
            sort=("level",),
            soft=True,
            phone="d",
        ),
        Column(
            code="progress",
            label=_("Progress"),
            cell=progress_cell,
            export=_progress_said,
            phone="b",
        ),
        Column(
            code="written",
            label=_("Written to"),
            cell=_day("invited_at"),
            export=_raw("invited_at"),
            sort=("invited_at",),
            nullable=True,
            numeric=True,
            wide="2",
        ),
        Column(
            code="reminded",
            label=_("Reminded"),
            cell=_day("reminded_at"),
            export=_raw("reminded_at"),
            sort=("reminded_at",),
            nullable=True,
            numeric=True,
            wide="2",
        ),
        Column(
            code="language",
            label=_("Language"),
            cell=lambda row, context: row.get_language_display(),
            soft=True,
            shown=False,
        ),
    ),
)  # fmt: skip


# ---------- answers ----------


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
            "tier", _("tier"), lambda context: Tier.objects.all(), place=True,
            otherwise=_("all tiers"),
        ),
        reference_filter(
            "industry", _("industry"), lambda context: Industry.objects.all(), place=True,
            otherwise=_("all industries"),
        ),
        choice_filter("level", _("level"), ContactLevel, place=True, otherwise=_("any")),
        reference_filter("campaign", _("survey"), _campaigns),
        reference_filter("account", _("account"), _accounts_of("survey_responses")),
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
        Column(
            code="contact",
            label=_("Contact"),
            cell=_linked(
                "engagement:response_detail", lambda row: row.invitation.contact.name
            ),
            export=lambda row, context: row.invitation.contact.name,
            related=("invitation__contact",),
            fixed=True,
            phone="a",
        ),
        _account_column(),
        Column(
            code="campaign",
            label=_("Survey"),
            cell=lambda row, context: row.campaign.name,
            related=("campaign",),
            soft=True,
            wide="2",
        ),
        Column(
            code="score",
            label=_("Score"),
            cell=_score,
            export=_raw("score"),
            sort=("score",),
            nullable=True,
            numeric=True,
            phone="b",
        ),
        Column(
            code="nps",
            label=_("Recommends us"),
            cell=_group_cell,
            export=_raw("nps"),
            sort=("nps",),
            nullable=True,
            numeric=True,
        ),
        Column(
            code="level",
            label=_("Level"),
            cell=lambda row, context: row.get_level_display() or UNKNOWN,
            soft=True,
            wide="2",
        ),
        Column(
            code="tier",
            label=_("Tier"),
            cell=lambda row, context: row.tier.name if row.tier else UNKNOWN,
            related=("tier",),
            soft=True,
            wide="3",
        ),
        Column(
            code="industry",
            label=_("Industry"),
            cell=lambda row, context: row.industry.name if row.industry else UNKNOWN,
            related=("industry",),
            soft=True,
            shown=False,
        ),
        Column(
            code="words",
            label=_("In words"),
            cell=lambda row, context: row.comment[:80] or UNKNOWN,
            export=_raw("comment"),
            wide="2",
        ),
        Column(
            code="answered",
            label=_("Answered"),
            cell=_day("answered_at"),
            export=_raw("answered_at"),
            sort=("answered_at",),
            numeric=True,
            falling=True,
            phone="d",
        ),
    ),
)  # fmt: skip


# ---------- opinions ----------


def _due(row, context):
    late = row.due_on and row.state != OpinionState.CLOSED and row.due_on < context.today
    day = date_cell(row.due_on, context)
    return status(day, "bad", True) if late else day


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
            "kind", _("kind"), OpinionKind, place=True,
            otherwise=_("needs, opinions and suggestions"),
        ),
        choice_filter(
            "source", _("came by"), OpinionSource, place=True, otherwise=_("any way")
        ),
        choice_filter("state", _("state"), OpinionState, place=True, otherwise=_("in any state")),
        reference_filter("account", _("account"), _accounts_of("opinions")),
        reference_filter("owner", _("handled by"), _people),
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
        Column(
            code="text",
            label=_("Opinion"),
            cell=_linked("engagement:opinion_detail", lambda row: row.topic or row.text[:60]),
            export=_raw("text"),
            fixed=True,
            phone="a",
        ),
        _account_column(),
        Column(
            code="kind",
            label=_("Kind"),
            cell=lambda row, context: row.get_kind_display(),
            soft=True,
            wide="2",
        ),
        Column(
            code="source",
            label=_("Came by"),
            cell=lambda row, context: row.get_source_display(),
            soft=True,
            wide="2",
        ),
        Column(
            code="state",
            label=_("State"),
            cell=state_cell,
            export=_said_state,
            sort=("state",),
            phone="b",
        ),
        Column(
            code="owner",
            label=_("Handled by"),
            cell=_person("owner"),
            related=("owner",),
            soft=True,
        ),
        Column(
            code="due",
            label=_("Due"),
            cell=_due,
            export=_raw("due_on"),
            sort=("due_on",),
            nullable=True,
            numeric=True,
            phone="d",
        ),
        Column(
            code="entered",
            label=_("Entered"),
            cell=_day("created_at"),
            export=_raw("created_at"),
            sort=("created_at",),
            numeric=True,
            falling=True,
            wide="2",
        ),
    ),
)  # fmt: skip


# ---------- improvements ----------


def _effect(row, context):
    if row.score_before is None and row.score_after is None:
        return UNKNOWN
    before = UNKNOWN if row.score_before is None else number(row.score_before, 1)
    return before if row.score_after is None else f"{before} → {number(row.score_after, 1)}"


def _action_due(row, context):
    day = date_cell(row.due_on, context)
    late = row.state == ActionState.OPEN and row.due_on < context.today
    return status(day, "bad", True) if late else day


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
        reference_filter("owner", _("owner"), _people, place=True, otherwise=_("anybody")),
        reference_filter("account", _("account"), _accounts_of("improvements")),
        reference_filter("campaign", _("survey"), _campaigns),
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
        Column(
            code="reason",
            label=_("Improvement"),
            cell=_linked("engagement:action_detail", lambda row: row.title or reason_in(row)),
            export=lambda row, context: row.title or reason_in(row),
            fixed=True,
            phone="a",
        ),
        _account_column(),
        Column(
            code="state",
            label=_("State"),
            cell=state_cell,
            export=_said_state,
            sort=("state",),
            phone="b",
        ),
        Column(
            code="owner",
            label=_("Owner"),
            cell=_person("owner"),
            related=("owner",),
            soft=True,
        ),
        Column(
            code="due",
            label=_("Due"),
            cell=_action_due,
            export=_raw("due_on"),
            sort=("due_on",),
            numeric=True,
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
        Column(
            code="campaign",
            label=_("Survey"),
            cell=lambda row, context: row.campaign.name if row.campaign else UNKNOWN,
            related=("campaign",),
            soft=True,
            wide="3",
        ),
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
