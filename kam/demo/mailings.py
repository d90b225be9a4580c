"""Two mailings: one that was sent, with what became of it, and a draft. A demo company writes to
nobody, so the messages stand in the log as if they had left; the outbox stays empty."""

import datetime

from accounts.models import Contact
from accounts.services import note_contact
from engagement.models import (
    Communication,
    Mailing,
    MailingRecipient,
    MailingState,
    MailingTemplate,
    RecipientState,
)
from engagement.services import mailing_letters, mailings

SENDER, RELEASES = "gu.wenlan", "lu.zhensheng"
# Of so many messages one could not be delivered, of one it is not known, one unsubscribed.
FAILED, UNKNOWN, UNSUBSCRIBED = 7, 19, 11
SENT_DAYS, DRAFT_DAYS = 40, 1


def plan(world) -> None:
    world.later(world.calendar.at(world.calendar.ago(SENT_DAYS), 10), _sent(world))
    world.later(world.calendar.at(world.calendar.ago(DRAFT_DAYS), 16), _draft(world))


def _made(world, code, at, contacts, name) -> Mailing:
    words = MailingTemplate.objects.get(code=code)
    texts = {field: getattr(words, field) for field in mailings.TEXTS}
    return mailings.create_mailing(
        actor=world.user(SENDER),
        name=name,
        channel=words.channel,
        contacts=contacts,
        at=at,
        **texts,
    )


def _contacts(world, limit: int):
    """The first contacts the sender sees, whatever their consent."""
    seen = Contact.objects.visible_to(world.user(SENDER)).current().order_by("pk")
    return Contact.objects.filter(pk__in=list(seen.values_list("pk", flat=True)[:limit]))


def _sent(world):
    def act(at):
        mailing = _made(world, "season_greeting", at, _contacts(world, 90), "国庆问候")
        mailings.send(mailing=mailing, actor=world.user(SENDER), now=at)
        if mailing.state == MailingState.WAITING:
            mailings.release(mailing=mailing, actor=world.user(RELEASES), now=at)
        mailing_letters.begin_due(at)
        mailing.refresh_from_db()
        written = _write(mailing, at)
        _become(written, at)
        mailing_letters.end_finished(at + datetime.timedelta(minutes=2))

    return act


def _write(mailing, at) -> list[MailingRecipient]:
    rows = list(mailing.recipients.reached().select_related("contact").order_by("pk"))
    people = mailing_letters.People.of(mailing, [row.contact for row in rows])
    mailing_letters.log(mailing, people, rows, at)
    for row in rows:
        row.written_at = at
    MailingRecipient.objects.bulk_update(rows, ["account", "communication", "written_at"])
    return rows


def _become(rows, at) -> None:
    for place, row in enumerate(rows):
        state = {FAILED: RecipientState.FAILED, UNKNOWN: RecipientState.UNKNOWN}.get(
            place, RecipientState.SENT
        )
        ended = at + datetime.timedelta(seconds=place)
        gone = ended + datetime.timedelta(hours=3) if place == UNSUBSCRIBED else None
        MailingRecipient.objects.filter(pk=row.pk).update(
            state=state, ended_at=ended, unsubscribed_at=gone
        )
        Communication.objects.filter(pk=row.communication_id).update(letter=state, at=ended)
        if state == RecipientState.SENT:
            note_contact(contact=row.contact, on=at.date(), actor=row.mailing.owner, at=at)
        if gone:
            Contact.objects.filter(pk=row.contact_id).update(
                consent="refused", consent_on=gone.date()
            )


def _draft(world):
    def act(at):
        _made(world, "service_notice", at, _contacts(world, 40), "机房割接通知（草稿）")

    return act
