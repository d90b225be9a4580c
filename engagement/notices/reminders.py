"""Reminders of visits, of customers who wait for an answer, and of those nobody visits.

Planners ask for what is due by now and not yet told, so they may run twice, late, or after a week
off. The key of an occasion names the time of the visit: a visit that was moved has another one, and
what was due at its old time is not right any more.
"""

import datetime
from collections import defaultdict
from itertools import islice
from zoneinfo import ZoneInfo

from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from core.models import company
from engagement import reminding
from engagement.models import (
    Communication,
    CommunicationSettings,
    ReminderSettings,
    Visit,
    VisitColleague,
)
from notifications.kinds import Kind, Mode, NoticeChannel
from notifications.models import Notification
from notifications.services import Notice, notify, restore, withdraw

GROUP = {"group_zh": "拜访与沟通", "group_en": "Visits and communications"}
LOUD = dict.fromkeys(NoticeChannel, Mode.NOW)
HERE = "engagement.notices.reminders"
STAMP = "%Y%m%dT%H%M"
CHUNK = 500
# Farther than any zone lies from another, and a day on top.
HORIZON = datetime.timedelta(hours=52)

TOMORROW, SOON = "engagement.visit_tomorrow", "engagement.visit_soon"
ANSWER, ANSWER_LATE = "engagement.answer_overdue", "engagement.answer_escalated"
SILENT = "engagement.cadence_escalated"

KINDS = (
    Kind(
        TOMORROW, "明天的拜访", "Visits of tomorrow", modes=LOUD, **GROUP,
        plan=f"{HERE}.plan_tomorrow", still_due=f"{HERE}.visit_stands",
    ),
    Kind(
        SOON, "拜访即将开始", "Visits about to begin", modes=LOUD, urgent=True, **GROUP,
        plan=f"{HERE}.plan_soon", still_due=f"{HERE}.visit_stands",
    ),
    Kind(
        ANSWER, "客户等待答复已超期", "Customers wait for an answer", modes=LOUD, **GROUP,
        plan=f"{HERE}.plan_answers", still_due=f"{HERE}.still_waits",
    ),
    Kind(
        ANSWER_LATE, "下属超期未答复客户", "My people owe an answer", **GROUP,
        plan=f"{HERE}.plan_late_answers", still_due=f"{HERE}.still_waits",
    ),
    Kind(SILENT, "下属的客户超期未访", "My people's accounts are not visited", **GROUP),
)  # fmt: skip


# ---------- visits ----------


def plan_tomorrow(now):
    """Who visits tomorrow, from the evening before on."""
    time = ReminderSettings.current().evening_at
    if time is None:
        return
    for batch in _pending(TOMORROW, now, now + HORIZON):
        due = [one for one in batch if reminding.due_evening(now, one[1], time, one[3])]
        yield _notices(TOMORROW, due, "明天", "Tomorrow")


def plan_soon(now):
    """Who visits within the minutes of the settings."""
    minutes = ReminderSettings.current().minutes_before
    if minutes is None:
        return
    until = now + datetime.timedelta(minutes=minutes)
    for batch in _pending(SOON, now, until):
        yield _notices(SOON, batch, "即将", "Soon")


def _pending(kind, now, until):
    """(visit, begin, person, zone) of whoever takes part between two moments and was not told
    of this kind yet, in batches."""
    ahead = Visit.objects.ahead().filter(starts_at__gt=now, starts_at__lte=until)
    zone = "unit__city__time_zone"
    owners = ahead.order_by("starts_at", "pk").values_list(
        "pk", "starts_at", "owner", f"owner__{zone}"
    )
    along = (
        VisitColleague.objects.filter(visit__in=ahead.values("pk"))
        .order_by("visit__starts_at", "pk")
        .values_list("visit", "visit__starts_at", "user", f"user__{zone}")
    )
    house = company().time_zone
    for rows in (owners.iterator(chunk_size=CHUNK), along.iterator(chunk_size=CHUNK)):
        for batch in in_batches(rows, CHUNK):
            keys = {_key(pk, starts_at) for pk, starts_at, _user, _zone in batch}
            told = set(
                Notification.objects.filter(kind=kind, key__in=keys).values_list(
                    "key", "recipient_id"
                )
            )
            yield [
                (pk, starts_at, user, here or house)
                for pk, starts_at, user, here in batch
                if (_key(pk, starts_at), user) not in told
            ]


def in_batches(rows, size):
    rows = iter(rows)
    while batch := list(islice(rows, size)):
        yield batch


def _key(pk, starts_at) -> str:
    return f"visit:{pk}:{starts_at.astimezone(datetime.UTC):{STAMP}}"


