"""The first write of every action, and the refusals an action may meet."""

from django.core.exceptions import PermissionDenied
from django.db.models import F
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from core import formats
from core.exceptions import DomainError, StaleVersion
from flows.models import FlowRun, ItemState, RunState, WorkItem
from teams.selectors import pool_ids


class Conflict(StaleVersion):
    """Somebody was faster, or the flow moved on (409); says who and when where that is known."""

    def __init__(self, current, message=None):
        super().__init__(current)
        if message is None and isinstance(current, WorkItem) and current.state != ItemState.OPEN:
            message = what_became(current)
        self.message = message or _("Somebody was faster: this has moved on.")
        self.args = (self.message,)


def what_became(item):
    """Who answered an item or took it, and when; None while it waits for an answer."""
    if item.state == ItemState.CANCELLED:
        return _of_dropped(item)
    who, at, text = item.assignee, item.taken_at or item.updated_at, _TAKEN
    if item.state == ItemState.DONE:
        who, at, text = item.done_by, item.done_at, _ANSWERED
    if who is None:
        return _DONE if item.state == ItemState.DONE else None
    return text % {"title": item.title, "name": who.name, "at": _moment(at)}


_ANSWERED = _("“%(title)s” was answered by %(name)s, %(at)s.")
_TAKEN = _("“%(title)s” is in the hands of %(name)s, since %(at)s.")
_DONE = _("It is done already.")


def _of_dropped(item):
    """Another answer decided the step, or the flow went on without it."""
    answered = item.step_run and item.step_run.items.filter(state=ItemState.DONE)
    last = answered.order_by("-done_at", "-pk").first() if answered else None
    if last is not None and last.done_by is not None:
        return what_became(last)
    return _("“%(title)s” is no longer needed: the flow has gone on.") % {"title": item.title}


def _moment(at) -> str:
    return formats.time_short(timezone.localtime(at), timezone.localdate(), get_language() or "")


def is_late(item, user) -> bool:
    """Whether the person was asked too, and the item is answered or in other hands."""
    asked = user.pk in (item.assignee_id, item.done_by_id) or (
        item.asked_id in pool_ids(user, timezone.localdate())
    )
    waits = item.state == ItemState.QUEUED
    holds = item.state == ItemState.OPEN and item.assignee_id in (None, user.pk)
    return asked and not (waits or holds)


def refuse_late(item, user) -> None:
    """Who was asked too, or has answered already, is told who was faster. Raises Conflict."""
    if is_late(item, user):
        raise Conflict(item, what_became(item))


class GateClosed(DomainError):
    """What an outcome needs is not there yet; `missing` lists it."""

    def __init__(self, missing):
        names = "、".join(str(text) for text, _link in missing)
        super().__init__(_("Still missing: %(what)s") % {"what": names}, missing=missing)


def lock(run, *, revision=None) -> FlowRun:
    """Takes the run's row lock (PostgreSQL) or the write lock (SQLite) by counting.

    Without it two voters of one step each miss the other's vote and the step waits for ever.
    `revision` is the one the person saw. Raises Conflict.
    """
    rows = FlowRun.objects.filter(pk=run.pk, state=RunState.OPEN)
    if revision is not None:
        rows = rows.filter(revision=int(revision))
    if not rows.update(revision=F("revision") + 1):
        raise Conflict(FlowRun.objects.get(pk=run.pk))
    related = ("version", "template", "originator", "account", "unit")
    return FlowRun.objects.select_related(*related).get(pk=run.pk)


def open_item(item, *, version=None) -> WorkItem:
    """The item as it is now that its run is locked. Raises Conflict unless it is open."""
    fresh = WorkItem.objects.select_related("step_run__parent", "assignee").get(pk=item.pk)
    if fresh.state != ItemState.OPEN or (version is not None and int(version) != fresh.version):
        raise Conflict(fresh)
    return fresh


def refuse_strangers(item, actor) -> None:
    """Only who has the item in hand, or a pool it waits for, may act on it."""
    if actor is None:
        return
    theirs = item.assignee_id == actor.pk or (
        item.assignee_id is None
        and item.candidates.filter(pool__in=pool_ids(actor, timezone.localdate())).exists()
    )
    reachable = theirs and WorkItem.objects.filter(pk=item.pk).reachable_by(actor).exists()
    if not reachable or not actor.is_active:
        raise PermissionDenied


def set_item(item, **values) -> None:
    """Write columns of an item whose run is locked, raising its version."""
    values["updated_at"] = timezone.now()
    WorkItem.objects.filter(pk=item.pk).update(**values, version=F("version") + 1)
    for name, value in values.items():
        setattr(item, name, value)
    item.version += 1
