"""How long the steps of a flow take, and who keeps their time (R-KPI-37, R-PLT-13).

Median and 90th percentile come from a window function: both databases have it, neither has the
same percentile.
"""

import datetime
from dataclasses import dataclass

from django.db.models import Count, F, Q, Window
from django.db.models.functions import RowNumber

from core.models import in_language
from flows.cache import flow_of
from flows.models import ItemState, StepRun, StepState, VersionState, WorkItem

DAYS = 90


@dataclass(frozen=True)
class Figure:
    """One step: visits that were done, working hours (in all, of which waiting, of which handling;
    median and 90th percentile), share answered in time, times sent back."""

    code: str
    name: object
    count: int
    median: float | None
    p90: float | None
    waiting: tuple[float | None, float | None]
    handling: tuple[float | None, float | None]
    on_time: float | None
    returns: int

    @property
    def label(self) -> str:
        return in_language(self.name.zh, self.name.en)


def of_template(template, now, days=DAYS) -> list[Figure]:
    """Per step of the version that starts today, over the last days; all versions count."""
    since = now - datetime.timedelta(days=days)
    visits = StepRun.objects.filter(
        run__template=template, state=StepState.DONE, entered_at__gte=since, minutes__isnull=False
    )
    counts = {
        row["step"]: row
        for row in visits.values("step").annotate(
            count=Count("pk"), returns=Count("pk", filter=Q(outcome__in=["return", "returned"]))
        )
    }
    ranked = _quantiles(visits, F("minutes"))
    known = visits.filter(waited_minutes__isnull=False)
    waiting = _quantiles(known, F("waited_minutes"))
    handling = _quantiles(known, F("minutes") - F("waited_minutes"))
    rates = _rates(template, since)
    version = template.versions.filter(state=VersionState.ACTIVE).first()
    if version is None:
        return []
    return [
        Figure(
            code=code,
            name=step.name,
            count=counts[code]["count"],
            median=ranked.get((code, 50)),
            p90=ranked.get((code, 90)),
            waiting=(waiting.get((code, 50)), waiting.get((code, 90))),
            handling=(handling.get((code, 50)), handling.get((code, 90))),
            on_time=rates.get(code),
            returns=counts[code]["returns"],
        )
        for code, step in flow_of(version).steps.items()
        if code in counts and step.kind not in ("decision", "automatic")
    ]


def _quantiles(visits, value) -> dict[tuple[str, int], float]:
    """{(step, percent): hours}: the smallest value at least that share lies at or below."""
    visits = visits.annotate(value=value)
    place = Window(RowNumber(), partition_by=F("step"), order_by=[F("value"), F("pk")])
    size = Window(Count("pk"), partition_by=F("step"))
    rows = visits.annotate(place=place, size=size).values_list("step", "value", "place", "size")
    found = {}
    for percent in (50, 90):
        wanted = rows.filter(place__gte=F("size") * percent / 100.0).order_by("step", "place")
        for step, minutes, _place, _size in wanted:
            found.setdefault((step, percent), minutes / 60)
    return found


def _rates(template, since) -> dict[str, float]:
    items = WorkItem.objects.filter(
        run__template=template, state=ItemState.DONE, done_at__gte=since, on_time__isnull=False
    )
    rows = items.values("step_run__step").annotate(
        kept=Count("pk", filter=Q(on_time=True)), all=Count("pk")
    )
    return {row["step_run__step"]: row["kept"] / row["all"] for row in rows}


def on_time_rate(items) -> float | None:
    """The share of limited items that were done in time; excused ones count as in time."""
    counted = items.filter(state=ItemState.DONE, on_time__isnull=False)
    row = counted.aggregate(kept=Count("pk", filter=Q(on_time=True)), all=Count("pk"))
    return row["kept"] / row["all"] if row["all"] else None


def on_time_by(column: str, user, since, until) -> dict[int, float]:
    """On-time rates of what a person may see, per done_by, done_by__unit or run__template."""
    items = WorkItem.objects.visible_to(user).filter(
        state=ItemState.DONE, on_time__isnull=False, done_at__gte=since, done_at__lt=until
    )
    rows = (
        items.order_by()
        .values(column)
        .annotate(kept=Count("pk", filter=Q(on_time=True)), all=Count("pk"))
    )
    return {row[column]: row["kept"] / row["all"] for row in rows if row[column] is not None}
