"""Scheduled work of notifications; the timetable is in kam."""

from celery import shared_task

from notifications import services
from notifications.services import dispatch as outbox


@shared_task
def look() -> dict[str, int]:
    """Each minute: write what is due, send what waits, tell of what cannot be sent."""
    planned = services.plan_due()
    sent = outbox.run()
    told = {**planned, **sent, "trouble": services.tell_of_trouble()}
    if services.PLANNERS_FAILED in planned:
        raise services.PlannersFailed(told)
    return told


@shared_task
def make_digests() -> dict[str, int]:
    """Every five minutes: the digest of whoever's time has come."""
    return {"digests": services.make_digests()}


@shared_task
def repair() -> dict[str, int]:
    return services.repair()
