"""A mailing from its draft to the moment it may leave (R-ENG-21): whom it reaches, what it says,
who releases it, when it is sent, and how it is stopped."""

import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from accounts.models import Contact
from core import audit, writing
from core.exceptions import DomainError
from core.numbering import take_numbers
from core.tokens import digest_of
from engagement import links
from engagement.mailing_people import People, address_of
from engagement.models import (
    OPEN_STATES,
    Mailing,
    MailingChannel,
    MailingRecipient,
    MailingSettings,
    MailingState,
    NotReached,
    RecipientState,
)
from engagement.notices import mailings as notices
from engagement.permissions import mailings as permissions
from engagement.services.surveys import language_of
from notifications.models import SmsGateway
from teams.models import User

PREFIX = "ML-"
TEXTS = ("subject_zh", "subject_en", "body_zh", "body_en")
EDITABLE = frozenset({"name", "channel", *TEXTS})
CHUNK = 500
# A clock of a browser runs a little behind ours, and pages are read before they are sent.
TOLERANCE = datetime.timedelta(minutes=10)


class WrongState(DomainError):
    """What was asked for does not fit where the mailing stands."""


# ---------- what it says and whom it reaches ----------


@transaction.atomic
def create_mailing(*, actor, name, channel, contacts, at=None, **texts) -> Mailing:
    """A draft to these contacts; of them only those the actor sees. Who cannot be reached stands
    on its list with the reason."""
    if not permissions.can_send(actor):
        raise PermissionDenied
    if unknown := set(texts) - set(TEXTS):
        raise TypeError(f"not fields of a mailing: {', '.join(sorted(unknown))}")
    mailing = Mailing(
        number=take_numbers(code="mailing", prefix=PREFIX)[0],
        name=name.strip(),
        channel=channel,
        owner=actor,
        unit=actor.unit,
        **texts,
    )
    _refuse_words(mailing)
    writing.create(instance=mailing, actor=actor, action="mailing.created", at=at)
    add_contacts(mailing=mailing, contacts=contacts, actor=actor, at=at)
    return mailing


@transaction.atomic
def update_mailing(*, mailing, values, actor, version=None) -> Mailing:
    """Change a draft; who is reached is looked at anew."""
    _refuse_strangers(mailing, actor)
    if unknown := set(values) - EDITABLE:
        raise TypeError(f"not editable here: {', '.join(sorted(unknown))}")
    _refuse_unless(mailing, MailingState.DRAFT)
    changed = Mailing(**{name: values.get(name, getattr(mailing, name)) for name in EDITABLE})
    _refuse_words(changed)
    renewed = {
        name: (None, "•")
        for name in ("body_zh", "body_en")
        if name in values and values[name] != getattr(mailing, name)
    }
    writing.edit(
        instance=mailing,
        values=values,
        actor=actor,
        action="mailing.edited",
        version=version,
        told=renewed,
    )
    look_again(mailing)
    _refuse_crowds(mailing)
    return mailing


@transaction.atomic
def add_contacts(*, mailing, contacts, actor, at=None) -> int:
    """Put contacts on the list of a draft, each once. Returns how many came."""
    _refuse_strangers(mailing, actor)
    _refuse_unless(mailing, MailingState.DRAFT)
    seen = Contact.objects.visible_to(actor).filter(merged_into=None, anonymised_at=None)
    chosen = seen.filter(pk__in=contacts.order_by().values("pk"))
    chosen = chosen.exclude(pk__in=mailing.recipients.values("contact")).order_by("pk")
    people = People.of(mailing, chosen)
    rows = [_recipient(mailing, people, contact) for contact in people.contacts]
    MailingRecipient.objects.bulk_create(rows, batch_size=CHUNK)
    look_again(mailing)
    _refuse_crowds(mailing)
    if rows:
        audit.record(
            actor=actor,
            action="mailing.recipients_added",
            target=mailing,
            at=at,
            recipients=mailing.recipients.reached().count(),
            left_out=mailing.recipients.exclude(left_out="").count(),
        )
    return len(rows)


def _recipient(mailing, people, contact) -> MailingRecipient:
    """A new row; whether it is reached is said by `look_again` right after."""
    row = MailingRecipient(
        mailing=mailing,
        contact=contact,
        account=people.accounts.get(contact.pk),
        language=language_of(contact),
        left_out=NotReached.LEFT,
    )
    row.digest = digest_of(links.new_token(row.nonce, links.UNSUBSCRIBE))
    return row


