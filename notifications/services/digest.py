"""The daily digest: what a person wants to hear of once a day, in one message (每日汇总)."""

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from notifications.kinds import NoticeChannel
from notifications.models import Delivery, DeliveryState, Hours, Notification
from notifications.quiet import at_clock, digest_day
from notifications.services.notify import wake_on_commit
from notifications.services.wishes import times_of, zone_of
from teams.models import User

KIND = "notifications.digest"


def make_digests(now=None) -> int:
    """Bundle what was gathered, for everybody whose time has come. Returns how many digests.

    A person's gathered messages from before the day's digest time go into that day's digest; the
    key is the day, so running twice, late, or after a week off makes one.
    """
    now = now or timezone.now()
    gathered = Delivery.objects.filter(state=DeliveryState.GATHERED).order_by()
    waiting = gathered.values_list("notification__recipient", flat=True).distinct()
    people = User.objects.filter(pk__in=list(waiting)).select_related("unit__city")
    hours = {row.user_id: row for row in Hours.objects.filter(user__in=people)}
    return sum(_bundle(person, hours.get(person.pk), now) for person in people)


@transaction.atomic
def _bundle(person: User, hours: Hours | None, now) -> bool:
    zone, time = zone_of(person), times_of(hours)[2]
    day = digest_day(now, time, zone)
    before = at_clock(day, time, zone)
    rows = Delivery.objects.filter(
        state=DeliveryState.GATHERED, notification__recipient=person, due_at__lte=before
    )
    ids = list(rows.values_list("pk", flat=True))
    if not ids:
        return False
    Notification.objects.bulk_create(
        [
            Notification(
                kind=KIND,
                key=day.isoformat(),
                recipient=person,
                title_zh=f"今日通知汇总：{len(ids)} 条",
                title_en=f"Your notifications of the day: {len(ids)}",
                url=reverse("notifications:notification_list"),
                is_shown=False,
                at=now,
            )
        ],
        ignore_conflicts=True,
    )
    notice = Notification.objects.get(kind=KIND, key=day.isoformat(), recipient=person)
    key = f"{KIND}:{day.isoformat()}:{person.pk}:email"
    letter, new = Delivery.objects.get_or_create(
        dedupe_key=key,
        defaults={"notification": notice, "channel": NoticeChannel.EMAIL, "due_at": now},
    )
    if not new and letter.state != DeliveryState.PENDING:
        return False  # that day's left already: the rest waits for the next
    Delivery.objects.filter(pk__in=ids, state=DeliveryState.GATHERED).update(
        state=DeliveryState.BUNDLED, bundle=letter, finished_at=now
    )
    wake_on_commit()
    return new
