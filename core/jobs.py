"""Scheduled work of the ground floor; the timetable is in kam."""

from celery import shared_task

from core import calendars
from core.importing import engine


@shared_task
def resume_imports() -> int:
    """Each minute: go on with imports whose worker was killed, or that no broker announced."""
    return engine.resume()


@shared_task
def check_calendars() -> dict:
    """Once a day: say in the job log which public holidays are not known."""
    return calendars.check_coverage()
