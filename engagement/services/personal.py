"""What engagement holds about a person of a customer (settings.KAM_PERSONAL_DATA)."""

from django.contrib.contenttypes.models import ContentType
from django.utils import timezone
from django.utils.translation import gettext as _

from core.models import AuditEntry
from engagement.models import (
    Callback,
    CallbackContact,
    CallbackFeedback,
    Communication,
    VisitContact,
)


def export_communications(*, contact, actor) -> dict:
    """What was said to them and by them."""
    rows = Communication.objects.filter(contact=contact).order_by("at", "pk")
    return {
        "communications": [
            {
                "at": row.at.isoformat(),
                "channel": row.channel,
                "direction": row.direction,
                "subject": row.subject,
                "content": row.content,
                "answer": row.answer,
            }
            for row in rows
        ]
    }


def erase_communications(*, contact) -> None:
    """That they took place stays; what was said goes, from history as well."""
    rows = Communication.objects.filter(contact=contact)
    kind = ContentType.objects.get_for_model(Communication)
    ids = list(rows.values_list("pk", flat=True))
    traces = AuditEntry.objects.filter(target_type=kind, target_id__in=ids, redacted_at=None)
    traces.update(changes={}, target_label="", reason="", redacted_at=timezone.now())
    rows.update(subject=_("(removed)"), content="", answer="")


def export_visits(*, contact, actor) -> dict:
    """The visits that met them."""
    rows = VisitContact.objects.filter(contact=contact).select_related("visit")
    return {
        "visits": [
            {
                "number": row.visit.number,
                "at": (row.visit.held_at or row.visit.starts_at).isoformat(),
                "purpose": row.visit.purpose,
                "place": row.visit.where,
                "level": row.level,
                "attended": row.attended,
            }
            for row in rows.order_by("visit__starts_at", "pk")
        ]
    }


def erase_visits(*, contact) -> None:
    """That somebody was met stays; who they were in their house goes."""
    VisitContact.objects.filter(contact=contact).update(level="")


def export_callbacks(*, contact, actor) -> dict:
    """The callbacks that were to reach them, and what was said where they were reached."""
    rows = CallbackContact.objects.filter(contact=contact).select_related("callback")
    return {
        "callbacks": [
            {
                "number": row.callback.number,
                "at": (row.callback.held_at or row.callback.planned_at).isoformat(),
                "reached": row.reached,
                "satisfaction": row.callback.satisfaction if row.reached else None,
                "summary": row.callback.summary if row.reached else "",
                "said": [one.text for one in row.callback.feedback.all()] if row.reached else [],
            }
            for row in rows.order_by("callback__planned_at", "pk").prefetch_related(
                "callback__feedback"
            )
        ]
    }


def erase_callbacks(*, contact) -> None:
    """That somebody was called stays; what they alone said goes, from history as well. The opinion
    itself is the account's and is followed on."""
    rows = CallbackContact.objects.filter(contact=contact)
    theirs = Callback.objects.filter(pk__in=rows.filter(reached=True).values("callback"))
    theirs = theirs.exclude(pk__in=others_reached(contact))
    ids = list(theirs.values_list("pk", flat=True))
    CallbackFeedback.objects.filter(callback__in=ids).update(text=_("(removed)"))
    Callback.objects.filter(pk__in=ids).update(summary="")
    kind = ContentType.objects.get_for_model(Callback)
    traces = AuditEntry.objects.filter(target_type=kind, target_id__in=ids, redacted_at=None)
    traces.update(changes={}, target_label="", reason="", redacted_at=timezone.now())


def others_reached(contact):
    rows = CallbackContact.objects.filter(reached=True).exclude(contact=contact)
    return rows.values("callback")
