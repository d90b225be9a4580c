"""Improvement actions (改进措施, R-ENG-33): one open for an account and a reason, its effect seen
in the next round."""

import datetime

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from core import writing
from core.exceptions import DomainError
from core.numbering import take_numbers
from engagement import survey_permissions as permissions
from engagement.models import ActionState, ImprovementAction, SurveySettings
from engagement.people import person_for
from engagement.wording import in_both, reason_in
from flows.models import ItemState
from flows.services import make_item
from flows.services.free_items import drop, finish
from flows.services.locking import set_item

PREFIX = "GJ-"
EDITABLE = frozenset({"title", "measure", "owner", "due_on"})
END_OF_DAY = datetime.time(23, 59)


class NotOpen(DomainError):
    """It was done or dropped already."""


@transaction.atomic
def open_action(
    *,
    account,
    reason,
    actor,
    note="",
    owner=None,
    due_on=None,
    title="",
    measure="",
    campaign=None,
    opinion=None,
    dimension=None,
    score=None,
    wanted=None,
    at=None,
) -> ImprovementAction:
    """Begin an improvement; where one is open for this reason, what came in is added to it.

    `dimension` are the words of the dimension of a questionnaire (zh, en).
    """
    if actor is not None:
        _refuse_outsiders(account, actor)
    open_one = ImprovementAction.objects.open().filter(account=account, reason=reason).first()
    if open_one is not None:
        return _append(open_one, note, actor, at)
    now = at or timezone.now()
    days = SurveySettings.current().action_days
    owner = owner or person_for(account, "manager")
    _refuse_blind(owner, account)
    action = ImprovementAction(
        number=take_numbers(code="improvement", prefix=PREFIX)[0],
        account=account,
        reason=reason,
        dimension_zh=dimension.zh if dimension else "",
        dimension_en=dimension.en if dimension else "",
        title=title,
        measure=measure,
        note=note,
        owner=owner,
        due_on=due_on or timezone.localdate(now) + datetime.timedelta(days=days),
        campaign=campaign,
        opinion=opinion,
        score_before=score,
        score_wanted=wanted,
        created_by=actor,
    )
    try:
        with transaction.atomic():
            writing.create(
                instance=action, actor=actor, action="improvement.opened", parent=account, at=at
            )
    except IntegrityError:  # two at once: the other one's is the one
        return _append(
            ImprovementAction.objects.open().get(account=account, reason=reason), note, actor, at
        )
    _give(action, actor, now)
    return action


def _refuse_outsiders(account, actor):
    seen = Account.objects.visible_to(actor).filter(pk=account.pk).exists()
    if not (seen and permissions.can_edit_account(actor, account)):
        raise PermissionDenied


def _refuse_blind(owner, account):
    if owner is not None and not Account.objects.visible_to(owner).filter(pk=account.pk).exists():
        raise DomainError(
            _("%(user)s does not see this account.") % {"user": owner}, field="owner"
        )


def _append(action, note, actor, at) -> ImprovementAction:
    if not note or note in action.note:
        return action
    return _edit(action, {"note": f"{action.note}\n{note}".strip()}, actor, "added_to", None, at)


def _give(action, actor, now) -> None:
    """Into the owner's inbox, with the due date as its limit."""
    if action.owner is None:
        return
    zh, en = in_both(reason_in, action)
    item = make_item(
        actor=None,
        title_zh=f"改进：{zh}"[:250],
        title_en=f"Improve: {en}"[:250],
        assignee=action.owner,
        due_at=_due_at(action.due_on),
        subject=action,
        note=action.note,
        now=now,
    )
    ImprovementAction.objects.filter(pk=action.pk).update(item=item)
    action.item = item


def _due_at(day) -> datetime.datetime:
    return timezone.make_aware(datetime.datetime.combine(day, END_OF_DAY))


