"""The end of keeping: told of once, put away or prolonged with a reason (R-ACC-38)."""

from collections import defaultdict

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core import writing
from core.exceptions import DomainError, StaleVersion
from documents.models import Document
from documents.services import archive_document
from documents.services.attachments import remove
from planning import archive, notices, permissions
from planning.models import Retention
from teams.selectors import administrators


@transaction.atomic
def prolong(*, item, until, reason, actor, version=None, at=None) -> Retention:
    """Keep a document or file until a later day than now."""
    today = timezone.localdate(at)
    end = _open_end(item, actor)
    if not reason.strip():
        raise DomainError(_("Say why it is kept longer."), field="reason")
    if until <= max(today, end):
        raise DomainError(
            _("Choose a day later than today and than the present end."), field="until"
        )
    record = _record(item)
    return writing.edit(
        instance=record,
        values={
            "keep_until": until,
            "reason": reason.strip(),
            "prolonged_by": actor,
            "flagged_on": None,
        },
        actor=actor,
        action="retention.prolonged",
        reason=reason.strip(),
        version=version,
        parent=item.account,
        at=at,
        told={"keep_until": (end, until)},
    )


@transaction.atomic
def put_away(*, item, reason, actor, version=None, at=None):
    """Archive a document or file whose time has ended. Nothing is deleted."""
    end = _open_end(item, actor)
    if not reason.strip():
        raise DomainError(_("Say why it is put away."), field="reason")
    if end >= timezone.localdate(at):
        raise DomainError(_("The time it is kept has not ended yet."))
    held = getattr(item, "retention", None)
    if version is not None and int(version) != (held.version if held else 1):
        raise StaleVersion(held or item)
    if isinstance(item, Document):
        return archive_document(document=item, reason=reason.strip(), actor=actor)
    return remove(attachment=item, reason=reason.strip(), actor=actor, at=at)


def _open_end(item, actor):
    """The last day of keeping; refused where there is none or the item is put away already."""
    if actor is not None and not permissions.can_keep(actor, item):
        raise PermissionDenied
    if item.archived_at is not None:
        raise DomainError(_("It is put away already."))
    end = archive.end_of(item)
    if end is None:
        raise DomainError(_("It is kept without end."))
    return end


def _record(item) -> Retention:
    about = {"document": item} if isinstance(item, Document) else {"attachment": item}
    return Retention.objects.get_or_create(**about)[0]


def tell_of_ended(*, today=None) -> int:
    """Tell who looks after it, once, of everything in the archive whose time has ended.

    One notice for an account and person; each is its own transaction. Safe to repeat.
    """
    today = today or timezone.localdate()
    groups = defaultdict(list)
    keepers = list(administrators())
    for item in archive.ended(today):
        for person in _concerned(item, keepers):
            groups[item.account, person].append(item)
    told = set()
    for (account, person), items in groups.items():
        told |= _tell(account, person, items, today)
    return len(told)


def _concerned(item, keepers) -> list:
    """The account manager, else the owner, else who entered it: the first who may read it; the
    administrators where there is nobody."""
    entered = item.created_by if isinstance(item, Document) else item.uploaded_by
    for person in (notices.manager_of(item.account), item.owner, entered):
        if person is not None and type(item).objects.visible_to(person).filter(pk=item.pk):
            return [person]
    return keepers


@transaction.atomic
def _tell(account, person, items, today) -> set:
    """What the person is told of now: what was not told of on an earlier day."""
    new = set()
    for item in items:
        record = _record(item)
        rows = Retention.objects.filter(pk=record.pk)
        if rows.filter(flagged_on=None).update(flagged_on=today) or record.flagged_on == today:
            new.add((type(item), item.pk))
    if new:
        notices.retention_ended(account, len(new), person, day=today)
    return new
