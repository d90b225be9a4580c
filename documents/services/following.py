"""What rows copied from their subject, brought up to what the subject says now."""

from django.db import transaction

from core.subjects import Subject, subjects
from documents.models import Attachment, Comment, Document
from documents.services.filling import copied

CHUNK = 500
WRITTEN = (Document, Attachment, Comment)


def follow_subjects(models=WRITTEN, account=None) -> int:
    """After transfers and moves: account, owner, unit and audience of every row about a subject,
    or of those about what belongs to one account. Returns how many changed.

    Running twice changes nothing. A confidential file keeps its narrower audience.
    """
    changed = 0
    for model in models:
        rows = model.objects.exclude(subject_id=None)
        if account is not None:
            rows = rows.filter(account=account)
        places = rows.order_by("subject_type", "subject_id")
        by_kind = {}
        for kind, pk in places.values_list("subject_type", "subject_id").distinct():
            by_kind.setdefault(kind, []).append(pk)
        for kind, ids in by_kind.items():
            if adapter := subjects().get(kind):
                for start in range(0, len(ids), CHUNK):
                    changed += _follow(model, kind, adapter, ids[start : start + CHUNK])
    return changed


@transaction.atomic
def _follow(model, kind: str, adapter: Subject, ids) -> int:
    changed = 0
    for subject in adapter.model._default_manager.filter(pk__in=ids):
        now = copied(adapter, subject)
        for row in model.objects.about(kind, subject.pk):
            values = dict(now)
            if getattr(row, "is_confidential", False):
                values.pop("audience")
            if any(getattr(row, name) != value for name, value in values.items()):
                model.objects.filter(pk=row.pk).update(**values)
                changed += 1
    return changed
