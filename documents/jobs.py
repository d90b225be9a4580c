"""Scheduled work of documents; the times are in kam/timetable.py."""

from celery import shared_task

from documents import services


@shared_task(name="documents.jobs.follow_subjects")
def follow_subjects() -> dict[str, int]:
    """Each night: what a transfer from a later day on, or one that was missed, left behind."""
    return {"changed": services.follow_subjects()}
