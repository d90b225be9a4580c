"""Scheduled work of teams; the timetable is in kam."""

from celery import shared_task

from teams import services


@shared_task
def repair_pools() -> dict[str, int]:
    """Each night: every post somebody holds and every team has its pool, under its name."""
    return {"repaired": services.repair_pools()}
