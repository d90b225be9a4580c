"""A satisfaction survey from its plan to its end (F-22): who is asked, when, how often."""

import datetime
import re

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Consent, ContactRole
from core import audit, writing
from core.exceptions import DomainError
from core.numbering import take_numbers
from core.tokens import digest_of
from documents.models import DocumentTemplate
from engagement import links, questions
from engagement import survey_permissions as permissions
from engagement.models import (
    AHEAD_STATES,
    LeftOut,
    SurveyCampaign,
    SurveyInvitation,
    SurveyOrigin,
    SurveySettings,
    SurveyState,
)

SHIPPED = "satisfaction_questionnaire"
PREFIX = "SV-"
EDITABLE = frozenset(
    ("name", "template", "opens_at", "closes_at", "remind_after", "reminders")
    + ("greeting_zh", "greeting_en")
)
CHINESE = re.compile(r"[\u3400-\u9fff]")
CHUNK = 500


class WrongState(DomainError):
    """What was asked for does not fit where the survey stands."""


def questionnaire() -> DocumentTemplate | None:
    """The one new surveys ask with."""
    return (
        SurveySettings.current().questionnaire
        or DocumentTemplate.objects.filter(code=SHIPPED).first()
    )


@transaction.atomic
def create_campaign(
    *,
    actor,
    name,
    opens_at,
    closes_at=None,
    template=None,
    accounts=None,
    levels=None,
    origin=SurveyOrigin.HAND,
    tier=None,
    unit=None,
    at=None,
    **more,
) -> SurveyCampaign:
    """Plan a survey and put together whom it asks: the contacts of `accounts` with one of
    `levels` ("" is those without one). `more` are the other fields of EDITABLE; what is not said
    is as the settings have it."""
    if actor is not None and not permissions.can_create_survey(actor):
        raise PermissionDenied
    unknown = set(more) - EDITABLE
    if unknown:
        raise TypeError(f"not fields of a survey: {', '.join(sorted(unknown))}")
    house = SurveySettings.current()
    template = template or questionnaire()
    if template is None:
        raise DomainError(_("There is no questionnaire to ask with."), field="template")
    _refuse_template(template)
    more.setdefault("remind_after", datetime.timedelta(days=house.remind_after_days))
    more.setdefault("reminders", house.reminders)
    campaign = SurveyCampaign(
        number=take_numbers(code="survey", prefix=PREFIX)[0],
        name=name,
        template=template,
        origin=origin,
        tier=tier,
        unit=unit or (actor.unit if actor else None),
        owner=actor,
        opens_at=opens_at,
        closes_at=closes_at or opens_at + datetime.timedelta(days=house.open_days),
        **more,
    )
    writing.create(instance=campaign, actor=actor, action="survey.created", at=at)
    if accounts is not None:
        add_accounts(campaign=campaign, accounts=accounts, levels=levels, actor=actor, at=at)
    return campaign


def _refuse_template(template):
    form = template.active_version()
    if form is None or not template.is_active or template.kind != "questionnaire":
        raise DomainError(_("This questionnaire is not offered."), field="template")
    if odd := questions.unaskable(form.read):
        raise DomainError(
            _("A customer cannot answer this on a page: %(field)s.") % {"field": odd[0].code},
            field="template",
        )
    if template.subject_kind not in ("", "account"):
        raise DomainError(_("This questionnaire is not about accounts."), field="template")


def _refuse_strangers(campaign, actor):
    if actor is not None and not permissions.can_run_survey(actor, campaign):
        raise PermissionDenied


def _refuse_unless(campaign, *states):
    if campaign.state not in states:
        raise WrongState(_("The survey has moved on: this is no longer possible."))


@transaction.atomic
def update_campaign(*, campaign, values, actor, version=None) -> SurveyCampaign:
    """Change what is planned. Of an open survey only its end and its reminders can be changed."""
    _refuse_strangers(campaign, actor)
    unknown = set(values) - EDITABLE
    if unknown:
        raise TypeError(f"not editable here: {', '.join(sorted(unknown))}")
    if campaign.state == SurveyState.OPEN:
        fixed = set(values) - {"closes_at", "reminders", "remind_after"}
        changed = [name for name in fixed if values[name] != getattr(campaign, name)]
        if changed:
            raise WrongState(
                _("The survey is under way: only its end and its reminders can be changed."),
                field=changed[0],
            )
    else:
        _refuse_unless(campaign, *AHEAD_STATES)
    if "template" in values and values["template"] != campaign.template:
        _refuse_template(values["template"])
    return writing.edit(
        instance=campaign, values=values, actor=actor, action="survey.edited", version=version
    )


