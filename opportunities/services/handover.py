"""The deals of somebody who leaves, as part of the hand-over of accounts."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from core import audit
from opportunities.models import Opportunity
from teams.rights import Right


def preview_deals(*, leaver, actor):
    """The open deals that would change hands. Closed ones keep the name of who closed them."""
    deals = Opportunity.objects.current().open().filter(owner=leaver)
    return deals if actor is None else deals & Opportunity.objects.visible_to(actor)


@transaction.atomic
def hand_over_deals(*, leaver, to, actor, reason="", on=None) -> int:
    """Give the leaver's open deals to a successor, one history line each; how many they were."""
    if actor is not None and not actor.has_right(Right.TRANSFER_ACCOUNTS):
        raise PermissionDenied
    deals = list(
        Opportunity.objects.filter(pk__in=preview_deals(leaver=leaver, actor=actor).values("pk"))
    )
    entries = [
        audit.entry(
            actor=actor,
            action="opportunity.handed_over",
            target=deal,
            reason=reason,
            owner=(leaver, to),
        )
        for deal in deals
    ]
    Opportunity.objects.filter(pk__in=[deal.pk for deal in deals], owner=leaver).update(
        owner=to, owner_unit=to.unit, version=F("version") + 1, updated_at=timezone.now()
    )
    audit.AuditEntry.objects.bulk_create(entries, batch_size=500)
    return len(deals)
