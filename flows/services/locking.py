"""The first write of every action, and the refusals an action may meet."""

from django.core.exceptions import PermissionDenied
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.exceptions import DomainError, StaleVersion
from flows.models import FlowRun, ItemState, RunState, WorkItem
from teams.selectors import pool_ids


class Conflict(StaleVersion):
    """Somebody was faster, or the flow moved on (409)."""

    def __init__(self, current, message=None):
        super().__init__(current)
        self.message = message or _("Somebody was faster: this has moved on.")
        self.args = (self.message,)


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
