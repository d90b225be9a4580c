"""Running a job of the timetable out of turn, because somebody asked."""

from celery import current_app
from django.conf import settings
from django.db import transaction
from django_celery_beat.models import PeriodicTask

from core import audit


@transaction.atomic
def run_now(*, row: PeriodicTask, actor) -> None:
    """A worker is told; without a broker the loop of `run_jobs` takes it on its next pass."""
    audit.record(actor=actor, action="periodictask.run", target=row)
    if settings.BROKER_URL:
        transaction.on_commit(lambda: current_app.send_task(row.task), robust=True)
    else:
        PeriodicTask.objects.filter(pk=row.pk).update(last_run_at=None)
