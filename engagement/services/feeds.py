"""The secret address of a person's calendar: made, made anew, ended."""

import hashlib
import secrets

from django.db import transaction

from core import audit
from engagement.models import CalendarFeed


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def make_feed(*, user) -> str:
    """The secret (256 bit) of a new address; the one before no longer works. It cannot be read
    again later."""
    token = secrets.token_urlsafe(32)
    CalendarFeed.objects.filter(user=user).delete()
    feed = CalendarFeed(user=user, digest=digest_of(token))
    feed.full_clean()
    feed.save(force_insert=True)
    audit.record(actor=user, action="calendarfeed.created", target=feed, parent=user)
    return token


@transaction.atomic
def end_feed(*, user) -> None:
    """The address no longer works. Ending it again changes nothing."""
    feed = CalendarFeed.objects.filter(user=user).first()
    if feed is None:
        return
    audit.record(actor=user, action="calendarfeed.revoked", target=feed, parent=user)
    feed.delete()
