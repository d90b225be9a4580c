"""What answers lead to: plays at once, scores and improvements when the survey is closed."""

import datetime
from collections import defaultdict

import structlog
from django.core.exceptions import ValidationError
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Count, F, Max, Q, Sum
from django.utils import timezone

from accounts.models import Account
from accounts.services import record_figures
from core import audit
from core.exceptions import DomainError
from engagement import questions, scoring
from engagement.models import (
    ActionState,
    ImprovementAction,
    NpsGroup,
    OpinionSource,
    PlayKind,
    SurveyCadence,
    SurveyCampaign,
    SurveyPlay,
    SurveyResponse,
    SurveyScore,
    SurveySettings,
    SurveyState,
)
from engagement.notices import surveys as notices
from engagement.people import person_for
from engagement.services.improvements import open_action, verify
from engagement.services.opinions import add_opinion
from flows.models import ItemState, WorkItem
from flows.services import make_item
from flows.services.locking import set_item

log = structlog.get_logger(__name__)
BATCH = 500


# ---------- as soon as an answer is there ----------


def follow_up(limit=BATCH) -> int:
    """Answers nobody has looked after yet. One that fails stays for the next look and stops no
    other."""
    waiting = SurveyResponse.objects.filter(handled_at=None).order_by("pk")
    done = 0
    for pk in waiting.values_list("pk", flat=True)[:limit]:
        try:
            done += follow_up_one(pk)
        except (OperationalError, InterfaceError):
            raise
        except (DomainError, ValidationError):
            log.exception("an answer could not be followed up", response=pk)
    return done


@transaction.atomic
def follow_up_one(pk, now=None) -> bool:
    """Taken by the first statement, so that two that look at once do it once."""
    now = now or timezone.now()
    if not SurveyResponse.objects.filter(pk=pk, handled_at=None).update(handled_at=now):
        return False
    rows = SurveyResponse.objects.select_related(
        "account__department", "campaign", "document", "invitation__contact"
    )
    response = rows.get(pk=pk)
    for play in SurveyPlay.objects.filter(is_active=True, group=response.group):
        if response.wants_call or not play.only_if_asked:
            _play(play, response, now)
    _wish(response)
    house = SurveySettings.current()
    low = response.score is not None and response.score < house.low_score
    if low or response.group == NpsGroup.DETRACTOR:
        notices.low_answer(response)
    record_satisfaction(response.account_id)
    return True


def _play(play, response, now) -> None:
    account = response.account
    person = person_for(account, play.who)
    note = _line_of(response)
    if play.kind == PlayKind.ACTION:
        open_action(
            account=account,
            reason=response.group,
            title=play.name_zh or play.name_en,
            actor=None,
            owner=person,
            due_on=timezone.localdate(now) + datetime.timedelta(days=play.within_days),
            note=note,
            campaign=response.campaign,
            score=response.score,
            at=now,
        )
        return
    if person is None:
        return
    same = WorkItem.objects.filter(
        subject_type="survey_response",
        account=account,
        assignee=person,
        title_zh=play.name_zh or play.name_en,
        state=ItemState.OPEN,
    ).first()
    if same is not None:
        set_item(same, note=f"{same.note}\n{note}".strip())
        return
    make_item(
        actor=None,
        title_zh=play.name_zh,
        title_en=play.name_en,
        assignee=person,
        within=f"{play.within_days} days",
        subject=response,
        note=note,
        now=now,
    )


def _line_of(response) -> str:
    """One line about an answer. No name and no words of the customer: those stay in the answer,
    where they can be removed when somebody asks for it."""
    parts = [response.campaign.number, f"#{response.pk}"]
    parts += ["" if response.nps is None else f"{response.nps}/10"]
    parts += ["" if response.score is None else f"{response.score}/100"]
    return " · ".join(part for part in parts if part)


def _wish(response) -> None:
    """What should be better becomes an opinion that is followed to its end."""
    house = SurveySettings.current()
    text = response.document.answers.get(house.wish_field) if house.wish_field else None
    if isinstance(text, str) and text.strip():
        add_opinion(
            account=response.account,
            text=text,
            source=OpinionSource.SURVEY,
            contact=response.invitation.contact,
            response=response,
            actor=None,
            at=response.answered_at,
        )


def record_satisfaction(account_id) -> None:
    """The mean of the account's answers in the latest survey it answered."""
    rows = SurveyResponse.objects.filter(account=account_id).exclude(score=None)
    latest = rows.order_by("-campaign__opens_at", "-pk").values_list("campaign", flat=True).first()
    value = None
    if latest is not None:
        found = rows.filter(campaign=latest).aggregate(total=Sum("score"), n=Count("pk"))
        value = scoring.mean(found["total"], found["n"])
    record_figures(account_id=account_id, satisfaction=value)


def repair_satisfaction() -> int:
    """Each night: the figure of every account that ever answered, also after a merge."""
    ids = SurveyResponse.objects.order_by().values_list("account", flat=True).distinct()
    for account_id in list(ids):
        record_satisfaction(account_id)
    gone = Account.objects.exclude(figures__satisfaction=None).exclude(pk__in=ids)
    for account_id in list(gone.values_list("pk", flat=True)):
        record_figures(account_id=account_id, satisfaction=None)
    return len(ids)


# ---------- when a survey is closed ----------


