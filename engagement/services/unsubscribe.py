"""What the customer does by the link of a message: they want no more of them."""

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import Consent, Contact
from accounts.services import withdraw_consent
from core import audit
from engagement.models import MailingChannel, MailingRecipient


@transaction.atomic
def unsubscribe(*, recipient, one_click=False, now=None) -> int:
    """Withdraw the consent of whoever the message went to, and of every contact entered with the
    same address: they are one person to whom it belongs. Twice changes nothing. Returns how many
    consents ended."""
    now = now or timezone.now()
    mine = MailingRecipient.objects.filter(pk=recipient.pk, unsubscribed_at=None)
    first = mine.update(unsubscribed_at=now, updated_at=now)
    told = {"mailing": (None, recipient.mailing.number)}
    if one_click:
        told["one_click"] = (None, True)
    ended = 0
    for contact in _people(recipient):
        withdraw_consent(contact=contact, told=told)
        ended += 1
    if first:
        audit.record(
            actor=None,
            action="mailing.unsubscribed",
            target=recipient,
            parent=recipient.account,
            at=now,
            changes={"consents": (None, ended)},
        )
    return ended


def _people(recipient):
    person = recipient.contact.merged_into or recipient.contact
    same = Q(pk=person.pk)
    if recipient.address and recipient.mailing.channel == MailingChannel.EMAIL:
        same |= Q(email__iexact=recipient.address)
    elif recipient.address:
        same |= Q(mobile__in={recipient.address, recipient.contact.mobile} - {""})
    rows = Contact.objects.filter(same, merged_into=None, anonymised_at=None)
    return rows.exclude(consent=Consent.REFUSED).order_by("pk")
