"""Work items that belong to no flow: somebody must do this by then."""

import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from core import audit, writing
from core.exceptions import DomainError
from core.subjects import adapter_of
from flows import notices, permissions
from flows.limits import deadline
from flows.models import FAR, FlowSettings, ItemState, WorkItem, WorkItemCandidate
from flows.services.locking import Conflict, refuse_strangers, what_became


@transaction.atomic
def make_item(
    *,
    actor,
    title_zh="",
    title_en="",
    assignee=None,
    pool=None,
    due_at=None,
    within="",
    subject=None,
    note="",
    grants_read=False,
    now=None,
) -> WorkItem:
    """Give somebody, or a pool, something to do: by a time, or within working time.

    About a subject it may go only to people who see its account, unless it lets whoever has it
    read that one subject (`grants_read`): a department that is asked to see to something.
    """
    now = now or timezone.now()
    if (assignee is None) == (pool is None):
        raise DomainError(_("Say who should do it."), field="assignee")
    if not (title_zh or title_en):
        raise DomainError(_("Say what is to be done."), field="title")
    adapter = adapter_of(subject) if subject is not None else None
    account = adapter.account(subject) if adapter else None
    if actor is not None and adapter and not adapter.visible_to(actor).filter(pk=subject.pk):
        raise PermissionDenied
    if not grants_read:
        _refuse_blind(assignee, account)
    elif assignee is not None and not assignee.is_active:
        raise DomainError(_("This colleague has left."), field="assignee")
    limit = deadline(within, now, account)
    owner = adapter.owner(subject) if adapter else assignee
    item = WorkItem(
        subject_type=adapter.kind if adapter else "",
        subject_id=subject.pk if adapter else None,
        account=account,
        audience=adapter.audience(subject) if adapter else "participants",
        owner=owner,
        unit=account.department if account else owner and owner.unit,
        title_zh=title_zh or title_en,
        title_en=title_en or title_zh,
        about=adapter.title(subject)[:200] if adapter else "",
        note=note,
        grants_read=grants_read,
        assignee=assignee,
        asked=pool,
        created_by=actor,
        opened_at=now,
        due_at=due_at or limit.due_at,
        warn_at=limit.warn_at if within else _warn_at(now, due_at),
        limit_minutes=limit.minutes,
    )
    parent = account
    writing.create(instance=item, actor=actor, action="workitem.created", parent=parent, at=now)
    if pool is not None:
        WorkItemCandidate.objects.create(item=item, pool=pool, due_at=item.due_at)
    notices.new_item(item, actor=actor, pool=pool)
    return item


def _refuse_blind(assignee, account, field="assignee") -> None:
    if assignee is None:
        return
    if not assignee.is_active:
        raise DomainError(_("This colleague has left."), field=field)
    seen = account is None or Account.objects.visible_to(assignee).filter(pk=account.pk).exists()
    if not seen:
        raise DomainError(
            _("%(user)s does not see this account.") % {"user": assignee}, field=field
        )


def _warn_at(start, due_at):
    """The warning of a fixed date: the same share of the time until then."""
    if due_at is None or due_at >= FAR or due_at <= start:
        return FAR
    return start + (due_at - start) * FlowSettings.current().warn_percent / 100


@transaction.atomic
def finish(*, item, actor, opinion="", version=None, now=None) -> WorkItem:
    """Done, once: the state is asked again in the write."""
    now = now or timezone.now()
    fresh = WorkItem.objects.get(pk=item.pk)
    if fresh.state == ItemState.OPEN:
        refuse_strangers(fresh, actor)
    values = {
        "state": ItemState.DONE,
        "outcome": "done",
        "opinion": opinion.strip(),
        "done_by": actor,
        "done_at": now,
        "on_time": None if fresh.due_at >= FAR else bool(fresh.excuse) or now <= fresh.due_at,
        "escalate_at": None,
    }
    return _write(fresh, ItemState.OPEN, values, actor, "workitem.done", version, opinion, now)


