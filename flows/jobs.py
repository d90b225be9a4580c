"""Scheduled work of flows; the timetable is in kam."""

from celery import shared_task

from flows import services


@shared_task
def tick() -> dict[str, int]:
    """Each minute: waiting steps look again."""
    return {"woken": services.tick()}


@shared_task
def watch_limits() -> dict[str, int]:
    """Each minute: warn, note what is late, tell superiors."""
    return services.watch()


@shared_task
def return_unseen() -> dict[str, int]:
    """Each hour: items of who no longer sees the account go to its manager."""
    return {"returned": services.return_unseen()}


@shared_task
def check_drift() -> dict:
    """Each night: do step, items and status of every run still agree."""
    return services.check_drift()


@shared_task
def follow_subjects() -> dict[str, int]:
    """Each night: what runs and work copied from their subject, where a transfer was missed, and
    who may fill the forms of open steps."""
    return {"changed": services.follow_subjects(), **services.settle_filling()}
