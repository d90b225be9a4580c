"""Taking back what does not hold any more, where people already see it."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models.functions import Coalesce
from django.utils import timezone

from notifications.models import Delivery, DeliveryState, Notification


@transaction.atomic
def withdraw(*, kinds: Iterable[str], key: str) -> int:
    """The notices of an occasion are marked as overtaken and count as read. Returns how many.

    Messages that still wait to leave need nothing: `still_due` of their kind drops them.
    """
    now = timezone.now()
    rows = Notification.objects.filter(kind__in=list(kinds), key=key, withdrawn_at=None)
    return rows.update(withdrawn_at=now, read_at=Coalesce("read_at", now))


@transaction.atomic
def restore(*, kinds: Iterable[str], key: str) -> int:
    """What was withdrawn holds again: it is new to its reader, and a message that was dropped
    before it left goes after all. Returns how many."""
    rows = Notification.objects.filter(kind__in=list(kinds), key=key, withdrawn_at__isnull=False)
    ids = list(rows.values_list("pk", flat=True))
    dropped = Delivery.objects.filter(notification__in=ids, state=DeliveryState.DROPPED)
    dropped.update(state=DeliveryState.PENDING, due_at=timezone.now(), finished_at=None)
    Notification.objects.filter(pk__in=ids).update(withdrawn_at=None, read_at=None)
    return len(ids)