# ---------- whom it asks ----------


@transaction.atomic
def add_accounts(*, campaign, accounts, actor, levels=None, at=None) -> int:
    """Put the contacts of these accounts on the list, each once; who cannot be asked is kept
    with the reason. Only accounts the actor may have asked. Returns how many came."""
    _refuse_strangers(campaign, actor)
    _refuse_unless(campaign, *AHEAD_STATES)
    if actor is not None:
        accounts = accounts.filter(pk__in=permissions.askable_accounts(actor).values("pk"))
    now = at or timezone.now()
    roles = (
        ContactRole.objects.on(timezone.localdate(now))
        .filter(account__in=accounts.values("pk"), contact__archived_at=None)
        .exclude(contact__in=campaign.invitations.values("contact"))
        .select_related("contact", "account")
        .order_by("-is_primary", "pk")
    )
    if levels is not None:
        roles = roles.filter(level__in=levels)
    resting, house = _resting(campaign, now), SurveySettings.current()
    found = {}
    for role in roles:
        if role.contact_id not in found:
            found[role.contact_id] = _invitation(campaign, role, resting, house)
    SurveyInvitation.objects.bulk_create(found.values(), batch_size=CHUNK)
    if found:
        asked = sum(not one.left_out for one in found.values())
        audit.record(
            actor=actor,
            action="survey.recipients_added",
            target=campaign,
            at=at,
            recipients=asked,
            left_out=len(found) - asked,
        )
    return len(found)


def _invitation(campaign, role, resting, house) -> SurveyInvitation:
    contact, account = role.contact, role.account
    row = SurveyInvitation(
        campaign=campaign,
        account=account,
        contact=contact,
        level=role.level,
        tier_id=account.tier_id,
        industry_id=account.industry_id,
        address=contact.email,
        language=language_of(contact),
        left_out=why_not(contact, house, contact.pk in resting),
    )
    row.digest = digest_of(links.new_token(row.nonce))
    return row


def language_of(contact) -> str:
    """Chinese to who bears a Chinese name, English to others; the page offers the other one."""
    return "zh-hans" if CHINESE.search(contact.name) else "en"


def why_not(contact, house, resting: bool) -> str:
    if contact.consent == Consent.REFUSED:
        return LeftOut.REFUSED
    if not contact.email:
        return LeftOut.NO_EMAIL
    if house.consent_needed and contact.consent != Consent.GIVEN:
        return LeftOut.NOT_ASKED
    return LeftOut.RESTING if resting else ""


def _resting(campaign, now) -> set[int]:
    """Contacts who were written to by another survey not long ago."""
    since = now - datetime.timedelta(days=SurveySettings.current().rest_days)
    rows = SurveyInvitation.objects.filter(invited_at__gt=since).exclude(campaign=campaign)
    return set(rows.values_list("contact", flat=True))


@transaction.atomic
def leave_out(*, invitation, actor, back=False) -> SurveyInvitation:
    """Take somebody off the list before it is sent, or put them back."""
    campaign = invitation.campaign
    _refuse_strangers(campaign, actor)
    _refuse_unless(campaign, *AHEAD_STATES)
    reason = LeftOut.BY_HAND
    if back:
        resting = invitation.contact_id in _resting(campaign, timezone.now())
        reason = why_not(invitation.contact, SurveySettings.current(), resting)
        if reason and reason != LeftOut.RESTING:
            raise DomainError(
                _("They cannot be asked: %(why)s.") % {"why": LeftOut(reason).label}
            )
        reason = ""  # who looks at the list may decide that they have rested enough
    return writing.edit(
        instance=invitation,
        values={"left_out": reason},
        actor=actor,
        action="survey.recipient_changed",
        parent=invitation.account,
    )


@transaction.atomic
def revoke_link(*, invitation, actor) -> SurveyInvitation:
    """The link stops working; what was answered stays."""
    _refuse_strangers(invitation.campaign, actor)
    if invitation.revoked_at is not None:
        return invitation
    return writing.edit(
        instance=invitation,
        values={"revoked_at": timezone.now()},
        actor=actor,
        action="survey.link_revoked",
        parent=invitation.account,
    )


