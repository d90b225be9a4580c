"""Who keeps their time (按时率, R-PLT-07, R-KPI-37): rates per process, person, department and
team over a period, and the items behind them. Excused delays count as in time."""

import datetime
from dataclasses import dataclass

from django.db.models import Count, Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from flows.models import FlowTemplate, ItemState, WorkItem
from teams.models import TeamMembership, Unit, User, VirtualTeam

DAYS = 90
SHOWN = 12
GROUPS = {
    "flow": (_("Process"), "run__template", FlowTemplate),
    "person": (_("Person"), "done_by", User),
    "unit": (_("Department"), "done_by__unit", Unit),
    "team": (_("Team"), "", VirtualTeam),
}


@dataclass(frozen=True)
class Period:
    """From a day to a day, both inclusive, in the company's zone."""

    since: datetime.date
    until: datetime.date

    @property
    def moments(self):
        start = datetime.datetime.combine(self.since, datetime.time())
        end = datetime.datetime.combine(self.until + datetime.timedelta(days=1), datetime.time())
        return timezone.make_aware(start), timezone.make_aware(end)

    @property
    def query(self) -> dict:
        return {"done_from": self.since.isoformat(), "done_to": self.until.isoformat()}


def last_days(today, days=DAYS) -> Period:
    return Period(today - datetime.timedelta(days=days - 1), today)


@dataclass(frozen=True)
class Rate:
    """One line: limited items that were done, how many of them in time, how many excused."""

    key: int
    name: str
    all: int
    kept: int
    excused: int
    url: str

    @property
    def rate(self) -> float:
        return self.kept / self.all

    @property
    def percent(self) -> float:
        return round(self.rate * 100, 1)

    @property
    def late(self) -> int:
        return self.all - self.kept


@dataclass(frozen=True)
class Ranking:
    """The rates of one grouping, the worst first; `rest` are not drawn."""

    code: str
    head: str
    rows: list

    @property
    def drawn(self):
        return self.rows[:SHOWN]


def items_of(user, period):
    """Done items with a limit that the person may know of."""
    start, end = period.moments
    return WorkItem.objects.visible_to(user).filter(
        state=ItemState.DONE, on_time__isnull=False, done_at__gte=start, done_at__lt=end
    )


COUNTS = {
    "all": Count("pk"),
    "kept": Count("pk", filter=Q(on_time=True)),
    "excused": Count("pk", filter=~Q(excuse="")),
}


def totals(user, period) -> dict:
    """Over everything the person sees, with what is late and not done yet."""
    found = items_of(user, period).aggregate(**COUNTS)
    late = WorkItem.objects.visible_to(user).filter(
        state=ItemState.OPEN, due_at__lte=timezone.now()
    )
    found["rate"] = found["kept"] / found["all"] if found["all"] else None
    return found | {"late": found["all"] - found["kept"], "waiting": late.count()}


def rankings(user, period) -> list[Ranking]:
    return [
        Ranking(code, str(head), _rates(user, period, code, column, model))
        for code, (head, column, model) in GROUPS.items()
    ]


def _rates(user, period, code, column, model) -> list[Rate]:
    items = items_of(user, period).order_by()
    if code == "team":
        rows = _by_team(items)
    else:
        rows = items.exclude(**{column: None}).values(key=F(column)).annotate(**COUNTS)
    rows = list(rows)
    names = model.objects.in_bulk([row["key"] for row in rows])
    found = [
        Rate(name=names[row["key"]].name, url=drill_url(code, row["key"], period), **row)
        for row in rows
    ]
    return sorted(found, key=lambda rate: (rate.rate, -rate.all, rate.name))


def _by_team(items):
    """An item counts for every team its doer belonged to on that day; twice in a team, once."""
    day, member = F("done_at__date"), "done_by__memberships"
    then = Q(**{f"{member}__starts_on__lte": day}) & (
        Q(**{f"{member}__ends_on": None}) | Q(**{f"{member}__ends_on__gte": day})
    )
    rows = items.filter(then).values(key=F(f"{member}__team"))
    return rows.annotate(
        **{name: Count("pk", filter=count.filter, distinct=True) for name, count in COUNTS.items()}
    )


def in_group(items, code, key):
    """The items of one line."""
    if code == "team":
        day = OuterRef("done_at__date")
        then = TeamMembership.objects.filter(team=key, user=OuterRef("done_by"), starts_on__lte=day)
        return items.filter(Exists(then.filter(Q(ends_on=None) | Q(ends_on__gte=day))))
    return items.filter(**{GROUPS[code][1]: key})


def name_of(code, key) -> str | None:
    """Whose line it is; None where there is no such one."""
    found = GROUPS[code][2].objects.filter(pk=key).first()
    return found.name if found else None


def drill_url(code, key, period) -> str:
    query = {"by": code, "key": key} | period.query
    return f"{reverse('flows:on_time_items')}?{urlencode(query)}"
