"""What the clock does with mailings: begin, write each message once, see what became of it, end.

Everything may run twice, late, or after a worker was killed. A message goes into the outbox in one
transaction with its line in the account's log and with the note of it at its recipient; the outbox
itself is strict (policy: hold), so that it is never sent a second time by itself.
"""

from django.db import transaction
from django.db.models import F, OuterRef, Subquery
from django.utils import timezone

from accounts.services import note_contact
from core import audit, writing
from core.models import AuditEntry, Channel
from engagement.mailing_people import People, address_of
from engagement.models import (
    Communication,
    Direction,
    LetterState,
    Mailing,
    MailingRecipient,
    MailingState,
    NotReached,
    RecipientState,
)
from engagement.notices import mailings as notices
from engagement.services.mailings import look_again
from notifications.models import Delivery, DeliveryState
from notifications.services import Letter, letters_of, write_out

BATCH = 100
FOLLOWED = (RecipientState.QUEUED, RecipientState.FAILED, RecipientState.UNKNOWN)
# What became of a message, by where its line in the outbox stands. "Closed" leaves what was known.
BECAME = {
    DeliveryState.PENDING: RecipientState.QUEUED,
    DeliveryState.LEASED: RecipientState.QUEUED,
    DeliveryState.SENDING: RecipientState.QUEUED,
    DeliveryState.SENT: RecipientState.SENT,
    DeliveryState.DEAD: RecipientState.FAILED,
    DeliveryState.UNKNOWN: RecipientState.UNKNOWN,
    DeliveryState.DROPPED: RecipientState.DROPPED,
}


def keep(now=None) -> dict[str, int]:
    """One look at everything that is under way."""
    now = now or timezone.now()
    return {
        "begun": begin_due(now),
        "written": write_due(now),
        "settled": settle(now),
        "ended": end_finished(now),
    }


# ---------- begin ----------


def begin_due(now) -> int:
    """Mailings whose time has come; each once, whoever looks."""
    due = Mailing.objects.filter(state=MailingState.SCHEDULED, send_at__lte=now)
    return sum(_begin(pk, now) for pk in due.order_by("send_at").values_list("pk", flat=True))


@transaction.atomic
def _begin(pk, now) -> bool:
    mine = Mailing.objects.filter(pk=pk, state=MailingState.SCHEDULED, send_at__lte=now)
    values = {"state": MailingState.SENDING, "started_at": now, "updated_at": now}
    if not mine.update(version=F("version") + 1, **values):
        return False
    mailing = Mailing.objects.select_related("owner").get(pk=pk)
    look_again(mailing)
    audit.record(
        actor=None,
        action="mailing.begun",
        target=mailing,
        state=(MailingState.SCHEDULED, MailingState.SENDING),
    )
    return True


# ---------- write ----------


def write_due(now) -> int:
    """Messages that are not in the outbox yet, a batch in a transaction."""
    total = 0
    under_way = Mailing.objects.filter(state=MailingState.SENDING).order_by("send_at", "pk")
    for pk in under_way.values_list("pk", flat=True):
        while count := _write(pk, now):
            total += count
    return total


@transaction.atomic
def _write(pk, now) -> int:
    """How many were looked at. The mailing's row is locked first: two workers take turns, and one
    who stops it waits until the batch is whole."""
    if not Mailing.objects.filter(pk=pk, state=MailingState.SENDING).update(updated_at=now):
        return 0
    mailing = Mailing.objects.select_related("owner").get(pk=pk)
    rows = list(
        mailing.recipients.reached()
        .filter(state=RecipientState.PLANNED)
        .select_related("contact")
        .order_by("pk")[:BATCH]
    )
    people = People.of(mailing, [row.contact for row in rows], today=timezone.localdate(now))
    taken = []
    for row in rows:
        reason = people.why_not(row.contact) or _moved(mailing, row)
        if reason:
            _leave_out(row, reason, now)
        elif _take(row, now):
            taken.append(row)
    log(mailing, people, taken, now)
    letters = {row: _letter(mailing, row) for row in taken}
    write_out(letters.values())
    known = letters_of(letters.values())
    for row, letter in letters.items():
        row.letter_id = known[letter.kind, letter.key]
    MailingRecipient.objects.bulk_update(taken, ["account", "communication", "letter"])
    return len(rows)


def _take(row, now) -> bool:
    """The row first, then what is done with it: whoever has it writes, and nobody else."""
    mine = MailingRecipient.objects.filter(pk=row.pk, state=RecipientState.PLANNED)
    values = {"state": RecipientState.QUEUED, "written_at": now, "updated_at": now}
    return bool(mine.update(**values))