@transaction.atomic
def update_action(*, improvement, values, actor, version=None) -> ImprovementAction:
    """Who does it, by when, what and how. The work item follows."""
    _refuse_strangers(improvement, actor)
    unknown = set(values) - EDITABLE
    if unknown:
        raise TypeError(f"not editable here: {', '.join(sorted(unknown))}")
    _refuse_unless_open(improvement)
    _refuse_blind(values.get("owner"), improvement.account)
    improvement = _edit(improvement, values, actor, "edited", version)
    item = improvement.item
    if item is None:
        _give(improvement, actor, timezone.now())
    elif item.state == ItemState.OPEN and improvement.owner is not None:
        set_item(item, assignee=improvement.owner, due_at=_due_at(improvement.due_on))
    return improvement


@transaction.atomic
def complete_action(*, improvement, result, actor, version=None, at=None) -> ImprovementAction:
    """Done; whether it helped shows in the next round. Twice changes nothing."""
    _refuse_strangers(improvement, actor)
    if improvement.state in (ActionState.DONE, ActionState.EFFECTIVE, ActionState.INEFFECTIVE):
        return improvement
    _refuse_unless_open(improvement)
    if not result.strip():
        raise DomainError(_("Say what was done."), field="result")
    now = at or timezone.now()
    values = {"state": ActionState.DONE, "result": result.strip(), "done_at": now}
    improvement = _edit(improvement, values, actor, "done", version, at)
    _end_item(improvement, actor, result, now)
    return improvement


@transaction.atomic
def cancel_action(*, improvement, reason, actor, version=None) -> ImprovementAction:
    _refuse_strangers(improvement, actor)
    _refuse_unless_open(improvement)
    if not reason.strip():
        raise DomainError(_("Please say why."), field="reason")
    values = {"state": ActionState.CANCELLED}
    improvement = _edit(improvement, values, actor, "dropped", version, reason=reason)
    if improvement.item and improvement.item.state == ItemState.OPEN:
        drop(item=improvement.item, actor=None, reason=reason)
    return improvement


def _end_item(improvement, actor, words, now):
    item = improvement.item
    if item is None or item.state != ItemState.OPEN:
        return
    if actor is not None and item.assignee_id == actor.pk:
        finish(item=item, actor=actor, opinion=words, now=now)
    else:
        drop(item=item, actor=None, reason=words)


def settle_finished() -> int:
    """Who ticked off the work item has done the improvement."""
    rows = ImprovementAction.objects.open().filter(item__state=ItemState.DONE)
    settled = 0
    for row in rows.select_related("item__done_by", "account"):
        words = row.item.opinion or str(row.item.get_state_display())
        values = {"state": ActionState.DONE, "result": words, "done_at": row.item.done_at}
        _edit(row, values, row.item.done_by, "done", None)
        settled += 1
    return settled


@transaction.atomic
def verify(*, improvement, campaign, effective, score, at=None) -> ImprovementAction:
    """What the next round says of something that was done."""
    now = at or timezone.now()
    values = {
        "state": ActionState.EFFECTIVE if effective else ActionState.INEFFECTIVE,
        "score_after": score,
        "verified_in": campaign,
        "verified_at": now,
    }
    return _edit(improvement, values, None, "verified", None, at)


def _refuse_strangers(improvement, actor):
    if actor is not None and not permissions.can_handle(actor, improvement):
        raise PermissionDenied


def _refuse_unless_open(improvement):
    if improvement.state != ActionState.OPEN:
        raise NotOpen(_("It was done or dropped already."))


def _edit(row, values, actor, verb, version, at=None, reason="") -> ImprovementAction:
    return writing.edit(
        instance=row,
        values=values,
        actor=actor,
        action=f"improvement.{verb}",
        version=version,
        reason=reason,
        parent=row.account,
        at=at,
    )


# ---------- a leaver ----------


def preview_actions(*, leaver, actor):
    rows = ImprovementAction.objects.open().filter(owner=leaver)
    if actor is None:
        return rows
    return rows.filter(pk__in=ImprovementAction.objects.visible_to(actor).values("pk"))


@transaction.atomic
def hand_over_actions(*, leaver, to, actor, on=None) -> int:
    """The improvements; their work items go with the other work."""
    rows = list(preview_actions(leaver=leaver, actor=actor).select_related("account"))
    for row in rows:
        _edit(row, {"owner": to}, actor, "handed_over", None)
    return len(rows)
