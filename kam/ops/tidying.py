"""What may be thrown away, and when."""

import datetime
from importlib import import_module

from django.conf import settings
from django.utils import timezone

from core.models import IdempotencyKey, ImportBatch, ImportState, JobRun, JobState, company

JOB_RUNS_KEPT = datetime.timedelta(days=90)
REQUEST_KEYS_KEPT = datetime.timedelta(days=1)


def clean_up(now: datetime.datetime | None = None) -> dict[str, int]:
    """Delete expired sessions, request keys older than a day, job records older than 90 days and
    imported files older than the company keeps them."""
    now = now or timezone.now()
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    keys, _ = IdempotencyKey.objects.filter(created_at__lt=now - REQUEST_KEYS_KEPT).delete()
    runs, _ = (
        JobRun.objects.filter(created_at__lt=now - JOB_RUNS_KEPT)
        .exclude(state__in=[JobState.WAITING, JobState.RUNNING])
        .delete()
    )
    return {"request_keys": keys, "job_runs": runs, "import_files": _forget_files(now)}


def _forget_files(now) -> int:
    """Delete files of imports that ended long enough ago. The rows stay, so undo still works."""
    before = now - datetime.timedelta(days=company().import_keep_days)
    old = ImportBatch.objects.filter(created_at__lt=before).exclude(file="")
    batches = list(old.exclude(state=ImportState.RUNNING))
    for batch in batches:
        batch.file.delete(save=False)
        ImportBatch.objects.filter(pk=batch.pk).update(file="")
    return len(batches)