def _moved(mailing, row) -> str:
    """The address of a minute ago is no longer theirs: the new one, if nobody else has it."""
    address = address_of(row.contact, mailing.channel)
    if address == row.address:
        return ""
    if mailing.recipients.reached().filter(address=address).exclude(pk=row.pk).exists():
        return NotReached.DUPLICATE
    row.address = address
    MailingRecipient.objects.filter(pk=row.pk).update(address=address)
    return ""


def _leave_out(row, reason, now) -> None:
    values = {"left_out": reason, "state": RecipientState.DROPPED, "ended_at": now}
    MailingRecipient.objects.filter(pk=row.pk).update(updated_at=now, **values)


def log(mailing, people, rows, now) -> None:
    """The lines in the logs of the accounts, with the words as they are sent."""
    for row in rows:
        row.account = people.accounts[row.contact_id]
        subject, body = people.words(row.contact, row.language)
        row.communication = Communication(
            account=row.account,
            contact=row.contact,
            channel=mailing.channel,
            direction=Direction.OUT,
            subject=(subject or mailing.name)[:200],
            content=body,
            at=now,
            author=mailing.owner,
            letter=LetterState.QUEUED,
            created_at=now,
            updated_at=now,
        )
    said = Communication.objects.bulk_create(row.communication for row in rows)
    AuditEntry.objects.bulk_create(
        audit.entry(
            actor=mailing.owner,
            action="communication.queued",
            target=one,
            parent=one.account,
            channel=Channel.JOB,
            changes=writing.first_values(one),
        )
        for one in said
    )


def _letter(mailing, row) -> Letter:
    return Letter(
        kind=notices.LETTER,
        key=str(row.pk),
        address=row.address,
        language=row.language,
        title_zh=f"群发 {mailing.number}",
        title_en=f"Mailing {mailing.number}",
        subject_type="mailing",
        subject_id=mailing.pk,
        account_id=row.account_id,
        channel=mailing.channel,
    )


# ---------- what became of them ----------


def settle(now=None) -> int:
    """Bring what the outbox knows to the recipients and to the log of their accounts."""
    now = now or timezone.now()
    outbox = Delivery.objects.filter(notification=OuterRef("letter")).order_by("pk")
    rows = (
        MailingRecipient.objects.filter(state__in=FOLLOWED, letter__isnull=False)
        .annotate(
            stands=Subquery(outbox.values("state")[:1]),
            ended=Subquery(outbox.values("finished_at")[:1]),
        )
        .select_related("contact", "mailing__owner")
        .order_by("pk")
    )
    changed = 0
    for row in rows.iterator(chunk_size=500):
        became = BECAME.get(row.stands, row.state)
        if became != row.state:
            changed += _settle(row, became, row.ended or now)
    gone = MailingRecipient.objects.filter(state=RecipientState.QUEUED, letter=None)
    for row in gone.select_related("contact", "mailing__owner"):
        changed += _settle(row, RecipientState.DROPPED, now)
    return changed


@transaction.atomic
def _settle(row, became, at) -> bool:
    """Once, whoever looks: the row is taken by the state it was seen in."""
    values = {"state": became, "ended_at": None if became == RecipientState.QUEUED else at}
    if became == RecipientState.DROPPED and row.mailing.state != MailingState.STOPPED:
        people = People.of(row.mailing, [row.contact])
        values["left_out"] = people.why_not(row.contact) or NotReached.MOVED
    mine = MailingRecipient.objects.filter(pk=row.pk, state=row.state)
    if not mine.update(updated_at=timezone.now(), **values):
        return False
    said = Communication.objects.filter(pk=row.communication_id).select_related("account").first()
    if said is None:
        return True
    writing.edit(
        instance=said,
        values={"letter": str(became)} | ({"at": at} if became == RecipientState.SENT else {}),
        actor=None,
        action=f"communication.{became}",
        parent=said.account,
    )
    if became == RecipientState.SENT and row.contact.anonymised_at is None:
        note_contact(contact=row.contact, on=timezone.localdate(at), actor=row.mailing.owner)
    return True


# ---------- end ----------


def end_finished(now) -> int:
    """Nothing of it waits any more."""
    waiting = MailingRecipient.objects.reached().filter(
        mailing=OuterRef("pk"), state__in=(RecipientState.PLANNED, RecipientState.QUEUED)
    )
    over = Mailing.objects.filter(state=MailingState.SENDING).annotate(
        left=Subquery(waiting.values("pk")[:1])
    )
    return sum(_end(row, now) for row in over.filter(left=None).select_related("owner"))


@transaction.atomic
def _end(mailing, now) -> bool:
    mine = Mailing.objects.filter(pk=mailing.pk, state=MailingState.SENDING)
    values = {"state": MailingState.SENT, "finished_at": now, "updated_at": now}
    if not mine.update(version=F("version") + 1, **values):
        return False
    audit.record(
        actor=None,
        action="mailing.ended",
        target=mailing,
        state=(MailingState.SENDING, MailingState.SENT),
    )
    notices.ended(mailing)
    return True
