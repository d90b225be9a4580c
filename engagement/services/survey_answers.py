"""What the customer does on the page of a link: save half-way, and answer once."""

from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core import audit, writing
from core.exceptions import DomainError
from documents.services import complete_document, start_document
from documents.services.filling import save_answers
from engagement import questions, scoring
from engagement.models import (
    SurveyInvitation,
    SurveyResponse,
    SurveyScore,
    SurveySettings,
    SurveyState,
)


class AlreadyAnswered(DomainError):
    """There is an answer of this link already."""


class LinkOver(DomainError):
    """The link holds no longer: expired, taken back, or the person's data was removed."""


def is_over(invitation, now) -> bool:
    """Before a survey begins nobody has a link, so that a link of a draft leads nowhere too."""
    campaign = invitation.campaign
    return (
        campaign.state != SurveyState.OPEN
        or campaign.closes_at <= now
        or bool(invitation.left_out)
        or invitation.revoked_at is not None
        or invitation.contact.anonymised_at is not None
    )


@transaction.atomic
def save_draft(*, invitation, answers, now=None) -> bool:
    """Keep what was entered so far; no history, for nothing was said yet. False where it was
    answered meanwhile."""
    now = now or timezone.now()
    if is_over(invitation, now):
        raise LinkOver(_("This survey is over."))
    mine = SurveyInvitation.objects.filter(pk=invitation.pk, answered_at=None)
    return bool(mine.update(draft=answers, draft_at=now))


@transaction.atomic
def answer(*, invitation, answers, language, now=None) -> SurveyResponse:
    """The one answer of a link. Its row is taken first, so that of many at once one is kept."""
    now = now or timezone.now()
    if is_over(invitation, now):
        raise LinkOver(_("This survey is over."))
    mine = SurveyInvitation.objects.filter(pk=invitation.pk, answered_at=None)
    if not mine.update(answered_at=now, draft={}, draft_at=None):
        raise AlreadyAnswered(_("You have answered already. Thank you."))
    document = _document(invitation, answers, now)
    response = _response(invitation, document, language, now)
    audit.record(
        actor=None,
        action="survey.answered",
        target=response,
        parent=invitation.account,
        at=now,
        changes={"score": (None, response.score), "nps": (None, response.nps)},
    )
    return response


def _document(invitation, answers, now):
    """The filled questionnaire, in the words the survey began with."""
    campaign = invitation.campaign
    document = start_document(
        template=campaign.template,
        form=campaign.form,
        actor=None,
        subject_type="account",
        subject_id=invitation.account_id,
        name=campaign.name,
        at=now,
    )
    save_answers(document=document, values=answers, actor=None, at=now)
    return complete_document(document=document, actor=None, at=now)


def _response(invitation, document, language, now) -> SurveyResponse:
    """Scores come from the reportable answers alone."""
    house, definition = SurveySettings.current(), invitation.campaign.form.read
    rows = list(document.answer_rows.all())
    numbers = {row.field: row.number for row in rows if row.number is not None}
    chosen = {(row.field, row.choice) for row in rows}
    dimensions = [dimension for dimension, _field in questions.dimensions_of(definition)]
    scores = scoring.score(dimensions, numbers, _nps(numbers.get(house.nps_field)))
    response = SurveyResponse(
        campaign=invitation.campaign,
        invitation=invitation,
        account_id=invitation.account_id,
        document=document,
        level=invitation.level,
        tier_id=invitation.tier_id,
        industry_id=invitation.industry_id,
        language=language,
        score=scores.overall,
        nps=scores.nps,
        group=scores.group,
        comment=questions.words_in(definition, document.answers),
        wants_call=(house.call_field, "yes") in chosen,
        answered_at=now,
        created_at=now,
        updated_at=now,
    )
    writing.clean_new(response, exclude=["document", "invitation"])
    writing.insert(response)
    SurveyScore.objects.bulk_create(
        SurveyScore(
            response=response,
            campaign_id=response.campaign_id,
            account_id=response.account_id,
            tier_id=response.tier_id,
            dimension=code,
            score=value,
        )
        for code, value in scores.dimensions.items()
    )
    return response


def _nps(number) -> int | None:
    if number is None or not Decimal(0) <= number <= 10:
        return None
    return int(number)
