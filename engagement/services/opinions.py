"""Opinions of customers (客户意见, R-ENG-32): taken in from everywhere, followed to closure."""

import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from core import writing
from core.exceptions import DomainError
from core.numbering import take_numbers
from documents.models import Document, DocumentState
from engagement import survey_permissions as permissions
from engagement.models import Opinion, OpinionKind, OpinionSource, OpinionState, SurveySettings
from engagement.notices import surveys as notices
from engagement.people import person_for
from teams.rights import Right

SHEET = "opinion_sheet"
PREFIX = "YJ-"
EDITABLE = frozenset({"kind", "topic", "text", "wish", "contact", "owner", "due_on"})
# Fields of the opinion sheet that are one opinion each, and what kind of one.
WORDS = {
    "product_needs": OpinionKind.NEED,
    "service_needs": OpinionKind.NEED,
    "future_needs": OpinionKind.NEED,
    "suggestions": OpinionKind.SUGGESTION,
}


@transaction.atomic
def add_opinion(
    *,
    account,
    text,
    source,
    actor,
    kind=OpinionKind.OPINION,
    topic="",
    wish="",
    contact=None,
    owner=None,
    due_on=None,
    response=None,
    visit=None,
    document=None,
    line=0,
    at=None,
) -> Opinion:
    """Enter what a customer said. Without an owner the account manager follows it up."""
    if actor is not None:
        seen = Account.objects.visible_to(actor).filter(pk=account.pk)
        if not (actor.has_right(Right.EDIT_ACCOUNTS) and seen.exists()):
            raise PermissionDenied
    now = at or timezone.now()
    days = SurveySettings.current().opinion_days
    opinion = Opinion(
        number=take_numbers(code="opinion", prefix=PREFIX)[0],
        account=account,
        contact=contact,
        kind=kind,
        source=source,
        topic=topic[:200],
        text=text[:4000],
        wish=wish[:500],
        owner=owner or person_for(account, "manager"),
        due_on=due_on or timezone.localdate(now) + datetime.timedelta(days=days),
        response=response,
        visit=visit,
        document=document,
        line=line,
        created_by=actor,
    )
    _refuse_blind(opinion.owner, account)
    writing.create(instance=opinion, actor=actor, action="opinion.added", parent=account, at=at)
    notices.opinion_added(opinion, actor=actor)
    return opinion


def _refuse_blind(owner, account):
    if owner is None:
        return
    if not owner.is_active or not (
        Account.objects.visible_to(owner).filter(pk=account.pk).exists()
    ):
        raise DomainError(
            _("%(user)s does not see this account.") % {"user": owner}, field="owner"
        )


@transaction.atomic
def update_opinion(*, opinion, values, actor, version=None) -> Opinion:
    _refuse_strangers(opinion, actor)
    unknown = set(values) - EDITABLE
    if unknown:
        raise TypeError(f"not editable here: {', '.join(sorted(unknown))}")
    if opinion.state == OpinionState.CLOSED:
        raise DomainError(_("It is closed: open it again first."))
    _refuse_blind(values.get("owner"), opinion.account)
    return _edit(opinion, values, actor, "opinion.edited", version)


@transaction.atomic
def take_in_hand(*, opinion, actor, version=None) -> Opinion:
    """Somebody begins to see to it; without an owner it is theirs."""
    _refuse_strangers(opinion, actor)
    if opinion.state == OpinionState.CLOSED:
        raise DomainError(_("It is closed: open it again first."))
    values = {"state": OpinionState.IN_HAND, "owner": opinion.owner or actor}
    return _edit(opinion, values, actor, "opinion.taken", version)


@transaction.atomic
def close_opinion(*, opinion, answer, actor, version=None, at=None) -> Opinion:
    """What was done, and what the customer was told. Closing it again changes nothing."""
    _refuse_strangers(opinion, actor)
    if opinion.state == OpinionState.CLOSED:
        return opinion
    if not answer.strip():
        raise DomainError(_("Say what was done and answered."), field="answer")
    values = {
        "state": OpinionState.CLOSED,
        "answer": answer.strip(),
        "closed_at": at or timezone.now(),
        "closed_by": actor,
    }
    return _edit(opinion, values, actor, "opinion.closed", version, at=at)


@transaction.atomic
def reopen_opinion(*, opinion, reason, actor, version=None) -> Opinion:
    _refuse_strangers(opinion, actor)
    if opinion.state != OpinionState.CLOSED:
        return opinion
    if not reason.strip():
        raise DomainError(_("Say why it is opened again."), field="reason")
    values = {"state": OpinionState.IN_HAND, "closed_at": None, "closed_by": None}
    return _edit(opinion, values, actor, "opinion.reopened", version, reason)


def _refuse_strangers(opinion, actor):
    if actor is not None and not permissions.can_handle(actor, opinion):
        raise PermissionDenied


def _edit(opinion, values, actor, action, version, reason="", at=None) -> Opinion:
    return writing.edit(
        instance=opinion,
        values=values,
        actor=actor,
        action=action,
        version=version,
        reason=reason,
        parent=opinion.account,
        at=at,
    )


# ---------- from sheets ----------


def collect_sheets(limit=200) -> int:
    """Complete opinion sheets whose opinions are not followed up yet; each line once."""
    known = Opinion.objects.exclude(document=None).values("document")
    sheets = Document.objects.filter(
        template__code=SHEET, state=DocumentState.COMPLETE, archived_at=None
    ).exclude(account=None)
    waiting = sheets.exclude(pk__in=known).select_related("account", "created_by", "form")
    return sum(_take_sheet(one) for one in waiting.order_by("pk")[:limit])


@transaction.atomic
def _take_sheet(document) -> int:
    lines = list(_said(document.answers))
    for number, (kind, topic, text, wish) in enumerate(lines, start=1):
        add_opinion(
            account=document.account,
            text=text,
            source=OpinionSource.FORM,
            kind=kind,
            topic=topic,
            wish=wish,
            document=document,
            line=number,
            actor=None,
            at=document.completed_at,
        )
    return len(lines)


def _said(answers: dict):
    for line in answers.get("opinions") or ():
        if line.get("opinion"):
            yield OpinionKind.OPINION, line.get("topic", ""), line["opinion"], line.get("wish", "")
    for code, kind in WORDS.items():
        if answers.get(code):
            yield kind, "", answers[code], ""


# ---------- a leaver ----------


def preview_opinions(*, leaver, actor):
    rows = Opinion.objects.unclosed().filter(owner=leaver)
    return rows if actor is None else rows.filter(pk__in=Opinion.objects.visible_to(actor))


@transaction.atomic
def hand_over_opinions(*, leaver, to, actor, on=None) -> int:
    rows = list(preview_opinions(leaver=leaver, actor=actor).select_related("account"))
    for row in rows:
        _edit(row, {"owner": to}, actor, "opinion.handed_over", None)
    return len(rows)