def look_again(mailing) -> None:
    """Consent, addresses, accounts and words as they are now: the list may be days old. Of several
    contacts with one address the one listed first gets it."""
    rows = list(
        mailing.recipients.filter(state=RecipientState.PLANNED)
        .exclude(left_out=NotReached.BY_HAND)
        .select_related("contact")
        .order_by("pk")
    )
    people = People.of(mailing, [row.contact for row in rows])
    taken = set(mailing.recipients.reached().exclude(state=RecipientState.PLANNED)
                .values_list("address", flat=True))  # fmt: skip
    changed = []
    for row in rows:
        address = address_of(row.contact, mailing.channel)
        reason = people.why_not(row.contact)
        if not reason and address in taken:
            reason = NotReached.DUPLICATE
        if not reason:
            taken.add(address)
        account = people.accounts.get(row.contact_id) or row.account
        values = {
            "address": address,
            "left_out": str(reason),
            "account": account,
            "language": language_of(row.contact),
        }
        if any(getattr(row, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(row, name, value)
            changed.append(row)
    # First every old address goes, so that no two rows hold one for a moment.
    MailingRecipient.objects.filter(pk__in=[row.pk for row in changed]).update(address="")
    fields = ["address", "left_out", "account", "language"]
    MailingRecipient.objects.bulk_update(changed, fields, batch_size=CHUNK)


@transaction.atomic
def leave_out(*, recipient, actor, back=False, version=None) -> MailingRecipient:
    """Take somebody off the list of a draft, or put them back."""
    mailing = recipient.mailing
    _refuse_strangers(mailing, actor)
    _refuse_unless(mailing, MailingState.DRAFT)
    reason = NotReached.BY_HAND
    if back:
        reason = People.of(mailing, [recipient.contact]).why_not(recipient.contact)
        address = address_of(recipient.contact, mailing.channel)
        others = mailing.recipients.reached().exclude(pk=recipient.pk)
        if not reason and others.filter(address=address).exists():
            reason = NotReached.DUPLICATE
        if reason:
            raise DomainError(
                _("They cannot be reached: %(why)s.") % {"why": NotReached(reason).label}
            )
        recipient.address = address
        MailingRecipient.objects.filter(pk=recipient.pk).update(address=address)
    writing.edit(
        instance=recipient,
        values={"left_out": str(reason)},
        actor=actor,
        action="mailing.recipient_changed",
        parent=recipient.account,
        version=version,
    )
    _refuse_crowds(mailing)
    return recipient


# ---------- from state to state ----------


@transaction.atomic
def send(*, mailing, actor, send_at=None, version=None, now=None) -> Mailing:
    """Let it go: at once, or at a time. Above a number of recipients somebody else of the line has
    to release it first."""
    now = now or timezone.now()
    _refuse_strangers(mailing, actor)
    _refuse_unless(mailing, MailingState.DRAFT)
    if send_at is not None and send_at < now - TOLERANCE:
        raise DomainError(_("This time has passed."), field="send_at")
    send_at = max(send_at or now, now)
    _refuse_words(mailing)
    look_again(mailing)
    _refuse_silence(mailing)
    reached = _refuse_crowds(mailing)
    if not reached:
        raise DomainError(_("Nobody would get it: look at the reasons in the list below."))
    _refuse_flood(mailing, reached, send_at)
    house = MailingSettings.current()
    state = MailingState.WAITING if reached > house.release_above else MailingState.SCHEDULED
    _to(mailing, state, actor, "mailing.handed_in", version, send_at=send_at)
    if state == MailingState.WAITING:
        notices.release_asked(mailing, reached)
    return mailing


@transaction.atomic
def release(*, mailing, actor, version=None, now=None) -> Mailing:
    """The second person lets it go; it leaves at its time, or at once where that has passed."""
    now = now or timezone.now()
    if not permissions.can_release(actor, mailing):
        raise PermissionDenied
    _refuse_unless(mailing, MailingState.WAITING)
    send_at = max(mailing.send_at, now)
    _refuse_silence(mailing)
    _refuse_flood(mailing, mailing.recipients.reached().count(), send_at)
    more = {"send_at": send_at, "released_by": actor, "released_at": now}
    _to(mailing, MailingState.SCHEDULED, actor, "mailing.released", version, **more)
    notices.decided(mailing, released=True, actor=actor)
    return mailing


@transaction.atomic
def take_back(*, mailing, actor, reason="", version=None) -> Mailing:
    """Back to a draft before it began: by its sender, or by who would release it, with a reason."""
    own = permissions.can_run(actor, mailing)
    if not own and not permissions.can_release(actor, mailing):
        raise PermissionDenied
    _refuse_unless(mailing, MailingState.WAITING, MailingState.SCHEDULED)
    if not own and not reason.strip():
        raise DomainError(_("Say why it is not released."), field="reason")
    more = {"released_by": None, "released_at": None}
    _to(mailing, MailingState.DRAFT, actor, "mailing.taken_back", version, reason, **more)
    if not own:
        notices.decided(mailing, released=False, actor=actor, reason=reason)
    return mailing


@transaction.atomic
def stop(*, mailing, actor, reason="", version=None, now=None) -> Mailing:
    """No further message leaves; what has left stays in the log."""
    now = now or timezone.now()
    if not permissions.can_stop(actor, mailing):
        raise PermissionDenied
    _refuse_unless(mailing, *OPEN_STATES)
    more = {"finished_at": now}
    _to(mailing, MailingState.STOPPED, actor, "mailing.stopped", version, reason, **more)
    waiting = mailing.recipients.reached().filter(state=RecipientState.PLANNED)
    waiting.update(state=RecipientState.DROPPED, ended_at=now, updated_at=now)
    return mailing


@transaction.atomic
def drop(*, mailing, actor, version=None) -> Mailing:
    """A draft that is not wanted any more."""
    _refuse_strangers(mailing, actor)
    _refuse_unless(mailing, MailingState.DRAFT)
    return _to(mailing, MailingState.DROPPED, actor, "mailing.dropped", version)


def _to(mailing, state, actor, action, version, reason="", **more) -> Mailing:
    return writing.edit(
        instance=mailing,
        values={"state": state, **more},
        actor=actor,
        action=action,
        version=version,
        reason=reason,
    )


# ---------- what is refused ----------


def _refuse_strangers(mailing, actor):
    if not permissions.can_run(actor, mailing):
        raise PermissionDenied


def _refuse_unless(mailing, *states):
    if mailing.state not in states:
        raise WrongState(_("The mailing has moved on: this is no longer possible."))


def _refuse_words(mailing) -> None:
    """What is written is whole; that it holds known placeholders alone is said by its fields."""
    if not (mailing.body_zh.strip() or mailing.body_en.strip()):
        raise DomainError(_("Write the text in at least one language."), field="body_zh")
    for language in ("zh", "en"):
        subject = getattr(mailing, f"subject_{language}").strip()
        body = getattr(mailing, f"body_{language}").strip()
        if mailing.channel == MailingChannel.EMAIL and bool(subject) != bool(body):
            said = _("Write the text too.") if subject else _("An e-mail needs a subject.")
            place = f"body_{language}" if subject else f"subject_{language}"
            raise DomainError(said, field=place)
    _refuse_length(mailing)


def _refuse_length(mailing) -> None:
    most = MailingSettings.current().longest_sms
    for name in ("body_zh", "body_en"):
        if mailing.channel == MailingChannel.SMS and len(getattr(mailing, name)) > most:
            raise DomainError(
                _("A text message has at most %(n)s characters.") % {"n": most}, field=name
            )


def _refuse_silence(mailing) -> None:
    if mailing.channel == MailingChannel.SMS and not SmsGateway.current().is_ready:
        raise DomainError(
            _(
                "No SMS gateway is set up, so no text message can leave. An administrator enters "
                "it under “SMS gateway”."
            )
        )


def _refuse_crowds(mailing) -> int:
    """How many are reached; refused above what a mailing may have."""
    reached, most = mailing.recipients.reached().count(), MailingSettings.current().most_recipients
    if reached > most:
        raise DomainError(
            _("%(n)s contacts would get it; a mailing may have at most %(most)s.")
            % {"n": number_format(reached), "most": number_format(most)}
        )
    return reached


def _refuse_flood(mailing, reached, send_at) -> None:
    """What the sender may send in a day, mailings that are still to leave included. The sender's
    row is locked, so that two at once do not both find room."""
    User.objects.select_for_update().get(pk=mailing.owner_id)
    day = timezone.localdate(send_at)
    others = Mailing.objects.filter(
        owner=mailing.owner_id,
        state__in=(*OPEN_STATES, MailingState.SENT),
        send_at__date=day,
    ).exclude(pk=mailing.pk)
    rows = MailingRecipient.objects.reached().filter(mailing__in=others)
    stopped = MailingRecipient.objects.filter(
        mailing__owner=mailing.owner_id,
        mailing__state=MailingState.STOPPED,
        mailing__send_at__date=day,
    ).exclude(written_at=None)
    most = MailingSettings.current().most_a_day
    if rows.count() + stopped.count() + reached > most:
        raise DomainError(
            _("That would be more than %(most)s messages of one sender on that day.")
            % {"most": number_format(most)},
            field="send_at",
        )
