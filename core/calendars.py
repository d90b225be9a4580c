"""The working calendar of a city, and how it changes.

A calendar is computed once per process and kept until a stamp in the shared cache changes; every
change of a schedule or a special day changes the stamp, so that all processes see it at once.
"""

import datetime
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core import audit, library, public_holidays, writing
from core.exceptions import DomainError
from core.models import CalendarDay, City, LibraryModel, WorkSchedule, company
from core.worktime import Limit, Span, Spans, WorkCalendar, parse_limit

__all__ = [
    "Limit",
    "Span",
    "WorkCalendar",
    "calendar_for",
    "create",
    "delete",
    "edit",
    "parse_limit",
    "uncovered_years",
]

STAMP = "work-calendars"
HOME = "CN"
TRUSTED_SECONDS = 60  # without a shared cache a change is seen after this time
# The State Council announces the next year in November.
NEXT_YEAR_FROM_MONTH = 12


class ScheduleNeeded(DomainError):
    """The company's own working hours cannot be removed."""


# Reading


@dataclass
class _Known:
    """All schedules and special days, as of one stamp."""

    stamp: str | None
    until: float
    schedules: dict[int | None, WorkSchedule]
    days: dict[int | None, dict[datetime.date, bool]]
    calendars: dict[int | None, WorkCalendar] = field(default_factory=dict)

    @property
    def shared(self) -> WorkSchedule:
        """The company's hours; the shipped ones where none are stored."""
        return self.schedules.get(None) or WorkSchedule(holidays_of=HOME)


_known: _Known | None = None


def calendar_for(city: City | None = None) -> WorkCalendar:
    """When people of the city work; without a city, the company's own hours."""
    known = _current()
    key = city.pk if city else None
    if key not in known.calendars:
        known.calendars[key] = _calendar(known, city)
    return known.calendars[key]


def _current() -> _Known:
    global _known
    stamp = cache.get(STAMP)
    if stamp is None:
        cache.add(STAMP, str(uuid.uuid4()), None)
        stamp = cache.get(STAMP)
    held = _known
    if held is None or held.stamp != stamp or held.until < time.monotonic():
        held = _known = _load(stamp)
    return held


def _load(stamp) -> _Known:
    schedules = {row.city_id: row for row in WorkSchedule.objects.all()}
    days: dict[int | None, dict[datetime.date, bool]] = {}
    for day, city, kind in CalendarDay.objects.values_list("day", "city_id", "kind"):
        days.setdefault(city, {})[day] = kind == CalendarDay.Kind.WORKDAY
    return _Known(stamp, time.monotonic() + TRUSTED_SECONDS, schedules, days)


def _calendar(known: _Known, city: City | None) -> WorkCalendar:
    own = known.schedules.get(city.pk) if city else None
    spans = (own or known.shared).spans_by_weekday
    entered = known.days.get(None, {})
    if city:
        entered = entered | known.days.get(city.pk, {})
    country = _country(known.shared, own, city)
    return WorkCalendar(
        zone=city.time_zone if city else company().time_zone,
        spans_by_weekday=spans,
        exceptions=_Exceptions(country, entered, spans),
    )


def _country(shared, own, city) -> str:
    if own and own.holidays_of:
        return own.holidays_of
    return city.country_code if city else shared.holidays_of


class _Exceptions(Mapping):
    """Days that differ from the week: entered ones first, then public ones, year by year."""

    def __init__(self, country, entered, spans_by_weekday):
        self.country, self.entered, self.weekly = country, entered, spans_by_weekday
        self.ordinary = next((spans for spans in spans_by_weekday if spans), ())

    def __getitem__(self, day: datetime.date) -> Spans:
        works = self.entered.get(day)
        if works is None:
            works = public_holidays.days_of(self.country, day.year)[day]
        # A make-up workday has the hours of its own weekday, else those of an ordinary day.
        return (self.weekly[day.weekday()] or self.ordinary) if works else ()

    def __iter__(self) -> Iterator[datetime.date]:
        return iter(self.entered)

    def __len__(self) -> int:
        return len(self.entered)


def uncovered_years(today: datetime.date) -> list[tuple[str, int]]:
    """(country, year) of this year, from December also of the next, whose public holidays are not
    known; a year for which somebody entered a day for all cities counts as known."""
    known = _current()
    cities = City.objects.filter(work_schedule__isnull=False).in_bulk()
    countries = {known.shared.holidays_of} | {
        row.holidays_of or cities[key].country_code for key, row in known.schedules.items() if key
    }
    years = [today.year, today.year + 1] if today.month >= NEXT_YEAR_FROM_MONTH else [today.year]
    entered = {day.year for day in known.days.get(None, {})}
    return [
        (country, year)
        for country in sorted(countries)
        for year in years
        if country and year not in entered and not public_holidays.covers(country, year)
    ]


def warnings(today: datetime.date) -> list[str]:
    """What an administrator should know about the calendar, in words."""
    return [
        _(
            "The public holidays of %(country)s for %(year)d are not known. Enter them under "
            "special days, or update the product; until then only weekends are free."
        )
        % {"country": country, "year": year}
        for country, year in uncovered_years(today)
    ]


# Writing


def _guard(actor):
    if actor is not None and not actor.has_right("manage_settings"):
        raise PermissionDenied


def _forget():
    """Every process reads the calendars anew."""
    transaction.on_commit(lambda: cache.set(STAMP, str(uuid.uuid4()), None))


@transaction.atomic
def create(*, instance: WorkSchedule | CalendarDay, actor):
    """Enter working hours or a special day."""
    _guard(actor)
    writing.create(instance=instance, actor=actor, action=f"{instance._meta.model_name}.created")
    _forget()
    return instance


@transaction.atomic
def edit(*, instance: WorkSchedule | CalendarDay, values, actor, version=None):
    """Change working hours or a special day; the company's own hours stay the company's."""
    _guard(actor)
    if isinstance(instance, WorkSchedule) and "city" in values:
        _keep_company_hours(instance, stays=values["city"] is None)
    writing.edit(
        instance=instance,
        values=values,
        actor=actor,
        action=f"{instance._meta.model_name}.edited",
        version=version,
    )
    _forget()
    return instance


@transaction.atomic
def delete(*, instance: WorkSchedule | CalendarDay, actor):
    """Remove the hours of a city, which then follows the company, or a special day."""
    _guard(actor)
    if isinstance(instance, WorkSchedule):
        _keep_company_hours(instance)
    if isinstance(instance, LibraryModel):
        library.bury(instance)
    told = {name: (value, None) for name, (_none, value) in writing.first_values(instance).items()}
    audit.record(
        actor=actor,
        action=f"{instance._meta.model_name}.deleted",
        target=instance,
        changes=told,
    )
    instance.delete()
    _forget()


def follow_library(rows, actor) -> None:
    """After a load of shipped hours."""
    _forget()


def _keep_company_hours(schedule, stays=False):
    if schedule.city_id is None and not stays:
        raise ScheduleNeeded(
            _("These hours hold wherever a city has none of its own; they stay."), field="city"
        )


def check_coverage(now: datetime.datetime | None = None) -> dict:
    """For the job log: which public holidays are missing."""
    missing = uncovered_years(timezone.localdate(now, ZoneInfo(company().time_zone)))
    return {"years without public holidays": ", ".join(f"{year} ({c})" for c, year in missing) or 0}