def _notices(kind, due, zh, en) -> list[Notice]:
    """One notice a visit and zone: the time is that on the clocks of whoever is told."""
    people = defaultdict(list)
    for pk, _starts_at, user, zone in due:
        people[pk, zone].append(user)
    visits = Visit.objects.select_related("account", "site").in_bulk({pk for pk, _zone in people})
    notices = []
    for (pk, zone), users in people.items():
        visit = visits[pk]
        at = visit.starts_at.astimezone(ZoneInfo(zone))
        place = visit.place or (visit.site.name if visit.site_id else "") or visit.account.address
        notices.append(
            Notice(
                kind=kind,
                key=_key(pk, visit.starts_at),
                recipients=tuple(users),
                url=_page("engagement:visit_detail", pk),
                zh=f"{zh} {at:%H:%M} 拜访{visit.account}：{visit.purpose}",
                en=f"{en} {at:%H:%M}: visit {visit.account}, {visit.purpose}",
                body_zh=f"{at:%Y-%m-%d %H:%M} {place}".strip(),
                body_en=f"{at:%Y-%m-%d %H:%M} {place}".strip(),
                subject_type="visit",
                subject_id=pk,
                account_id=visit.account_id,
            )
        )
    return notices


def visit_stands(notice) -> bool:
    """The visit is still ahead, at the time of the notice, with this person, and theirs to see."""
    person = notice.recipient
    visit = Visit.objects.visible_to(person).ahead().filter(pk=notice.subject_id).first()
    if visit is None or notice.key != _key(visit.pk, visit.starts_at):
        return False
    along = VisitColleague.objects.filter(visit=visit, user=person)
    return visit.starts_at > timezone.now() and (visit.owner_id == person.pk or along.exists())


def overtake(visit_id, starts_at, begins=None) -> None:
    """The visit does not begin then: what people see of that time is withdrawn. Where it begins
    at a time of which they were told before, that holds again."""
    withdraw(kinds=(TOMORROW, SOON), key=_key(visit_id, starts_at))
    if begins is not None:
        restore(kinds=(TOMORROW, SOON), key=_key(visit_id, begins))


# ---------- answers ----------


def plan_answers(now):
    """Who wrote down that a customer waits, once the time for the answer is over."""
    rows = Communication.objects.waiting().filter(answer_by__lte=now, author__isnull=False)
    for batch in _untold(ANSWER, rows):
        yield [_owed(ANSWER, row, row.author_id) for row in batch]


def plan_late_answers(now):
    """Their superiors, some hours later."""
    hours = CommunicationSettings.current().warn_hours
    rows = Communication.objects.waiting().filter(
        answer_by__lte=now - datetime.timedelta(hours=hours), author__superior__is_active=True
    )
    for batch in _untold(ANSWER_LATE, rows):
        yield [_owed(ANSWER_LATE, row, row.author.superior_id) for row in batch]


def _untold(kind, rows):
    rows = rows.order_by("answer_by", "pk").values_list("pk", "answer_by")
    for batch in in_batches(rows.iterator(chunk_size=CHUNK), CHUNK):
        keys = {_answer_key(pk, by): pk for pk, by in batch}
        told = Notification.objects.filter(kind=kind, key__in=keys).values_list("key", flat=True)
        wanted = [pk for key, pk in keys.items() if key not in set(told)]
        if wanted:
            found = Communication.objects.filter(pk__in=wanted)
            yield list(found.select_related("account", "author").order_by("pk"))


def _answer_key(pk, by) -> str:
    return f"communication:{pk}:{by.astimezone(datetime.UTC):{STAMP}}"


def _owed(kind, row, recipient) -> Notice:
    return Notice(
        kind=kind,
        key=_answer_key(row.pk, row.answer_by),
        recipients=(recipient,),
        url=_page("engagement:communication_detail", row.pk),
        zh=f"{row.account} 等待答复：{row.subject}",
        en=f"{row.account} waits for an answer: {row.subject}",
        subject_type="communication",
        subject_id=row.pk,
        account_id=row.account_id,
    )


def still_waits(notice) -> bool:
    rows = Communication.objects.visible_to(notice.recipient).waiting()
    row = rows.filter(pk=notice.subject_id).first()
    return row is not None and notice.key == _answer_key(row.pk, row.answer_by)


# ---------- cadence ----------


def cadence_escalated(lapse, manager, days) -> None:
    """The superior of an account manager, once for each lapse."""
    account = lapse.account
    notify(
        kind=SILENT,
        recipients=[manager.superior],
        url=f"{reverse('engagement:cadence_list')}?manager={manager.pk}&state=overdue",
        key=f"lapse:{lapse.pk}",
        zh=f"{account} 超期 {days} 天未访（{manager.name}）",
        en=f"{account} was to be visited {days} days ago ({manager.name})",
        subject_type="account",
        subject_id=account.pk,
        account_id=account.pk,
    )


def _page(name, pk) -> str:
    try:
        return reverse(name, args=[pk])
    except NoReverseMatch:
        return "/"
