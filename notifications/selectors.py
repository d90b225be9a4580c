"""What the pages of notifications read."""

from collections import defaultdict

from django.db.models import Count, Min
from django.utils import timezone

from core.lists.paging import Page, paginate
from core.models import company
from core.subjects import subjects
from notifications.kinds import Kind, Mode, NoticeChannel, kinds, listed_kinds
from notifications.models import (
    TROUBLED,
    Delivery,
    DeliveryState,
    Hours,
    Notification,
    Preference,
    WebhookEndpoint,
)
from notifications.services.wishes import company_modes

COUNTED = 100
# The job looks each minute: what waits longer than two looks is late.
LATE_SECONDS = 120


def unread_count(user) -> int:
    """Unread notices of a person, counted up to a hundred: one small walk along an index."""
    rows = Notification.objects.visible_to(user).unread().order_by()
    return rows.values("pk")[:COUNTED].count()


def notice_page(user, *, unread: bool, kind: str, after: str = "", before: str = "") -> Page:
    """One page of a person's notices, newest first."""
    rows = Notification.objects.visible_to(user)
    if unread:
        rows = rows.unread()
    if kind:
        rows = rows.filter(kind=kind)
    page = paginate(
        rows, sort=["at"], descending=True, nullable=False, size=company().list_page_size,
        order="at", after=after, before=before,
    )  # fmt: skip
    readable(user, page.rows)
    return page


def readable(user, notices: list[Notification]) -> None:
    """Mark as `hidden` what is about something the reader may not see any more."""
    gone = unseen(user, [vars(notice) for notice in notices])
    for notice in notices:
        notice.hidden = notice.pk in gone


def unseen(user, rows: list[dict]) -> set[int]:
    """Ids of the notices whose subject the reader does not see: one query for each kind of
    subject among them. `rows` have id, kind, subject_type, subject_id and account_id."""
    asked = defaultdict(set)
    about = {row["id"]: _about(row) for row in rows}
    for subject in filter(None, about.values()):
        asked[subject[0]].add(subject[1])
    seen = {
        (kind, pk)
        for kind, ids in asked.items()
        for pk in subjects()[kind].visible_to(user).filter(pk__in=ids).values_list("pk", flat=True)
    }
    return {pk for pk, subject in about.items() if subject and subject not in seen}


def _about(row: dict) -> tuple[str, int] | None:
    """The subject that is asked for. What a kind checks by itself is not asked here."""
    kind = kinds().get(row["kind"])
    if kind is not None and kind.still_due:
        return None
    pairs = ((row["subject_type"], row["subject_id"]), ("account", row["account_id"]))
    return next((pair for pair in pairs if pair[1] is not None and pair[0] in subjects()), None)


def kinds_in_use(user) -> list[Kind]:
    """The kinds a person was ever told of, in the order of the registry."""
    told = set(Notification.objects.visible_to(user).order_by().values_list("kind", flat=True))
    return [kind for kind in kinds().values() if kind.code in told]


# ----------------------------------------------------------------------------------- preferences


def preference_rows(user) -> list[dict]:
    """Every kind with how the person gets it by each channel."""
    chosen = {
        (row.kind, row.channel): row.mode for row in Preference.objects.filter(user=user)
    }
    house, rows = company_modes(*listed_kinds()), []
    for kind in listed_kinds():
        modes = {
            channel: chosen.get((kind.code, channel)) or house[kind.code, channel]
            for channel in NoticeChannel.values
        }
        if not kind.optional:
            modes[NoticeChannel.IN_APP] = Mode.NOW
        rows.append({"kind": kind, "modes": modes})
    return rows


def hours_of(user) -> Hours:
    return Hours.objects.filter(user=user).first() or Hours(user=user)


def has_webhook(user) -> bool:
    return WebhookEndpoint.objects.filter(user=user, is_active=True).exists()


# ------------------------------------------------------------------------------------ operation


def outbox_state(now=None) -> dict:
    """Counts by state, and how long the oldest message waits that might have left."""
    now = now or timezone.now()
    counts = dict(Delivery.objects.order_by().values_list("state").annotate(n=Count("pk")))
    oldest = Delivery.objects.due(now).aggregate(at=Min("due_at"))["at"]
    waits = (now - oldest).total_seconds() if oldest else 0
    always = (DeliveryState.PENDING, DeliveryState.SENT, *TROUBLED)
    states = [
        (state, counts.get(state, 0))
        for state in DeliveryState
        if state in always or counts.get(state)
    ]
    return {"states": states, "oldest": oldest, "is_late": waits > LATE_SECONDS}


def troubled():
    """Dead and unknown messages, the oldest first. Their text is their recipient's."""
    rows = Delivery.objects.filter(state__in=TROUBLED)
    return rows.select_related("notification__recipient", "endpoint").order_by("created_at", "pk")
