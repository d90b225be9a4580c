"""Writing what lies back: many records at once, each with the history its service would leave."""

import datetime
import random
from zoneinfo import ZoneInfo

from core import audit, writing
from core.models import AuditEntry, company

BATCH = 500


class Calendar:
    """Days counted back from today, and hours at which people work."""

    def __init__(self, today: datetime.date, rng: random.Random):
        self.today, self.rng = today, rng
        self.zone = ZoneInfo(company().time_zone)

    def ago(self, days: int) -> datetime.date:
        return workday(self.today - datetime.timedelta(days=days))

    def ahead(self, days: int) -> datetime.date:
        return workday(self.today + datetime.timedelta(days=days), forward=True)

    def at(self, day: datetime.date, hour: int | None = None) -> datetime.datetime:
        """A moment of the day in working hours, in the company zone."""
        hour = self.rng.randrange(9, 18) if hour is None else hour
        moment = datetime.time(hour, self.rng.randrange(60), self.rng.randrange(60))
        return datetime.datetime.combine(day, moment, tzinfo=self.zone)


def workday(day: datetime.date, *, forward=False) -> datetime.date:
    """The day itself, or the nearest weekday before (after) it."""
    step = datetime.timedelta(days=1 if forward else -1)
    while day.weekday() > 4:
        day += step
    return day


class Past:
    """Collects history while records are written set-based; `flush` writes it."""

    def __init__(self):
        self.entries: list[AuditEntry] = []

    def create(
        self, rows, *, action, actor_of, at_of, parent_of=lambda row: None, first_of=lambda row: {}
    ):
        """Insert records with their true dates and tell that they were made. `first_of` gives
        what was different on that day, as field: value."""
        rows = list(rows)
        if not rows:
            return rows
        times = {id(row): at_of(row) for row in rows}
        for row in rows:
            if hasattr(row, "created_at"):
                row.created_at = row.updated_at = times[id(row)]
        type(rows[0])._base_manager.bulk_create(rows, batch_size=BATCH)
        for row in rows:
            self.tell(
                actor=actor_of(row),
                action=action,
                target=row,
                parent=parent_of(row),
                at=times[id(row)],
                changes=writing.first_values(row)
                | {name: (None, value) for name, value in first_of(row).items()},
            )
        return rows

    def tell(self, **line):
        self.entries.append(audit.entry(**line))

    def flush(self):
        self.entries.sort(key=lambda entry: entry.happened_at)
        AuditEntry.objects.bulk_create(self.entries, batch_size=BATCH)
        self.entries = []
