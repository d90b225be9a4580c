"""What stands in the calendar: entries of several kinds, each from a source.

A source gives the rows of a kind that the reader may see, and how one looks. Add one to SOURCES
for a further kind; pages, counts and caps follow. However many rows there are, a page costs two
queries a source: how many a day, and the first few of each day.
"""

import datetime
from collections.abc import Callable
from dataclasses import dataclass, field

from django.db.models import Count, F, Window
from django.db.models.functions import RowNumber, TruncDate
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from engagement.ics import place_of
from engagement.lists.callbacks import SHAPES as CALLBACK_SHAPES
from engagement.models import (
    AHEAD_STATUSES,
    Callback,
    CallbackKind,
    CallbackStatus,
    Visit,
    VisitKind,
    VisitStatus,
)

DAY = datetime.timedelta(days=1)
GONE = (VisitStatus.CANCELLED, VisitStatus.REFUSED)
SHAPES = {
    VisitStatus.VISITED: "watch",
    VisitStatus.RECORDED: "good",
    VisitStatus.ARCHIVED: "good",
    VisitStatus.REFUSED: "bad",
}
MINE, TEAM, ALL = "mine", "team", "all"


@dataclass(frozen=True)
class Asked:
    """Whose entries, at which account, of which kinds."""

    whose: str = MINE
    account: int | None = None
    owner: int | None = None
    kind: str = ""


@dataclass(frozen=True)
class Entry:
    """One entry of the calendar. `move` is where it is moved to by hand; empty where it stays."""

    kind: str
    pk: int
    at: datetime.datetime
    until: datetime.datetime | None
    title: str
    account: object
    who: str
    place: str = ""
    url: str = ""
    state: str = ""
    shape: str = ""
    move: str = ""
    version: int = 1
    gone: bool = False
    row: object = field(default=None, repr=False, compare=False)

    @property
    def day(self) -> datetime.date:
        return timezone.localdate(self.at)


@dataclass(frozen=True)
class Source:
    """`rows(user, asked)` starts at what the person may see; `at` is the column of time."""

    kinds: tuple
    rows: Callable
    entry: Callable
    at: str
    related: tuple = ()


# ---------- visits ----------


def _visits(user, asked):
    mine = asked.whose == MINE
    rows = Visit.objects.of_person(user) if mine else Visit.objects.visible_to(user)
    rows = rows.exclude(status__in=GONE)
    if asked.kind:
        rows = rows.filter(kind=asked.kind)
    if asked.account:
        rows = rows.filter(account=asked.account)
    if asked.owner:
        rows = rows.filter(owner=asked.owner)
    if asked.whose == TEAM:
        rows = rows.filter(owner__unit__in=user.unit_ids or [user.unit_id])
    return rows


def _visit(row) -> Entry:
    movable = row.status in AHEAD_STATUSES
    return Entry(
        kind="visit",
        pk=row.pk,
        at=row.starts_at,
        until=row.ends_at,
        title=row.purpose,
        account=row.account,
        who=row.owner.name,
        place=place_of(row),
        url=_address("engagement:visit_detail", row.pk),
        state=row.get_status_display(),
        shape=SHAPES.get(row.status, ""),
        move=reverse("engagement:calendar_move", args=[row.pk]) if movable else "",
        version=row.version,
        row=row,
    )


def _address(name, pk) -> str:
    try:
        return reverse(name, args=[pk])
    except NoReverseMatch:
        return ""


VISITS = Source(
    kinds=tuple(VisitKind.choices),
    rows=_visits,
    entry=_visit,
    at="starts_at",
    related=("account__tier", "site", "owner"),
)


# ---------- callbacks ----------


def _callbacks(user, asked):
    mine = asked.whose == MINE
    rows = Callback.objects.of_person(user) if mine else Callback.objects.visible_to(user)
    rows = rows.exclude(status=CallbackStatus.CANCELLED)
    if asked.kind:
        rows = rows.filter(kind=asked.kind)
    if asked.account:
        rows = rows.filter(account=asked.account)
    if asked.owner:
        rows = rows.filter(caller=asked.owner)
    if asked.whose == TEAM:
        rows = rows.filter(caller__unit__in=user.unit_ids or [user.unit_id])
    return rows


def _callback(row) -> Entry:
    return Entry(
        kind="callback",
        pk=row.pk,
        at=row.planned_at,
        until=None,
        title=row.title,
        account=row.account,
        who=row.caller.name,
        place=row.get_channel_display(),
        url=_address("engagement:callback_detail", row.pk),
        state=row.get_status_display(),
        shape=CALLBACK_SHAPES.get(row.status, ""),
        move=reverse("engagement:callback_shift", args=[row.pk]) if row.is_ahead else "",
        version=row.version,
        row=row,
    )


CALLBACKS = Source(
    kinds=tuple(CallbackKind.choices),
    rows=_callbacks,
    entry=_callback,
    at="planned_at",
    related=("account__tier", "caller"),
)
SOURCES = (VISITS, CALLBACKS)


def kinds() -> list[tuple]:
    return [("", _("all kinds")), *(pair for source in SOURCES for pair in source.kinds)]


# ---------- a window of days ----------


@dataclass(frozen=True)
class Day:
    """One day of the calendar: its first entries, and how many there are."""

    day: datetime.date
    entries: list
    count: int

    @property
    def more(self) -> int:
        return self.count - len(self.entries)


def span_of(first: datetime.date, last: datetime.date) -> tuple:
    """The moments between which days lie, both inclusive."""
    zone, midnight = timezone.get_current_timezone(), datetime.time()
    return (
        datetime.datetime.combine(first, midnight, zone),
        datetime.datetime.combine(last + DAY, midnight, zone),
    )


def days_between(user, asked, first, last, *, most=None) -> list[Day]:
    """Every day from `first` to `last` with at most `most` entries each, in the order of time."""
    begins, ends = span_of(first, last)
    counts, entries = {}, []
    for source in SOURCES:
        if asked.kind and asked.kind not in dict(source.kinds):
            continue
        at = source.at
        rows = source.rows(user, asked).filter(**{f"{at}__gte": begins, f"{at}__lt": ends})
        for day, n in rows.order_by().annotate(day=TruncDate(at)).values_list("day").annotate(
            n=Count("pk")
        ):
            counts[day] = counts.get(day, 0) + n
        entries += [source.entry(row) for row in _first(source, rows, most)]
    entries.sort(key=lambda one: (one.at, one.kind, one.pk))
    by_day = {}
    for one in entries:
        held = by_day.setdefault(one.day, [])
        if most is None or len(held) < most:
            held.append(one)
    step = range((last - first).days + 1)
    return [
        Day(day, by_day.get(day, []), counts.get(day, 0))
        for day in (first + n * DAY for n in step)
    ]


def _first(source, rows, most):
    """The first rows of each day; asked by number alone before anything is joined."""
    if most is None:
        return rows.select_related(*source.related).order_by(source.at, "pk")
    nth = Window(
        RowNumber(), partition_by=TruncDate(source.at), order_by=[F(source.at), F("pk")]
    )
    first = rows.annotate(nth=nth).filter(nth__lte=most).order_by()
    ids = list(first.values_list("pk", flat=True))
    found = rows.model._base_manager.filter(pk__in=ids)
    return found.select_related(*source.related)
