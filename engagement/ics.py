"""A person's visits and callbacks as a calendar file (RFC 5545)."""

import datetime
from urllib.parse import urlsplit

import icalendar
from django.conf import settings
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from engagement.models import Callback, CallbackSettings, CallbackStatus, Visit, VisitStatus

BACK, AHEAD = datetime.timedelta(days=60), datetime.timedelta(days=400)
MOST = 2000
NONE = (VisitStatus.CANCELLED, VisitStatus.REFUSED)
AGREED = (
    VisitStatus.PLAN_CONFIRMED,
    VisitStatus.FUNDED,
    VisitStatus.VISITED,
    VisitStatus.RECORDED,
    VisitStatus.ARCHIVED,
)


def visits_of(user, now):
    """What the person takes part in and may see today, from two months back on."""
    rows = Visit.objects.of_person(user).filter(
        starts_at__gte=now - BACK,
        starts_at__lt=now + AHEAD,
    )
    return rows.select_related("account", "site").order_by("starts_at", "pk")[:MOST]


def callbacks_of(user, now):
    """What the person has to call back and may see today, from two months back on."""
    rows = Callback.objects.of_person(user).filter(
        planned_at__gte=now - BACK, planned_at__lt=now + AHEAD
    )
    return rows.select_related("account").order_by("planned_at", "pk")[:MOST]


def calendar_of(user, *, now=None) -> bytes:
    """In the language in force. SEQUENCE rises with every change, so that programs take over a
    move, and a cancelled visit says so instead of being left behind."""
    now = now or timezone.now()
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//KAM//visits//")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", _("Visits and callbacks of %(name)s") % {"name": user.name})
    calendar.add("refresh-interval", datetime.timedelta(minutes=30), {"VALUE": "DURATION"})
    calendar.add("x-published-ttl", datetime.timedelta(minutes=30))
    for visit in visits_of(user, now):
        calendar.add_component(_event(visit))
    length = datetime.timedelta(minutes=CallbackSettings.current().minutes)
    for callback in callbacks_of(user, now):
        calendar.add_component(_call(callback, length))
    return calendar.to_ical()


def _event(visit) -> icalendar.Event:
    event = icalendar.Event()
    host = urlsplit(settings.BASE_URL).hostname or "localhost"
    event.add("uid", f"visit-{visit.pk}@{host}")
    event.add("dtstamp", visit.updated_at.astimezone(datetime.UTC))
    event.add("last-modified", visit.updated_at.astimezone(datetime.UTC))
    event.add("sequence", visit.version - 1)
    event.add("dtstart", visit.starts_at.astimezone(datetime.UTC))
    event.add("dtend", visit.ends_at.astimezone(datetime.UTC))
    event.add("summary", f"{visit.account.label}: {visit.purpose}")
    event.add("status", _status(visit))
    event.add("transp", "TRANSPARENT" if visit.status in NONE else "OPAQUE")
    if place := place_of(visit):
        event.add("location", place)
    lines = [visit.get_status_display(), visit.agenda]
    event.add("description", "\n".join(line for line in lines if line))
    if url := _url(visit):
        event.add("url", url)
    return event


def _call(callback, length) -> icalendar.Event:
    event = icalendar.Event()
    host = urlsplit(settings.BASE_URL).hostname or "localhost"
    gone = callback.status in (CallbackStatus.CANCELLED, CallbackStatus.NOT_REACHED)
    event.add("uid", f"callback-{callback.pk}@{host}")
    event.add("dtstamp", callback.updated_at.astimezone(datetime.UTC))
    event.add("last-modified", callback.updated_at.astimezone(datetime.UTC))
    event.add("sequence", callback.version - 1)
    event.add("dtstart", callback.planned_at.astimezone(datetime.UTC))
    event.add("dtend", (callback.planned_at + length).astimezone(datetime.UTC))
    event.add("summary", f"{callback.account.label}: {callback.title}")
    event.add("status", "CANCELLED" if gone else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if gone else "OPAQUE")
    event.add("description", str(callback.get_status_display()))
    event.add("url", f"{settings.BASE_URL}{callback.get_absolute_url()}")
    return event


def _status(visit) -> str:
    if visit.status in NONE:
        return "CANCELLED"
    return "CONFIRMED" if visit.status in AGREED else "TENTATIVE"


def place_of(visit) -> str:
    """Where it takes place, in words."""
    if visit.place:
        return visit.place
    if visit.site_id:
        return " ".join(part for part in (visit.site.name, visit.site.address) if part)
    return visit.account.address


def _url(visit) -> str:
    try:
        return f"{settings.BASE_URL}{reverse('engagement:visit_detail', args=[visit.pk])}"
    except NoReverseMatch:
        return ""
