"""Writing to those who are asked: invitation and reminder, each once (policy: hold)."""

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils import timezone

from engagement.models import SurveyCampaign, SurveyInvitation, SurveyState
from notifications.services import Letter, write_out

INVITATION, REMINDER = "engagement.survey_invitation", "engagement.survey_reminder"
LETTERS = (INVITATION, REMINDER)
BATCH = 200


def write_letters(now=None) -> dict[str, int]:
    """What is due of all open surveys goes into the outbox; may run any number of times."""
    now = now or timezone.now()
    told = {"invited": 0, "reminded": 0}
    for campaign in SurveyCampaign.objects.filter(state=SurveyState.OPEN, closes_at__gt=now):
        told["invited"] += _in_batches(_invite, campaign, now)
        told["reminded"] += _in_batches(_remind, campaign, now)
    return told


def _in_batches(write, campaign, now) -> int:
    total = 0
    while count := write(campaign, now):
        total += count
    return total


def _waiting(campaign):
    rows = campaign.invitations.asked().filter(answered_at=None, revoked_at=None)
    return rows.exclude(address="").order_by("pk")


@transaction.atomic
def _invite(campaign, now) -> int:
    """Outbox row and note of it in one transaction."""
    rows = list(_waiting(campaign).filter(invited_at=None)[:BATCH])
    write_out(_letter(INVITATION, row, campaign, 0) for row in rows)
    ids = [row.pk for row in rows]
    mine = SurveyInvitation.objects.filter(pk__in=ids, invited_at=None)
    mine.update(invited_at=now, updated_at=now)
    return len(rows)


@transaction.atomic
def _remind(campaign, now) -> int:
    """Who has not answered for so long since they were last written to."""
    due = _waiting(campaign).filter(reminders__lt=campaign.reminders).exclude(invited_at=None)
    due = due.annotate(last=Coalesce("reminded_at", "invited_at"))
    rows = list(due.filter(last__lte=now - campaign.remind_after)[:BATCH])
    write_out(_letter(REMINDER, row, campaign, row.reminders + 1) for row in rows)
    for row in rows:
        mine = SurveyInvitation.objects.filter(pk=row.pk, reminders=row.reminders)
        mine.update(reminded_at=now, reminders=F("reminders") + 1, updated_at=now)
    return len(rows)


def _letter(kind, row, campaign, number) -> Letter:
    return Letter(
        kind=kind,
        key=f"{row.pk}:{number}",
        address=row.address,
        language=row.language,
        title_zh=f"满意度调查 {campaign.number}",
        title_en=f"Satisfaction survey {campaign.number}",
        subject_type="survey",
        subject_id=campaign.pk,
        account_id=row.account_id,
    )


def keys_of(rows) -> list[str]:
    """The keys of every letter that may have gone to these invitations."""
    return [f"{row.pk}:{n}" for row in rows for n in range(row.reminders + 1)]