@transaction.atomic
def claim(*, item, actor, version=None) -> WorkItem:
    """Take an item of a pool; the others no longer see it in their inbox."""
    fresh = _in_hand(item, actor)
    if fresh.assignee_id is not None:
        raise Conflict(fresh, what_became(fresh))
    return _write(
        fresh, ItemState.OPEN, {"assignee": actor}, actor, "workitem.claimed", version, ""
    )


@transaction.atomic
def delegate(*, item, to, actor, note="", version=None) -> WorkItem:
    """Hand my item to a colleague who sees what it is about (转办)."""
    return _hand(_in_hand(item, actor), to, actor, "workitem.delegated", version, note)


@transaction.atomic
def reassign(*, item, to, actor, reason, version=None) -> WorkItem:
    """Somebody above gives the item to another colleague."""
    fresh = WorkItem.objects.get(pk=item.pk)
    if not permissions.can_reassign(actor, fresh):
        raise PermissionDenied
    if not reason.strip():
        raise DomainError(_("Please say why."), field="reason")
    return _hand(fresh, to, actor, "workitem.reassigned", version, reason)


def _in_hand(item, actor) -> WorkItem:
    fresh = WorkItem.objects.get(pk=item.pk)
    if fresh.state != ItemState.OPEN:
        raise Conflict(fresh)
    refuse_strangers(fresh, actor)
    return fresh


def _hand(item, to, actor, action, version, reason) -> WorkItem:
    _refuse_blind(to, item.account, field="to")
    fresh = _write(item, ItemState.OPEN, {"assignee": to}, actor, action, version, reason)
    notices.new_item(fresh, actor=actor)
    return fresh


@transaction.atomic
def drop(*, item, actor, reason, version=None) -> WorkItem:
    """No longer needed; whoever made it or stands above may say so."""
    fresh = WorkItem.objects.get(pk=item.pk)
    own = actor is None or actor.pk == fresh.created_by_id
    if not own and not permissions.can_reassign(actor, fresh):
        raise PermissionDenied
    if not reason.strip():
        raise DomainError(_("Please say why."), field="reason")
    values = {"state": ItemState.CANCELLED, "escalate_at": None}
    return _write(fresh, ItemState.OPEN, values, actor, "workitem.dropped", version, reason)


@transaction.atomic
def reopen(*, item, actor, now=None) -> WorkItem:
    """Take back "done" within the minutes of the settings."""
    now = now or timezone.now()
    fresh = WorkItem.objects.get(pk=item.pk)
    if actor is not None and fresh.done_by_id != actor.pk:
        raise PermissionDenied
    limit = datetime.timedelta(minutes=FlowSettings.current().undo_minutes)
    if fresh.done_at is None or now - fresh.done_at > limit:
        raise DomainError(_("It is too late to take this back."))
    values = {
        "state": ItemState.OPEN,
        "assignee": fresh.assignee or actor,
        "outcome": "",
        "opinion": "",
        "done_by": None,
        "done_at": None,
        "on_time": None,
    }
    return _write(fresh, ItemState.DONE, values, actor, "workitem.taken_back", None, "")


def _write(item, wanted, values, actor, action, version, reason, at=None) -> WorkItem:
    """One conditional write: who comes second gets Conflict. `at` dates it in the past."""
    rows = WorkItem.objects.filter(pk=item.pk, state=wanted, version=version or item.version)
    if not rows.update(**values, version=F("version") + 1, updated_at=timezone.now()):
        raise Conflict(WorkItem.objects.get(pk=item.pk))
    if values.get("state") != ItemState.OPEN:
        WorkItemCandidate.objects.filter(item=item).delete()
    changes = {
        name: (getattr(item, name), values[name])
        for name in ("state", "assignee")
        if name in values and getattr(item, name) != values[name]
    }
    fresh = WorkItem.objects.get(pk=item.pk)
    audit.record(
        actor=actor,
        action=action,
        target=fresh,
        parent=fresh.account,
        reason=reason,
        at=at,
        changes=changes,
    )
    return fresh
