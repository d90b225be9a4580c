"""Letters to customers who are asked, and what our people are told of surveys and opinions."""

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from core.models import in_language
from engagement import links
from engagement.models import SurveyInvitation, SurveySettings, SurveyState
from engagement.people import person_for
from notifications.kinds import Composed, Kind, Mode, NoticeChannel, Policy
from notifications.services import notify

GROUP = {"group_zh": "满意度与意见", "group_en": "Satisfaction and opinions"}
LETTER = {
    "modes": {NoticeChannel.EMAIL: Mode.NOW},
    "policy": Policy.HOLD,
    "still_due": "engagement.notices.surveys.letter_is_due",
    "compose": "engagement.notices.surveys.compose",
    "urgent": True,
    "listed": False,
}
LOUD = {
    NoticeChannel.IN_APP: Mode.NOW,
    NoticeChannel.EMAIL: Mode.NOW,
    NoticeChannel.WEBHOOK: Mode.NOW,
}
KINDS = (
    Kind("engagement.survey_invitation", "满意度调查邀请", "Survey invitations", **GROUP, **LETTER),
    Kind("engagement.survey_reminder", "满意度调查提醒", "Survey reminders", **GROUP, **LETTER),
    Kind("engagement.low_answer", "客户不满意", "An unhappy customer", modes=LOUD, **GROUP),
    Kind("engagement.survey_analysed", "满意度调查已有结果", "Results of a survey", **GROUP),
    Kind("engagement.survey_prepared", "满意度调查待确认", "A survey was prepared", **GROUP),
    Kind("engagement.opinion_added", "新的客户意见", "A new opinion of a customer", **GROUP),
)


# ---------- letters to customers ----------


def _invitation(notification) -> SurveyInvitation | None:
    pk = int(notification.key.split(":")[0])
    rows = SurveyInvitation.objects.select_related("campaign", "contact", "account")
    return rows.filter(pk=pk).first()


def letter_is_due(notification) -> bool:
    """Just before it leaves: still asked, still willing, not answered, at the same address."""
    row = _invitation(notification)
    return (
        row is not None
        and row.campaign.state == SurveyState.OPEN
        and row.campaign.closes_at > timezone.now()
        and not row.left_out
        and row.answered_at is None
        and row.revoked_at is None
        and row.contact.archived_at is None
        and row.contact.consent != "refused"
        and row.contact.email == notification.address
    )


def link_of(invitation) -> str:
    """The whole address of the page; "" where the key it was made with is gone."""
    token = links.token_of(invitation.nonce, invitation.digest)
    path = token and reverse("engagement:survey_answer", args=[token])
    return f"{settings.BASE_URL}{path}" if path else ""


def compose(notification) -> Composed | None:
    """The letter in the language that is active. The link is made here and kept nowhere."""
    row = _invitation(notification)
    link = row and link_of(row)
    if not link:
        return None
    return written(row, link, reminder=notification.kind.endswith("reminder"))


def written(row, link: str, *, reminder: bool = False) -> Composed:
    house, campaign = SurveySettings.current(), row.campaign
    sender = house.sender
    subject = _("%(company)s: how do you find our service?") % {"company": sender}
    if reminder:
        subject = _("A reminder. %(subject)s") % {"subject": subject}
    closes = timezone.localtime(campaign.closes_at)
    parts = [
        _("%(name)s,") % {"name": addressed(row.contact)},
        campaign.greeting or default_greeting(),
        _("It takes about two minutes and needs no log-in:") + "\n" + link,
        _("The link is for you alone and holds until %(day)s.")
        % {"day": closes.strftime("%Y-%m-%d %H:%M")},
        sender,
    ]
    return Composed(subject, "\n\n".join(parts) + "\n")


def default_greeting() -> str:
    """Names no account: a link that goes astray tells nobody whom we serve."""
    return _(
        "We would like to serve you better. Please tell us how we are doing. "
        "Only the team that serves you reads what you say."
    )


def addressed(contact) -> str:
    """How the person is spoken to, in the language that is active."""
    name = in_language(contact.name, contact.name_en)
    if name == contact.name and contact.salutation:
        return _("%(name)s%(salutation)s") % {"name": name, "salutation": contact.salutation}
    return name


# ---------- our people ----------


def low_answer(response) -> None:
    """The account manager, as soon as somebody was unhappy."""
    person = person_for(response.account, "manager")
    score = "" if response.score is None else f"{response.score:f}"
    nps = "–" if response.nps is None else response.nps
    notify(
        kind="engagement.low_answer",
        recipients=[person] if person else [],
        url=response.get_absolute_url(),
        key=f"response:{response.pk}",
        zh=f"{response.account}：满意度 {score}，推荐 {nps} 分",
        en=f"{response.account}: satisfaction {score}, would recommend us {nps} of 10",
        subject_type="account",
        subject_id=response.account_id,
        account_id=response.account_id,
    )


def analysed(campaign, *, score, answered, asked, actions) -> None:
    people = [campaign.owner] if campaign.owner else _heads(campaign)
    said = "–" if score is None else score
    notify(
        kind="engagement.survey_analysed",
        recipients=[one for one in people if one],
        url=campaign.get_absolute_url(),
        key=f"survey:{campaign.pk}",
        zh=f"{campaign.name}：{said} 分，{answered}/{asked} 人作答，{actions} 项改进",
        en=f"{campaign.name}: {said} points, {answered} of {asked} answered, "
        f"{actions} improvements",
    )


def prepared(campaign, count: int) -> None:
    notify(
        kind="engagement.survey_prepared",
        recipients=[one for one in _heads(campaign) if one],
        url=campaign.get_absolute_url(),
        key=f"survey:{campaign.pk}",
        zh=f"{campaign.name} 已备好：{count} 位联系人，请确认后发出",
        en=f"{campaign.name} is prepared: {count} contacts; please look and schedule it",
    )


def _heads(campaign):
    """Whoever leads the department, or one above it."""
    unit = campaign.unit
    while unit is not None:
        if unit.head_id:
            return [unit.head]
        unit = unit.parent
    return []


def opinion_added(opinion, *, actor) -> None:
    people = [opinion.owner] if opinion.owner and opinion.owner != actor else []
    notify(
        kind="engagement.opinion_added",
        recipients=people,
        url=opinion.get_absolute_url(),
        key=f"opinion:{opinion.pk}",
        zh=f"{opinion.account}：新的客户意见 {opinion.number}",
        en=f"{opinion.account}: a new opinion, {opinion.number}",
        subject_type="account",
        subject_id=opinion.account_id,
        account_id=opinion.account_id,
        actor=actor,
    )
