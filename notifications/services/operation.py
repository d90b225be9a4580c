"""What operators do: send again, close, keep order, and hear of trouble."""

import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core import audit
from core.exceptions import DomainError
from notifications import mailbox
from notifications.models import (
    TROUBLED,
    Delivery,
    DeliveryState,
    Notification,
    WebhookCall,
    notification_settings,
)
from notifications.services.notify import notify, wake_on_commit
from teams.models import User
from teams.rights import Right

TROUBLE = "notifications.trouble"
ENDED = (DeliveryState.SENT, DeliveryState.DROPPED, DeliveryState.BUNDLED, DeliveryState.CLOSED)


class NotInTrouble(DomainError):
    """The message is no longer dead or unknown; somebody else was faster."""


@transaction.atomic
def resend(*, delivery: Delivery, actor) -> None:
    """Try a dead or unknown message again, from the first try on, under its old key."""
    _leave_trouble(delivery, actor, "resent", DeliveryState.PENDING, attempts=0, finished_at=None)
    wake_on_commit()


@transaction.atomic
def close(*, delivery: Delivery, actor) -> None:
    """Leave it: it arrived after all, or it no longer matters."""
    _leave_trouble(delivery, actor, "closed", DeliveryState.CLOSED)


def _leave_trouble(delivery, actor, verb, state, **values) -> None:
    if not actor.has_right(Right.MANAGE_SETTINGS):
        raise PermissionDenied
    now = timezone.now()
    rows = Delivery.objects.filter(pk=delivery.pk, state__in=TROUBLED)
    if not rows.update(state=state, due_at=now, lease_token="", **values):
        raise NotInTrouble(_("This message is no longer waiting for a decision."))
    audit.record(
        actor=actor,
        action=f"delivery.{verb}",
        target=delivery,
        state=(delivery.state, state.value),
        error=delivery.error,
    )


def tell_of_trouble(now=None) -> int:
    """Administrators hear once a day that messages wait for their decision."""
    now = now or timezone.now()
    waiting = Delivery.objects.filter(state__in=TROUBLED).exclude(notification__kind=TROUBLE)
    count = waiting.count()
    if not count:
        return 0
    people = [
        person
        for person in User.objects.filter(is_active=True).select_related("post")
        if person.has_right(Right.MANAGE_SETTINGS)
    ]
    notify(
        kind=TROUBLE,
        key=timezone.localdate(now).isoformat(),
        recipients=people,
        url=reverse("notifications:operation"),
        zh=f"有 {count} 条消息没有发出，或不知是否已发出",
        en=f"{count} messages were not sent, or it is unknown whether they were",
    )
    return count


def repair(now=None) -> dict[str, int]:
    """Each night: forget what is old, and messages whose webhook was switched off."""
    now, limits = now or timezone.now(), notification_settings()
    before = now - datetime.timedelta(days=limits.keep_days)
    logged = now - datetime.timedelta(days=limits.keep_calls_days)
    unfinished = Delivery.objects.exclude(state__in=ENDED).values("notification")
    old = Notification.objects.filter(at__lt=before).exclude(pk__in=unfinished)
    old = old.filter(read_at__isnull=False) | old.filter(is_shown=False)
    orphans = Delivery.objects.filter(
        state__in=(DeliveryState.PENDING, *TROUBLED), endpoint__is_active=False
    )
    return {
        "dropped": orphans.update(state=DeliveryState.DROPPED, finished_at=now),
        "notifications": old.delete()[1].get("notifications.Notification", 0),
        "webhook_calls": WebhookCall.objects.filter(at__lt=logged).delete()[0],
        "letters": mailbox.forget(logged),
    }
