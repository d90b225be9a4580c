"""What surveys know of a person: for a copy of their data, and for its removal
(settings.KAM_PERSONAL_DATA)."""

from django.contrib.contenttypes.models import ContentType
from django.utils import timezone

from core.models import AuditEntry
from documents.models import Answer, Document
from engagement import questions
from engagement.models import Opinion, SurveyInvitation, SurveyResponse
from engagement.services.survey_letters import LETTERS, keys_of
from notifications.services import forget


def export_surveys(*, contact, actor) -> dict:
    """When they were written to, and everything they said."""
    people = [contact.pk, *contact.merged_from.values_list("pk", flat=True)]
    rows = SurveyInvitation.objects.filter(contact__in=people).select_related(
        "campaign", "account", "response__document"
    )
    return {
        "surveys": [
            {
                "survey": row.campaign.name,
                "account": row.account.name,
                "address": row.address,
                "not_asked": row.left_out,
                "written_to": _when(row.invited_at),
                "reminded": _when(row.reminded_at),
                "saved_half_way": row.draft,
                "answered": _when(row.answered_at),
                "answers": row.response.document.answers if hasattr(row, "response") else {},
            }
            for row in rows
        ],
        "opinions": list(
            Opinion.objects.filter(contact__in=people).values("number", "text", "wish", "answer")
        ),
    }


def _when(moment) -> str | None:
    return moment.isoformat() if moment else None


def erase_surveys(*, contact) -> None:
    """Links end, letters and addresses go, and what they wrote in their own words. Marks stay:
    without the person they say nothing of anybody."""
    people = [contact.pk, *contact.merged_from.values_list("pk", flat=True)]
    rows = SurveyInvitation.objects.filter(contact__in=people)
    forget(kinds=LETTERS, keys=keys_of(rows))
    now = timezone.now()
    rows.update(address="", draft={}, draft_at=None)
    rows.filter(revoked_at=None).update(revoked_at=now)
    responses = SurveyResponse.objects.filter(invitation__in=rows)
    documents = Document.objects.filter(pk__in=responses.values("document")).select_related("form")
    for document in documents:
        texts = questions.free_text_codes(document.form.read)
        kept = {code: value for code, value in document.answers.items() if code not in texts}
        Document.objects.filter(pk=document.pk).update(answers=kept)
        Answer.objects.filter(document=document, field__in=texts).delete()
    opinions = Opinion.objects.filter(contact__in=people)
    _redact(Document, documents, now)
    _redact(Opinion, opinions, now)
    responses.update(comment="")
    opinions.filter(response__isnull=False).update(text="–", wish="", contact=None)
    opinions.update(contact=None)


def _redact(model, rows, now) -> None:
    kind = ContentType.objects.get_for_model(model)
    ids = list(rows.values_list("pk", flat=True))
    entries = AuditEntry.objects.filter(target_type=kind, target_id__in=ids, redacted_at=None)
    entries.update(changes={}, target_label="", reason="", redacted_at=now)
