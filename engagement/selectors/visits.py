"""Reads of visits: the list, double bookings, what one should know before a visit."""

import datetime
from dataclasses import dataclass

from django.db.models import Q

from accounts.models import ContactRole
from engagement.models import Communication, Visit, VisitSettings
from flows.models import WorkItem

# No visit is longer; the index of the calendar is asked for this span only.
LONGEST = datetime.timedelta(days=14)


def visits_of(user):
    return Visit.objects.visible_to(user)


@dataclass(frozen=True)
class Clash:
    """Somebody is booked already; `visit` only where the reader may see it."""

    who: str
    starts_at: datetime.datetime
    ends_at: datetime.datetime
    visit: Visit | None


def clashes(*, user, starts_at, ends_at, people, contacts, exclude=None) -> list[Clash]:
    """Other visits of our people or of the customer's that lie closer than the gap."""
    if not people and not contacts:
        return []
    gap = datetime.timedelta(minutes=VisitSettings.current().gap_minutes)
    ours, theirs = {user.pk: user for user in people}, {one.pk: one for one in contacts}
    rows = Visit.objects.ahead().filter(
        starts_at__gt=starts_at - gap - LONGEST,
        starts_at__lt=ends_at + gap,
        ends_at__gt=starts_at - gap,
    )
    rows = rows.filter(
        Q(owner__in=ours)
        | Q(pk__in=_of("colleagues", user__in=ours))
        | Q(pk__in=_of("contacts", contact__in=theirs))
    )
    found = list(
        rows.exclude(pk=exclude)
        .prefetch_related("colleagues", "contacts")
        .order_by("starts_at")[:20]
    )
    seen = set(
        visits_of(user).filter(pk__in=[one.pk for one in found]).values_list("pk", flat=True)
    )
    result = []
    for visit in found:
        booked = {visit.owner_id, *(row.user_id for row in visit.colleagues.all())}
        met = {row.contact_id for row in visit.contacts.all()}
        names = [str(ours[pk]) for pk in ours if pk in booked]
        names += [str(theirs[pk]) for pk in theirs if pk in met]
        result.append(
            Clash(
                who="、".join(names),
                starts_at=visit.starts_at,
                ends_at=visit.ends_at,
                visit=visit if visit.pk in seen else None,
            )
        )
    return result


def _of(name, **conditions):
    model = Visit._meta.get_field(name).related_model
    return model.objects.filter(**conditions).values("visit")


def last_visits(visit, user):
    """The visits to the account before this one, newest first."""
    rows = visits_of(user).held().filter(account=visit.account_id, starts_at__lt=visit.starts_at)
    rows = rows.exclude(pk=visit.pk).select_related("owner", "record").order_by("-starts_at")
    return rows[: VisitSettings.current().brief_visits]


def open_promises(account_id, user):
    """What we promised at visits to the account and have not done yet, the most urgent first."""
    items = WorkItem.objects.visible_to(user).open()
    items = items.filter(account=account_id, subject_type="visit", run=None)
    return items.select_related("assignee").order_by("due_at", "pk")


def open_questions(account_id, user):
    """What the customer still waits to be answered."""
    rows = Communication.objects.visible_to(user).waiting().filter(account=account_id)
    return rows.select_related("contact", "author").order_by("answer_by", "pk")


def people_to_meet(visit) -> list[dict]:
    """Each with title, level and when one of us spoke to them last."""
    rows = visit.contacts.select_related("contact")
    roles = ContactRole.objects.filter(account=visit.account_id)
    titles = dict(roles.order_by("starts_on", "pk").values_list("contact", "title"))
    return [
        {
            "contact": row.contact,
            "title": titles.get(row.contact_id, ""),
            "level": dict(ContactRole._meta.get_field("level").choices).get(row.level, ""),
            "last": row.contact.last_contact_on,
        }
        for row in rows
    ]
