"""Small makers for the tests of calendars and cadences: rows without their flow."""

import datetime

from django.utils import timezone

from engagement.models import Visit, VisitColleague, VisitContact
from tests.factories import serial

DAY = datetime.timedelta(days=1)
HOUR = datetime.timedelta(hours=1)


def moment(*parts, zone=None):
    """A time by the clocks of the company."""
    return datetime.datetime(*parts, tzinfo=zone or timezone.get_current_timezone())


def put_visit(account, owner, starts_at, *, status="funded", contacts=(), along=(), **fields):
    """A visit of an hour, written as a row."""
    fields.setdefault("ends_at", starts_at + HOUR)
    fields.setdefault("purpose", "Talk about the line")
    if status in ("visited", "recorded", "archived"):
        fields.setdefault("held_at", starts_at)
    visit = Visit.objects.create(
        number=f"T-{serial():05d}",
        account=account,
        owner=owner,
        starts_at=starts_at,
        status=status,
        **fields,
    )
    for contact, level in contacts:
        VisitContact.objects.create(visit=visit, contact=contact, level=level)
    for user in along:
        VisitColleague.objects.create(visit=visit, user=user)
    return visit
