"""How people want to be told: their own choice, else the company's, else as shipped."""

import datetime
from dataclasses import dataclass, field

from core.models import company
from notifications.kinds import Kind, Mode, NoticeChannel
from notifications.models import Hours, KindSetting, Preference, notification_settings
from notifications.quiet import after_quiet


def company_modes(*chosen: Kind) -> dict[tuple[str, str], str]:
    """How the house sets each channel of the kinds: {(kind, channel): mode}; one query."""
    rows = KindSetting.objects.filter(kind__in=[kind.code for kind in chosen])
    changed = {row.kind: row for row in rows}
    return {
        (kind.code, channel): getattr(changed[kind.code], channel)
        if kind.code in changed
        else kind.mode(channel)
        for kind in chosen
        for channel in NoticeChannel.values
    }


@dataclass
class Wishes:
    """The choices of some people for one kind, read at once."""

    kind: Kind
    house: dict[tuple[str, str], str]
    chosen: dict[tuple[int, str], str] = field(default_factory=dict)
    hours: dict[int, Hours] = field(default_factory=dict)

    def mode(self, user_id: int, channel: str) -> str:
        if channel == NoticeChannel.IN_APP and not self.kind.optional:
            return Mode.NOW
        mode = self.chosen.get((user_id, channel)) or self.company_mode(channel)
        return Mode.NOW if mode == Mode.DIGEST and self.kind.urgent else mode

    def company_mode(self, channel: str) -> str:
        return self.house[self.kind.code, channel]

    def may_leave_at(self, person, at: datetime.datetime) -> datetime.datetime:
        """The time, or the end of the person's quiet hours; `person` None is a group."""
        if self.kind.urgent:
            return at
        begins, ends, _digest = times_of(person and self.hours.get(person.pk))
        zone = zone_of(person) if person else company().time_zone
        return after_quiet(at, begins, ends, zone)


def wishes_of(kind: Kind, user_ids) -> Wishes:
    """Three queries, however many people."""
    chosen = Preference.objects.filter(kind=kind.code, user__in=user_ids)
    return Wishes(
        kind=kind,
        house=company_modes(kind),
        chosen={(row.user_id, row.channel): row.mode for row in chosen},
        hours={row.user_id: row for row in Hours.objects.filter(user__in=user_ids)},
    )


def times_of(hours: Hours | None) -> tuple:
    """(quiet from, quiet until, digest at) of a person, with the company's for what is empty."""
    house = notification_settings()
    if hours is None:
        return house.quiet_from, house.quiet_until, house.digest_at
    own = (hours.quiet_from, hours.quiet_until)
    if None in own:
        own = (house.quiet_from, house.quiet_until)
    return *own, hours.digest_at or house.digest_at


def zone_of(person) -> str:
    """The zone of the person's city, else the company's."""
    unit = person.unit if person.unit_id else None
    return unit.city.time_zone if unit and unit.city_id else company().time_zone
