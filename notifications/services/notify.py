"""Telling people: the one way in. What is told is written in the caller's own transaction."""

import datetime
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from notifications import tasks
from notifications.kinds import Mode, NoticeChannel, kind_of
from notifications.models import Delivery, DeliveryState, Notification, WebhookEndpoint
from notifications.services.wishes import Wishes, wishes_of
from teams.models import User

CHUNK = 500


@dataclass(frozen=True)
class Notice:
    """One occasion and everybody who is told of it. `recipients` are people or their ids."""

    kind: str
    key: str
    recipients: tuple
    url: str
    zh: str
    en: str
    body_zh: str = ""
    body_en: str = ""
    subject_type: str = ""
    subject_id: int | None = None
    account_id: int | None = None
    actor: User | None = None
    at: datetime.datetime | None = None


def notify(
    *,
    kind,
    recipients,
    url,
    key,
    zh,
    en,
    body_zh="",
    body_en="",
    subject_type="",
    subject_id=None,
    account_id=None,
    actor=None,
    at=None,
) -> list[Notification]:
    """Tell people once of one occasion, in the caller's transaction.

    The same (kind, key, recipient) a second time changes nothing. `url` is a path of this house.
    `at` in the future: nobody sees it and nothing leaves before. Returns what was new.
    """
    return notify_many(
        [
            Notice(
                kind=kind,
                key=key,
                recipients=tuple(recipients),
                url=url,
                zh=zh,
                en=en,
                body_zh=body_zh,
                body_en=body_en,
                subject_type=subject_type,
                subject_id=subject_id,
                account_id=account_id,
                actor=actor,
                at=at,
            )
        ]
    )


@transaction.atomic
def notify_many(notices: Iterable[Notice]) -> list[Notification]:
    """The same for many occasions, as set operations; planners use it."""
    by_kind = defaultdict(list)
    for notice in notices:
        if not notice.url.startswith("/") or notice.url.startswith("//"):
            raise ValueError(f"a notice leads to a page of this house, not to {notice.url!r}")
        by_kind[notice.kind].append(replace(notice, recipients=_ids(notice.recipients)))
    made = []
    for code, group in by_kind.items():
        for start in range(0, len(group), CHUNK):
            made += _tell(code, group[start : start + CHUNK])
    return made


def _ids(recipients) -> tuple[int, ...]:
    return tuple(dict.fromkeys(getattr(one, "pk", one) for one in recipients))


def _tell(code: str, notices: list[Notice]) -> list[Notification]:
    kind, now = kind_of(code), timezone.now()
    ids = {pk for notice in notices for pk in notice.recipients}
    people = User.objects.filter(pk__in=ids, is_active=True).select_related("unit__city")
    people = {person.pk: person for person in people}
    wishes = wishes_of(kind, people)
    known = set(_written(code, notices, people).values_list("key", "recipient_id"))
    rows = [
        _row(notice, people[pk], wishes, now)
        for notice in notices
        for pk in notice.recipients
        if pk in people and (notice.key, pk) not in known
    ]
    if not rows:
        return []
    Notification.objects.bulk_create(rows, ignore_conflicts=True)
    new = {(row.key, row.recipient_id) for row in rows}
    written = [
        row
        for row in _written(code, notices, people)
        if (row.key, row.recipient_id) in new
    ]
    for row in written:
        row.recipient = people[row.recipient_id]
    _send_out(wishes, written)
    return written


def _written(code, notices, people):
    return Notification.objects.filter(
        kind=code, key__in={notice.key for notice in notices}, recipient__in=people
    ).order_by("pk")


def _row(notice: Notice, person: User, wishes: Wishes, now) -> Notification:
    return Notification(
        kind=notice.kind,
        key=notice.key,
        recipient=person,
        title_zh=_line(notice.zh),
        title_en=_line(notice.en),
        body_zh=notice.body_zh,
        body_en=notice.body_en,
        url=notice.url,
        subject_type=notice.subject_type,
        subject_id=notice.subject_id,
        account_id=notice.account_id,
        actor=notice.actor,
        is_shown=wishes.mode(person.pk, NoticeChannel.IN_APP) != Mode.OFF,
        at=notice.at or now,
    )


def _line(text) -> str:
    """One line, as a list and a subject of an e-mail need it."""
    return " ".join(str(text).split())[:300]


# ----------------------------------------------------------------------------------- the outbox


def _send_out(wishes: Wishes, rows: list[Notification]) -> None:
    """Outbox rows of the other channels, and a worker is told to look."""
    endpoints = list(WebhookEndpoint.objects.filter(is_active=True))
    wanted = [one for one in endpoints if one.wants(wishes.kind.code)]
    planned = {}
    for row in rows:
        for delivery in (*_emails(wishes, row), *_calls(wishes, row, wanted)):
            planned.setdefault(delivery.dedupe_key, delivery)
    if not planned:
        return
    Delivery.objects.bulk_create(planned.values(), ignore_conflicts=True)
    now = timezone.now()
    if any(one.state == DeliveryState.PENDING and one.due_at <= now for one in planned.values()):
        wake_on_commit()


def _emails(wishes: Wishes, row: Notification):
    mode = wishes.mode(row.recipient_id, NoticeChannel.EMAIL)
    if mode == Mode.OFF or not row.recipient.email:
        return
    yield Delivery(
        notification=row,
        channel=NoticeChannel.EMAIL,
        dedupe_key=f"{row.kind}:{row.key}:{row.recipient_id}:email",
        state=DeliveryState.GATHERED if mode == Mode.DIGEST else DeliveryState.PENDING,
        due_at=wishes.may_leave_at(row.recipient, row.at),
    )


def _calls(wishes: Wishes, row: Notification, endpoints):
    for endpoint in endpoints:
        if endpoint.user_id not in (None, row.recipient_id):
            continue
        own = endpoint.user_id is not None
        channel = NoticeChannel.WEBHOOK
        mode = wishes.mode(row.recipient_id, channel) if own else wishes.company_mode(channel)
        if mode == Mode.OFF:
            continue
        yield Delivery(
            notification=row,
            channel=channel,
            endpoint=endpoint,
            dedupe_key=f"{row.kind}:{row.key}:hook:{endpoint.pk}",
            due_at=wishes.may_leave_at(row.recipient if own else None, row.at),
        )


def wake_on_commit() -> None:
    """Once in a transaction. A broker that is away costs delay: the job of each minute looks."""
    if not any(entry[1] is wake for entry in connection.run_on_commit):
        transaction.on_commit(wake, robust=True)


def wake() -> None:
    if settings.BROKER_URL or settings.CELERY_TASK_ALWAYS_EAGER:
        tasks.dispatch.apply_async(expires=60)
