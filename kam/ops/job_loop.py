"""The jobs of the timetable without a broker: what beat and the workers do, in one process."""

import json
import logging
from collections.abc import Iterator

from celery import current_app
from django.db import DatabaseError, close_old_connections
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from kam.timetable import TIMETABLE

log = logging.getLogger(__name__)


def due_rows(now) -> Iterator[PeriodicTask]:
    """Enabled rows whose time has come, and those that look for waiting work."""
    looking = {job.code for job in TIMETABLE if job.looks}
    rows = PeriodicTask.objects.filter(enabled=True).select_related("crontab", "interval")
    for row in rows.order_by("name"):
        if (row.start_time and row.start_time > now) or (row.expires and row.expires < now):
            continue
        always = row.name in looking or row.last_run_at is None
        if always or row.schedule.is_due(row.last_run_at)[0]:
            yield row


def claim(row: PeriodicTask, now) -> bool:
    """Only one of several loops runs a due row."""
    return bool(
        PeriodicTask.objects.filter(pk=row.pk, last_run_at=row.last_run_at).update(
            last_run_at=now, total_run_count=row.total_run_count + 1
        )
    )


def run_pass(now=None) -> dict[str, str]:
    """Run everything that is due once. Returns each task with "done" or what went wrong."""
    now = now or timezone.now()
    told = {}
    for row in list(due_rows(now)):
        if not claim(row, now):
            continue
        task = current_app.tasks.get(row.task)
        if task is None:
            told[row.name] = f"unknown task {row.task}"
            continue
        outcome = task.apply(args=json.loads(row.args), kwargs=json.loads(row.kwargs), throw=False)
        told[row.name] = "done" if outcome.successful() else repr(outcome.result)
        if row.one_off:
            PeriodicTask.objects.filter(pk=row.pk).update(enabled=False)
    return told


def run_safely() -> dict[str, str]:
    """One pass of the loop: a database that is away for a moment does not end it."""
    close_old_connections()
    try:
        return run_pass()
    except DatabaseError:
        log.exception("The database did not answer; trying again.")
        return {}