# ---------- from state to state ----------


@transaction.atomic
def schedule(*, campaign, actor, version=None, now=None) -> SurveyCampaign:
    """From now on the clock keeps it."""
    _refuse_strangers(campaign, actor)
    _refuse_unless(campaign, SurveyState.DRAFT)
    if not campaign.invitations.asked().exists():
        raise DomainError(_("Nobody would be asked: add accounts whose contacts have an e-mail."))
    if campaign.closes_at <= (now or timezone.now()):
        raise DomainError(_("Its last day has passed."), field="closes_at")
    return _to(campaign, SurveyState.SCHEDULED, actor, "survey.scheduled", version)


@transaction.atomic
def back_to_draft(*, campaign, actor, version=None) -> SurveyCampaign:
    _refuse_strangers(campaign, actor)
    _refuse_unless(campaign, SurveyState.SCHEDULED)
    return _to(campaign, SurveyState.DRAFT, actor, "survey.unscheduled", version)


@transaction.atomic
def cancel(*, campaign, actor, reason="", version=None) -> SurveyCampaign:
    """Before it is sent, it is dropped; its accounts wait for their next turn."""
    _refuse_strangers(campaign, actor)
    _refuse_unless(campaign, *AHEAD_STATES)
    return _to(campaign, SurveyState.CANCELLED, actor, "survey.cancelled", version, reason)


@transaction.atomic
def close(*, campaign, actor, version=None, now=None) -> SurveyCampaign:
    """Take no more answers. By hand before its time, else by the clock."""
    _refuse_strangers(campaign, actor)
    _refuse_unless(campaign, SurveyState.OPEN)
    now = now or timezone.now()
    values = {"state": SurveyState.CLOSED, "closed_at": now}
    if now < campaign.closes_at and now > campaign.opens_at:
        values["closes_at"] = now
    return writing.edit(
        instance=campaign,
        values=values,
        actor=actor,
        action="survey.closed",
        version=version,
    )


def _to(campaign, state, actor, action, version, reason="") -> SurveyCampaign:
    return writing.edit(
        instance=campaign,
        values={"state": state},
        actor=actor,
        action=action,
        version=version,
        reason=reason,
    )


# ---------- the clock ----------


def open_due(now=None) -> int:
    """Scheduled surveys whose time has come begin; each once, whoever looks."""
    now = now or timezone.now()
    due = SurveyCampaign.objects.filter(state=SurveyState.SCHEDULED, opens_at__lte=now)
    return sum(_begin(pk, now) for pk in due.order_by("opens_at").values_list("pk", flat=True))


@transaction.atomic
def _begin(pk, now) -> bool:
    mine = SurveyCampaign.objects.filter(pk=pk, state=SurveyState.SCHEDULED, opens_at__lte=now)
    campaign = SurveyCampaign.objects.select_related("template").get(pk=pk)
    form = campaign.template.active_version()
    if form is None or not mine.update(
        state=SurveyState.OPEN, form=form, version=F("version") + 1, updated_at=now
    ):
        return False
    look_again(campaign, now)
    audit.record(
        actor=None,
        action="survey.opened",
        target=campaign,
        state=(SurveyState.SCHEDULED, SurveyState.OPEN),
    )
    return True


def look_again(campaign, now) -> None:
    """Consent and addresses as they are today: the list may be weeks old."""
    house, resting = SurveySettings.current(), _resting(campaign, now)
    changed = []
    for row in campaign.invitations.asked().select_related("contact"):
        reason = why_not(row.contact, house, row.contact_id in resting)
        if row.contact.archived_at is not None:
            reason = LeftOut.BY_HAND
        if reason == LeftOut.RESTING:
            reason = ""
        if reason or row.address != row.contact.email:
            row.left_out, row.address = reason, row.contact.email
            changed.append(row)
    SurveyInvitation.objects.bulk_update(changed, ["left_out", "address"], batch_size=CHUNK)


def close_due(now=None) -> int:
    now = now or timezone.now()
    over = SurveyCampaign.objects.filter(state=SurveyState.OPEN, closes_at__lte=now)
    closed = 0
    for campaign in over:
        try:
            close(campaign=campaign, actor=None, now=now)
        except DomainError:
            continue  # somebody else was faster
        closed += 1
    return closed
