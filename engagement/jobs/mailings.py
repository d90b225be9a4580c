"""Scheduled work of mailings; the timetable is in kam."""

from celery import shared_task

from engagement.services import mailing_letters


@shared_task(name="engagement.jobs.keep_mailings")
def keep_mailings() -> dict[str, int]:
    """Each minute: begin, write, see what became of it, end. Twice at once is harmless."""
    return mailing_letters.keep()
