"""Scheduled work that belongs to the installation and to no app. Jobs are listed in timetable.py;
importing job_log, as every worker does here, keeps the record of their runs."""

from celery import shared_task

from kam import job_log
from kam.ops import tidying

__all__ = ["clean_up", "job_log"]


@shared_task(name="kam.jobs.clean_up")
def clean_up() -> dict[str, int]:
    return tidying.clean_up()
