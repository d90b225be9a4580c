"""Sending what waits, exactly once in effect (reliability.md, section 4).

Take: one short transaction writes a lease and a random token. Send: outside any transaction.
Finish: only while the token is still one's own. The one unsafe moment lies between sending and
noting it; what happens then is the policy of the kind. A worker that dies leaves a lease that runs
out; nothing is lost, and a message that always fails is given up after some tries while the others
go on.
"""

import datetime
import time
from collections import Counter
from uuid import uuid4

import structlog
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F, Q
from django.utils import timezone

from notifications import channels
from notifications.backoff import next_try
from notifications.kinds import Policy, kinds
from notifications.models import (
    Delivery,
    DeliveryState,
    KindSetting,
    NotificationSettings,
    notification_settings,
)
from notifications.recheck import still_due

log = structlog.get_logger(__name__)

# A lease that ends so much later than one can was written before the clock was set back.
STRAY = datetime.timedelta(minutes=10)


def run(seconds: float = 50.0) -> dict[str, int]:
    """Send what is due, for at most so long. Returns how many ended in which way."""
    limits, policies = notification_settings(), policies_now()
    told = Counter(sweep(limits, policies))
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        token, ids = claim(limits)
        if not ids:
            break
        for pk in ids:
            told[deliver(pk, token, limits, policies)] += 1
    return dict(told)


def policies_now() -> dict[str, str]:
    """The policy of every kind, as shipped or as the company set it."""
    found = {code: kind.policy for code, kind in kinds().items()}
    return found | dict(KindSetting.objects.values_list("kind", "policy"))


# ---------------------------------------------------------------------------------------- leases


def sweep(limits: NotificationSettings, policies: dict[str, str]) -> dict[str, int]:
    """Leases that ran out: nothing was sent, or it is sent again, or it is unknown."""
    now = timezone.now()
    over = Q(due_at__lte=now) | Q(due_at__gt=now + limits.lease + STRAY)
    left = Delivery.objects.filter(over, state__in=(DeliveryState.LEASED, DeliveryState.SENDING))
    told = Counter()
    for pk, token, state, attempts, kind in left.values_list(
        "pk", "lease_token", "state", "attempts", "notification__kind"
    ):
        values = {"state": DeliveryState.PENDING, "due_at": now}
        if state == DeliveryState.SENDING and policies.get(kind) == Policy.HOLD:
            values = {"state": DeliveryState.UNKNOWN, "finished_at": now}
        elif attempts >= limits.max_tries:
            values = {"state": DeliveryState.DEAD, "finished_at": now}
        mine = Delivery.objects.filter(over, pk=pk, lease_token=token, state=state)
        if mine.update(lease_token="", **values) and values["state"] != DeliveryState.PENDING:
            told[values["state"].value] += 1
    return told


def claim(limits: NotificationSettings) -> tuple[str, list[int]]:
    """Take up to a batch of what is due. Two at once never take the same row."""
    token, now = uuid4().hex, timezone.now()
    due = Delivery.objects.due(now).order_by("due_at", "pk")
    if not due.exists():
        return token, []
    with transaction.atomic():
        rows = due.select_for_update(skip_locked=True)[: limits.batch_size]
        ids = list(rows.values_list("pk", flat=True))
        # The condition once more: where nothing locks rows, it decides who takes them.
        Delivery.objects.due(now).filter(pk__in=ids).update(
            state=DeliveryState.LEASED, lease_token=token, due_at=now + limits.lease
        )
    taken = Delivery.objects.filter(pk__in=ids, lease_token=token, state=DeliveryState.LEASED)
    return token, [pk for pk in ids if pk in set(taken.values_list("pk", flat=True))]


def _move(pk: int, token: str, states: tuple[str, ...], **values) -> bool:
    """Write to a row that is still one's own."""
    mine = Delivery.objects.filter(pk=pk, lease_token=token, state__in=states)
    return bool(mine.update(**values))


def _begin(pk: int, token: str, limits: NotificationSettings) -> bool:
    """Count the try before anything can go wrong; a lease that ran out belongs to somebody else."""
    now = timezone.now()
    return bool(
        Delivery.objects.filter(
            pk=pk, lease_token=token, state=DeliveryState.LEASED, due_at__gt=now
        ).update(attempts=F("attempts") + 1, due_at=now + limits.lease)
    )


# --------------------------------------------------------------------------------------- sending


def deliver(pk: int, token: str, limits: NotificationSettings, policies: dict[str, str]) -> str:
    """Send one message that was taken. Returns the state it ended in, or "lost"."""
    if not _begin(pk, token, limits):
        return "lost"
    delivery = Delivery.objects.select_related(
        "notification__recipient__unit", "notification__recipient__post", "endpoint__user"
    ).get(pk=pk)
    hold = policies.get(delivery.notification.kind) == Policy.HOLD
    sending = False
    try:
        if not still_due(delivery):
            return _end(pk, token, DeliveryState.DROPPED)
        send = channels.prepare(delivery, limits)
        if hold:
            sending = _move(pk, token, (DeliveryState.LEASED,), state=DeliveryState.SENDING)
            if not sending:
                return "lost"
        send()
    except (OperationalError, InterfaceError):
        raise  # the database is away; the lease runs out and somebody goes on
    except channels.NothingLeft:
        return _end(pk, token, DeliveryState.DROPPED)
    except channels.GivenUp as error:
        return _end(pk, token, DeliveryState.DEAD, error)
    except Exception as error:
        if sending and not isinstance(error, channels.NotSent):
            return _end(pk, token, DeliveryState.UNKNOWN, error)
        return _again(delivery, token, limits, error)
    return _end(pk, token, DeliveryState.SENT)


def _end(pk: int, token: str, state: str, error: Exception | None = None) -> str:
    if error is not None:
        log.warning("notice not sent", delivery=pk, state=str(state), error=_short(error))
    held = (DeliveryState.LEASED, DeliveryState.SENDING)
    now = timezone.now()
    values = {"state": state, "finished_at": now, "lease_token": "", "error": _short(error)}
    return state.value if _move(pk, token, held, **values) else "lost"


def _again(delivery: Delivery, token: str, limits: NotificationSettings, error) -> str:
    """Another try after a pause, or the end of it."""
    pause = next_try(delivery.attempts, limits.tries)
    if pause is None:
        return _end(delivery.pk, token, DeliveryState.DEAD, error)
    held = (DeliveryState.LEASED, DeliveryState.SENDING)
    log.info("notice failed", delivery=delivery.pk, error=_short(error))
    moved = _move(
        delivery.pk,
        token,
        held,
        state=DeliveryState.PENDING,
        due_at=timezone.now() + pause,
        lease_token="",
        error=_short(error),
    )
    return "failed" if moved else "lost"


def _short(error) -> str:
    return "" if error is None else (str(error) or repr(error)).replace("\x00", "")[:500]
