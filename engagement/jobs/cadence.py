"""Scheduled work of cadences; the timetable is in kam."""

from celery import shared_task

from engagement.services import watch_cadence


@shared_task
def check_cadence() -> dict[str, int]:
    """Each night: who was not visited in time, once for each occasion."""
    return watch_cadence()
