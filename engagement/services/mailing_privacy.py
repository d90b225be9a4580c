"""What mailings know of a person: for a copy of their data, and for its removal
(settings.KAM_PERSONAL_DATA). What was written to them lies in the log of communications."""

from engagement.models import MailingRecipient
from engagement.notices.mailings import LETTER
from notifications.services import forget


def _rows(contact):
    people = [contact.pk, *contact.merged_from.values_list("pk", flat=True)]
    return MailingRecipient.objects.filter(contact__in=people)


def export_mailings(*, contact, actor) -> dict:
    """Which mailings meant them, what became of each, and when they unsubscribed."""
    rows = _rows(contact).select_related("mailing").order_by("pk")
    return {
        "mailings": [
            {
                "mailing": row.mailing.name,
                "address": row.address,
                "not_reached": row.left_out,
                "state": row.state,
                "written_to": row.written_at.isoformat() if row.written_at else None,
                "unsubscribed": row.unsubscribed_at.isoformat() if row.unsubscribed_at else None,
            }
            for row in rows
        ]
    }


def erase_mailings(*, contact) -> None:
    """Addresses and letters go, those that wait included; that somebody was written to stays."""
    rows = _rows(contact)
    forget(kinds=[LETTER], keys=[str(pk) for pk in rows.values_list("pk", flat=True)])
    rows.update(address="")
