"""The messages of mailings, and what our people are told of them."""

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from engagement import links
from engagement.mailing_people import People, address_of
from engagement.models import (
    MailingChannel,
    MailingRecipient,
    MailingSettings,
    MailingState,
    RecipientState,
)
from engagement.permissions import mailings as permissions
from notifications.kinds import Composed, Kind, Mode, NoticeChannel, Policy
from notifications.services import notify
from teams.models import User

LETTER = "engagement.mailing"
GROUP = {"group_zh": "群发", "group_en": "Mailings"}
LOUD = {
    NoticeChannel.IN_APP: Mode.NOW,
    NoticeChannel.EMAIL: Mode.NOW,
    NoticeChannel.WEBHOOK: Mode.NOW,
}
KINDS = (
    Kind(
        LETTER,
        "群发邮件与短信",
        "Messages of mailings",
        **GROUP,
        modes={NoticeChannel.EMAIL: Mode.NOW},
        policy=Policy.HOLD,
        still_due="engagement.notices.mailings.letter_is_due",
        compose="engagement.notices.mailings.compose",
        urgent=True,
        listed=False,
    ),
    Kind("engagement.mailing_release", "群发待放行", "Mailings to release", modes=LOUD, **GROUP),
    Kind("engagement.mailing_decided", "群发已放行或退回", "Mailings released or not", **GROUP),
    Kind("engagement.mailing_ended", "群发已完成", "Mailings that have ended", **GROUP),
)
# A message that failed may be sent again by an operator after the mailing has ended.
MAY_LEAVE = (MailingState.SENDING, MailingState.SENT)


# ---------- to customers ----------


def _row(notification) -> MailingRecipient | None:
    rows = MailingRecipient.objects.select_related("mailing__owner", "contact", "communication")
    return rows.filter(pk=int(notification.key)).first()


def letter_is_due(notification) -> bool:
    """Just before it leaves: not stopped, consent still given, still there, at the same address."""
    row = _row(notification)
    return (
        row is not None
        and row.mailing.state in MAY_LEAVE
        and not row.left_out
        and row.state != RecipientState.DROPPED
        and address_of(row.contact, row.mailing.channel) == notification.address
        and not People.of(row.mailing, [row.contact]).why_not(row.contact)
    )


def link_of(row) -> str:
    """The whole address of the page to unsubscribe; "" where the key it was made with is gone."""
    token = links.token_of(row.nonce, row.digest, links.UNSUBSCRIBE)
    path = token and reverse("engagement:unsubscribe", args=[token])
    return f"{settings.BASE_URL}{path}" if path else ""


def compose(notification) -> Composed | None:
    """The message in the language that is active, with the words that stand in the log. The link
    is made here and kept nowhere."""
    row = _row(notification)
    link = row and row.communication and link_of(row)
    if not link:
        return None
    return written(row.mailing.channel, row.communication.subject, row.communication.content, link)


def written(channel, subject: str, body: str, link: str) -> Composed:
    """What is sent: the words, who writes, and the way out."""
    house = MailingSettings.current()
    if channel == MailingChannel.SMS:
        ending = _("Unsubscribe: %(link)s") % {"link": link} if house.sms_link else ""
        return Composed(subject, f"{body.strip()} {ending}".strip())
    ending = [
        "-- ",
        house.sender,
        _("You get this e-mail because you agreed that we write to you."),
        _("To get no more of them: %(link)s") % {"link": link},
    ]
    headers = (
        ("List-Unsubscribe", f"<{link}>"),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
    )
    return Composed(subject, f"{body.strip()}\n\n" + "\n".join(ending) + "\n", headers)


# ---------- our people ----------


def releasers(mailing) -> list[User]:
    """Who of the line may let it go. The nearest: those without sight of the whole company, if
    there are any."""
    people = User.objects.filter(is_active=True).exclude(pk=mailing.owner_id)
    people = people.select_related("post", "unit")
    may = [one for one in people if permissions.can_release(one, mailing)]
    near = [one for one in may if not one.sees_everything]
    return near or may


def release_asked(mailing, reached: int) -> None:
    notify(
        kind="engagement.mailing_release",
        recipients=releasers(mailing),
        url=mailing.get_absolute_url(),
        key=f"mailing:{mailing.pk}:{mailing.version}",
        zh=f"{mailing.owner} 的群发“{mailing.name}”有 {reached} 位接收人，请放行",
        en=f"{mailing.owner} wants to write to {reached} contacts: {mailing.name}. Please release",
        subject_type="mailing",
        subject_id=mailing.pk,
        actor=mailing.owner,
    )


def decided(mailing, *, released: bool, actor, reason="") -> None:
    zh = f"{actor} {'已放行' if released else '退回了'}群发“{mailing.name}”"
    en = f"{actor} {'released' if released else 'did not release'} the mailing {mailing.name}"
    notify(
        kind="engagement.mailing_decided",
        recipients=[mailing.owner],
        url=mailing.get_absolute_url(),
        key=f"mailing:{mailing.pk}:{mailing.version}",
        zh=zh,
        en=en,
        body_zh=reason,
        body_en=reason,
        subject_type="mailing",
        subject_id=mailing.pk,
        actor=actor,
    )


def ended(mailing) -> None:
    states = list(mailing.recipients.reached().values_list("state", flat=True))
    sent, rest = states.count(RecipientState.SENT), len(states)
    notify(
        kind="engagement.mailing_ended",
        recipients=[mailing.owner],
        url=mailing.get_absolute_url(),
        key=f"mailing:{mailing.pk}",
        zh=f"群发“{mailing.name}”已完成：{rest} 位接收人，发出 {sent} 条",
        en=f"The mailing {mailing.name} has ended: {sent} of {rest} messages were sent",
        subject_type="mailing",
        subject_id=mailing.pk,
    )
