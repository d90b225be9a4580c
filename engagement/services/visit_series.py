"""Visits that repeat: plan them all, change or cancel one and those after it."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.exceptions import DomainError
from engagement.models import Visit, VisitSeries, VisitSettings, VisitStatus
from engagement.permissions import visits as permissions
from engagement.recurrence import moments
from engagement.services.visits import (
    DECIDED_ON,
    cancel_visit,
    move_visit,
    plan_visit,
    update_visit,
)


@transaction.atomic
def plan_series(
    *, account, actor, starts_at, ends_at, every, unit, until=None, count=None, at=None, **visit
) -> list[Visit]:
    """Plan a visit again and again, by the clocks of the company. Each is a visit of its own."""
    if until is None and count is None:
        raise DomainError(_("Say until when, or how many visits."), field="repeat_until")
    most = VisitSettings.current().series_most
    begins = moments(
        timezone.localtime(starts_at).replace(tzinfo=None),
        every=every,
        unit=unit,
        until=until,
        count=count,
        most=most + 1,
    )
    if len(begins) > most:
        raise DomainError(
            _("A series has at most %(n)s visits.") % {"n": most}, field="repeat_until"
        )
    if not begins:
        raise DomainError(_("The series would end before it begins."), field="repeat_until")
    series = VisitSeries(every=every, unit=unit, until=until, count=count, created_by=actor)
    series.full_clean()
    series.save(force_insert=True)
    length = ends_at - starts_at
    return [
        plan_visit(
            account=account,
            actor=actor,
            starts_at=timezone.make_aware(begin),
            ends_at=timezone.make_aware(begin) + length,
            series=series,
            at=at,
            **visit,
        )
        for begin in begins
    ]


def following(visit) -> list[Visit]:
    """The visit and those of its series that are still to come after it."""
    if visit.series_id is None:
        return [visit]
    rows = Visit.objects.ahead().filter(series=visit.series_id, starts_at__gte=visit.starts_at)
    rows = rows.select_related("account__department", "account__city", "owner", "site")
    return [visit, *rows.exclude(pk=visit.pk).order_by("starts_at", "pk")]


@transaction.atomic
def update_following(*, visit, values, actor, version=None, at=None) -> int:
    """Change this visit and those after it; one that is being decided on stays. How many."""
    update_visit(visit=visit, values=values, actor=actor, version=version, at=at)
    rest = [one for one in following(visit)[1:] if one.status not in DECIDED_ON]
    for one in rest:
        fixed = {} if one.status == VisitStatus.DRAFT else {"budget", "currency", "kind"}
        kept = {name: value for name, value in values.items() if name not in fixed}
        _refuse_foreign(one, actor)
        update_visit(visit=one, values=kept, actor=actor, at=at)
    return 1 + len(rest)


@transaction.atomic
def move_following(*, visit, starts_at, reason, actor, ends_at=None, version=None, at=None) -> int:
    """Move this visit, and those after it by the same span. How many."""
    rest, shift = following(visit)[1:], starts_at - visit.starts_at
    length = (ends_at or starts_at + (visit.ends_at - visit.starts_at)) - starts_at
    move_visit(
        visit=visit,
        starts_at=starts_at,
        ends_at=starts_at + length,
        reason=reason,
        actor=actor,
        version=version,
        at=at,
    )
    for one in rest:
        _refuse_foreign(one, actor)
        begin = one.starts_at + shift
        move_visit(
            visit=one, starts_at=begin, ends_at=begin + length, reason=reason, actor=actor, at=at
        )
    return 1 + len(rest)


@transaction.atomic
def cancel_following(*, visit, reason, actor, version=None, at=None) -> int:
    """Cancel this visit and all of its series after it. How many."""
    rest = following(visit)[1:]
    cancel_visit(visit=visit, reason=reason, actor=actor, version=version, at=at)
    for one in rest:
        _refuse_foreign(one, actor)
        cancel_visit(visit=one, reason=reason, actor=actor, at=at)
    return 1 + len(rest)


def _refuse_foreign(visit, actor):
    if actor is not None and not permissions.can_change(actor, visit):
        raise PermissionDenied