def analyse_closed(now=None) -> dict[str, int]:
    """Closed surveys whose answers have all been followed up. Interrupted, it begins again and
    finds what it did; each account is a transaction of its own."""
    told = {"analysed": 0, "improvements": 0}
    for campaign in SurveyCampaign.objects.filter(state=SurveyState.CLOSED).order_by("closed_at"):
        if campaign.responses.filter(handled_at=None).exists():
            continue
        made = analyse(campaign, now=now)
        told["analysed"] += 1
        told["improvements"] += made
    return told


def analyse(campaign, now=None) -> int:
    """Scores, improvements, what became of earlier ones; then the survey is analysed."""
    now = now or timezone.now()
    for account_id, overall, dimensions, detractors in account_scores(campaign):
        _judge(campaign, account_id, overall, dimensions, detractors, now)
    made = ImprovementAction.objects.filter(campaign=campaign).count()
    _end(campaign, made, now)
    return made


def account_scores(campaign, accounts=None):
    """(account id, score, {dimension: score}, detractors) of every account that answered."""
    responses = SurveyResponse.objects.filter(campaign=campaign)
    scores = SurveyScore.objects.filter(campaign=campaign)
    if accounts is not None:
        responses, scores = responses.filter(account__in=accounts), scores.filter(
            account__in=accounts
        )
    by_account = defaultdict(dict)
    grouped = scores.order_by().values("account", "dimension")
    for row in grouped.annotate(total=Sum("score"), n=Count("pk")):
        by_account[row["account"]][row["dimension"]] = scoring.mean(row["total"], row["n"])
    grouped = responses.order_by("account").values("account")
    grouped = grouped.annotate(
        total=Sum("score"),
        n=Count("score"),
        detractors=Count("pk", filter=Q(group=NpsGroup.DETRACTOR)),
    )
    for row in grouped:
        pk = row["account"]
        yield pk, scoring.mean(row["total"], row["n"]), by_account[pk], row["detractors"]


@transaction.atomic
def _judge(campaign, account_id, overall, dimensions, detractors, now) -> None:
    account = Account.objects.select_related("department", "tier__survey_cadence").get(
        pk=account_id
    )
    limits = limits_of(account)
    _verify(campaign, account, overall, dimensions, detractors, now)
    fields = {one.code: field for one, field in questions.dimensions_of(campaign.form.read)}
    for reason, value in scoring.reasons(overall, dimensions, limits):
        code = reason.partition(":")[2]
        if ImprovementAction.objects.filter(
            account=account, reason=reason, campaign=campaign
        ).exists():
            continue
        wanted = limits.dimension if code else limits.score
        open_action(
            account=account,
            reason=reason,
            dimension=fields.get(code),
            actor=None,
            note=f"{campaign.number} {campaign.name}: {value} < {wanted}",
            campaign=campaign,
            score=value,
            wanted=wanted,
            at=now,
        )
    record_satisfaction(account_id)


def limits_of(account) -> scoring.Limits:
    """Of the account's tier, else of the company."""
    house = SurveySettings.current()
    cadence = getattr(account.tier, "survey_cadence", None) if account.tier_id else None
    return (cadence or SurveyCadence()).limits(house)


def _verify(campaign, account, overall, dimensions, detractors, now) -> None:
    """What was done before this survey began to ask: did it help?"""
    done = ImprovementAction.objects.filter(
        account=account, state=ActionState.DONE, done_at__lt=campaign.closes_at
    ).exclude(campaign=campaign)
    for action in done.select_related("account"):
        code = action.reason.partition(":")[2]
        score = dimensions.get(code) if code else overall
        if score is None:
            continue
        if action.reason == NpsGroup.DETRACTOR:
            effective = not detractors
        else:
            wanted = action.score_wanted or limits_of(account).score
            effective = scoring.is_effective(action.score_before, score, wanted)
        verify(improvement=action, campaign=campaign, effective=effective, score=score, at=now)


@transaction.atomic
def _end(campaign, made, now) -> None:
    mine = SurveyCampaign.objects.filter(pk=campaign.pk, state=SurveyState.CLOSED)
    if not mine.update(
        state=SurveyState.ANALYSED, analysed_at=now, version=F("version") + 1, updated_at=now
    ):
        return
    asked = campaign.invitations.asked().exclude(invited_at=None).count()
    found = campaign.responses.aggregate(n=Count("pk"), total=Sum("score"), scored=Count("score"))
    score = scoring.mean(found["total"], found["scored"])
    audit.record(
        actor=None,
        action="survey.analysed",
        target=campaign,
        state=(SurveyState.CLOSED, SurveyState.ANALYSED),
        score=score,
        answered=found["n"],
        improvements=made,
    )
    _close_the_loop(campaign, now)
    notices.analysed(campaign, score=score, answered=found["n"], asked=asked, actions=made)


def _close_the_loop(campaign, now) -> None:
    """Earlier surveys of the accounts that answered are verified once nothing they led to waits
    for its effect any more."""
    accounts = campaign.responses.order_by().values("account")
    before = SurveyCampaign.objects.filter(
        state=SurveyState.ANALYSED,
        verified_at=None,
        opens_at__lt=campaign.opens_at,
        responses__account__in=accounts,
    ).exclude(pk=campaign.pk)
    waits = ImprovementAction.objects.filter(state__in=[ActionState.OPEN, ActionState.DONE])
    ids = before.exclude(pk__in=waits.exclude(campaign=None).values("campaign")).distinct()
    SurveyCampaign.objects.filter(pk__in=list(ids.values_list("pk", flat=True))).update(
        verified_at=now, updated_at=now
    )


def last_asked():
    """When each account was asked last, also where nobody there could be; for the cadence."""
    return Max("survey_invitations__campaign__opens_at")
