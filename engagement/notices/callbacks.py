"""What people are told about callbacks: those of the day, each once at the time that holds.

The key of an occasion names the time of the callback: one that was moved has another, and what was
written for its old time is not right any more.
"""

import datetime
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils import timezone

from core.models import company
from engagement import calling
from engagement.models import Callback, CallbackSettings
from engagement.notices.reminders import CHUNK, GROUP, HORIZON, LOUD, STAMP, in_batches
from notifications.kinds import Kind
from notifications.models import Notification
from notifications.services import Notice, restore, withdraw

DUE = "engagement.callback_due"
HERE = "engagement.notices.callbacks"
KINDS = (
    Kind(
        DUE, "今天要做的客户回访", "Callbacks due today", modes=LOUD, **GROUP,
        plan=f"{HERE}.plan_due_today", still_due=f"{HERE}.callback_stands",
    ),
)  # fmt: skip


def plan_due_today(now):
    """Who calls back today, from the time of the settings on, by the clocks of their city."""
    time = CallbackSettings.current().remind_at
    if time is None:
        return
    rows = (
        Callback.objects.ahead()
        .filter(planned_at__gt=now - HORIZON, planned_at__lte=now + HORIZON)
        .order_by("planned_at", "pk")
        .values_list("pk", "planned_at", "caller", "caller__unit__city__time_zone")
    )
    house = company().time_zone
    for batch in in_batches(rows.iterator(chunk_size=CHUNK), CHUNK):
        keys = {_key(pk, at) for pk, at, _caller, _zone in batch}
        told = set(
            Notification.objects.filter(kind=DUE, key__in=keys).values_list("key", "recipient_id")
        )
        due = {
            pk: zone or house
            for pk, at, caller, zone in batch
            if (_key(pk, at), caller) not in told
            and calling.due_in_the_morning(now, at, time, zone or house)
        }
        yield _notices(due)


def _key(pk, planned_at) -> str:
    return f"callback:{pk}:{planned_at.astimezone(datetime.UTC):{STAMP}}"


def _notices(due) -> list[Notice]:
    callbacks = Callback.objects.select_related("account").in_bulk(list(due)) if due else {}
    notices = []
    for pk, zone in due.items():
        one = callbacks[pk]
        at = one.planned_at.astimezone(ZoneInfo(zone))
        notices.append(
            Notice(
                kind=DUE,
                key=_key(pk, one.planned_at),
                recipients=(one.caller_id,),
                url=reverse("engagement:callback_detail", args=[pk]),
                zh=f"今天 {at:%H:%M} 回访{one.account}",
                en=f"Today {at:%H:%M}: call back {one.account}",
                body_zh=one.topic,
                body_en=one.topic,
                subject_type="callback",
                subject_id=pk,
                account_id=one.account_id,
            )
        )
    return notices


def callback_stands(notice) -> bool:
    """Still ahead, at the time of the notice, this person's to make and theirs to see; its day is
    not over."""
    rows = Callback.objects.of_person(notice.recipient).ahead()
    one = rows.filter(pk=notice.subject_id).first()
    if one is None or notice.key != _key(one.pk, one.planned_at):
        return False
    return timezone.localdate(one.planned_at) >= timezone.localdate()


def overtake(callback_id, planned_at, again_at=None) -> None:
    """It is not made then: what people see of that time is withdrawn. Where it is made at a time of
    which they were told before, that holds again."""
    withdraw(kinds=(DUE,), key=_key(callback_id, planned_at))
    if again_at is not None:
        restore(kinds=(DUE,), key=_key(callback_id, again_at))
