"""Letters to people outside the house: to an address or a number instead of a colleague."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from notifications.kinds import WayOut, kind_of
from notifications.models import Delivery, Notification
from notifications.services.notify import wake_on_commit

CHUNK = 500


@dataclass(frozen=True)
class Letter:
    """One letter of one occasion. The kind's `compose` writes it when it leaves; `title_zh` and
    `title_en` name it for operators and hold nothing that only the addressee may know."""

    kind: str
    key: str
    address: str
    language: str
    title_zh: str
    title_en: str
    subject_type: str = ""
    subject_id: int | None = None
    account_id: int | None = None
    channel: str = WayOut.EMAIL


@transaction.atomic
def write_out(letters: Iterable[Letter]) -> int:
    """Put letters into the outbox, each (kind, key) once. Returns how many were new."""
    letters, new = list(letters), 0
    for start in range(0, len(letters), CHUNK):
        new += _write(letters[start : start + CHUNK])
    if new:
        wake_on_commit()
    return new


def _write(letters: list[Letter]) -> int:
    now = timezone.now()
    for letter in letters:
        kind = kind_of(letter.kind)
        if not (kind.compose and kind.still_due):
            raise ValueError(f"{letter.kind} does not say how a letter is written")
    known = _known(letters)
    fresh = [one for one in letters if (one.kind, one.key) not in known]
    Notification.objects.bulk_create(
        [
            Notification(
                kind=one.kind,
                key=one.key,
                address=one.address,
                language=one.language,
                title_zh=one.title_zh[:300],
                title_en=one.title_en[:300],
                subject_type=one.subject_type,
                subject_id=one.subject_id,
                account_id=one.account_id,
                is_shown=False,
                at=now,
            )
            for one in fresh
        ],
        ignore_conflicts=True,
    )
    rows, ways = _known(fresh), {(one.kind, one.key): one.channel for one in fresh}
    Delivery.objects.bulk_create(
        [
            Delivery(
                notification_id=pk,
                channel=ways[kind, key],
                dedupe_key=f"{kind}:{key}:outside",
                due_at=now,
            )
            for (kind, key), pk in rows.items()
        ],
        ignore_conflicts=True,
    )
    return len(fresh)


def letters_of(letters: Iterable[Letter]) -> dict[tuple[str, str], int]:
    """The rows of letters that were written out, by kind and key; to follow what became of them."""
    return _known(list(letters))


def _known(letters) -> dict[tuple[str, str], int]:
    rows = Notification.objects.filter(
        recipient=None,
        kind__in={one.kind for one in letters},
        key__in=[one.key for one in letters],
    )
    return {(kind, key): pk for kind, key, pk in rows.values_list("kind", "key", "pk")}


@transaction.atomic
def forget(*, kinds: Iterable[str], keys: Iterable[str]) -> int:
    """Letters to a person whose data is removed go as well, those that wait included."""
    rows = Notification.objects.filter(recipient=None, kind__in=list(kinds), key__in=list(keys))
    return rows.delete()[1].get("notifications.Notification", 0)
