"""Scheduled work of planning; the timetable is in kam."""

from celery import shared_task

from planning.services import flag_stale_files, tell_of_ended


@shared_task
def check_files() -> dict[str, int]:
    """Each night: who looks after a customer file that went out of date is told, once."""
    return {"flagged": flag_stale_files()}


@shared_task
def check_archive() -> dict[str, int]:
    """Each night: what is past its time in the archive is told of, once; nothing is deleted."""
    return {"told": tell_of_ended()}
