"""History: the one way to write it and the ways to read it."""

import datetime
from decimal import Decimal

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, Q

from core.models import AuditEntry, Channel


def plain(value):
    """A value as history keeps it: JSON, readable years later."""
    if isinstance(value, Model):
        return {"id": value.pk, "label": str(value)}
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, datetime.datetime | datetime.date):
        return value.isoformat()
    if value is None or isinstance(value, bool | int | float | str | list | dict):
        return value
    return str(value)


def channel_of(actor) -> str:
    """`actor=None` is a job; the API and the admin mark their instance of the person."""
    return Channel.JOB if actor is None else getattr(actor, "channel", Channel.PAGE)


def entry(
    *,
    actor,
    action,
    target,
    parent=None,
    reason="",
    batch=None,
    channel=None,
    at=None,
    changes=None,
    **more,
) -> AuditEntry:
    """An unsaved history entry, for services that write many at once with `bulk_create`.

    `changes` and the further keyword arguments are field=(before, after), or field=after.
    """
    fields = {} if at is None else {"happened_at": at}
    parent_type = None
    if parent is not None:
        parent_type = ContentType.objects.get_for_model(parent)
    return AuditEntry(
        actor=actor,
        action=action,
        channel=channel or channel_of(actor),
        target_type=ContentType.objects.get_for_model(target),
        target_id=target.pk,
        target_label=str(target)[:200],
        parent_type=parent_type,
        parent_id=parent.pk if parent is not None else None,
        batch_id=batch.pk if batch is not None else None,
        reason=reason,
        changes={n: plain_pair(pair) for n, pair in {**(changes or {}), **more}.items()},
        **fields,
    )


def plain_pair(pair):
    """(before, after) as JSON; a single value stands for "after"."""
    before, after = pair if isinstance(pair, tuple) else (None, pair)
    return [plain(before), plain(after)]


def record(**kwargs) -> AuditEntry:
    """Write one history entry; the arguments are those of `entry`."""
    row = entry(**kwargs)
    row.save(force_insert=True)
    return row


def history_of(record_) -> "AuditEntry":
    """What happened to a record and to what hangs on it, newest first."""
    kind = ContentType.objects.get_for_model(record_)
    return AuditEntry.objects.filter(
        Q(target_type=kind, target_id=record_.pk) | Q(parent_type=kind, parent_id=record_.pk)
    ).select_related("actor", "target_type")


def visible_to(user):
    """The history a person may read: of records they see and of what hangs on those."""
    entries = AuditEntry.objects.all()
    if user.sees_everything:
        return entries
    for model in apps.get_models():
        if not hasattr(model._default_manager, "visible_to"):
            continue
        seen = model._default_manager.visible_to(user)
        if not seen.query.where:
            continue  # open to every colleague
        kind, ids = ContentType.objects.get_for_model(model), seen.values("pk")
        entries = entries.exclude(Q(target_type=kind) & ~Q(target_id__in=ids)).exclude(
            Q(parent_type=kind) & ~Q(parent_id__in=ids)
        )
    return entries
