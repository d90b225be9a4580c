"""Holding and recording visits (R-ENG-03): check-in, record, commitments, changes of the file."""

import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import ContactRole
from accounts.services import note_contact
from core import audit, writing
from core.exceptions import DomainError, StaleVersion
from documents.services.attachments import attach
from engagement.models import (
    AHEAD_STATUSES,
    FileCheck,
    PlaceSource,
    VisitCheckIn,
    VisitColleague,
    VisitContact,
    VisitRecord,
    VisitSettings,
    VisitStatus,
)
from engagement.permissions import visits as permissions
from engagement.services import visit_flow
from engagement.services.visits import NotAhead
from flows.services import make_item
from planning.models import FileChange
from planning.services import propose_changes

RECORDED = frozenset({"place", "topics", "needs", "opinions", "next_step", "result", "file_check"})


class NotReady(DomainError):
    """Something stands before the visit still: its confirmation, its funds."""


class PromiseRefused(DomainError):
    """What is wrong with one promise; `number` is its place from 0."""

    def __init__(self, number, refusal):
        super().__init__(str(refusal), field=refusal.field)
        self.number = number


@transaction.atomic
def check_in(
    *,
    visit,
    actor,
    latitude=None,
    longitude=None,
    accuracy=None,
    place="",
    no_location="",
    photo=None,
    version=None,
    at=None,
) -> VisitCheckIn:
    """Arrive: the device says where, or the person writes it. Twice is once.

    The first to arrive makes the visit a held one. `photo` is an uploaded file. What changed
    meanwhile does not matter (`version`): one is there.
    """
    if not permissions.can_check_in(actor, visit):
        raise PermissionDenied
    at = at or timezone.now()
    here = visit.check_ins.filter(user=actor).first()
    if here is not None:
        return here
    _refuse_unready(visit)
    _refuse_early(visit, at)
    measured = latitude is not None and longitude is not None
    row = VisitCheckIn(
        visit=visit,
        user=actor,
        at=at,
        source=PlaceSource.DEVICE if measured else PlaceSource.TYPED,
        latitude=latitude if measured else None,
        longitude=longitude if measured else None,
        accuracy=accuracy if measured else None,
        place=place.strip(),
        no_location="" if measured else no_location,
    )
    if not measured and not row.place:
        raise DomainError(_("Say where you are."), field="place")
    row.photo = _photo(visit, photo, actor, at)
    row.full_clean()
    row.save(force_insert=True)
    audit.record(
        actor=actor,
        action="visit.checked_in",
        target=visit,
        parent=visit.account,
        at=at,
        place=row.place or str(row.get_source_display()),
    )
    if visit.status in AHEAD_STATUSES:
        _hold(visit, at, actor, at)
    return row


def _photo(visit, upload, actor, at):
    if upload is None:
        return None
    return attach(upload=upload, actor=actor, subject_type="visit", subject_id=visit.pk, at=at)


def _refuse_unready(visit):
    if visit.status == VisitStatus.VISITED:
        return
    if visit.status not in AHEAD_STATUSES:
        raise NotAhead(
            _("This visit is %(status)s: there is nothing to check in to.")
            % {"status": visit.get_status_display()}
        )
    _refuse_waiting(visit)


def _refuse_waiting(visit):
    if not visit_flow.waits_for_holding(visit):
        step = visit_flow.named(visit_flow.run_of(visit))
        raise NotReady(_("Before the visit comes: %(step)s") % {"step": step})


def _refuse_early(visit, at):
    early = datetime.timedelta(hours=VisitSettings.current().check_in_hours)
    if at < visit.starts_at - early:
        raise NotReady(_("It is too early to check in. Move the visit if it takes place today."))


def _hold(visit, held_at, actor, now):
    """The visit takes place: its time is kept, and the flow goes on."""
    _keep_time(visit, held_at, actor, now)
    visit_flow.carry(visit, VisitStatus.VISITED, actor=actor, now=now)


def _keep_time(visit, held_at, actor, now):
    writing.edit(
        instance=visit,
        values={"held_at": held_at},
        actor=actor,
        action="visit.held",
        parent=visit.account,
        at=now,
    )


@transaction.atomic
def record_visit(
    *,
    visit,
    actor,
    values,
    contacts,
    colleagues=(),
    held_at=None,
    commitments=(),
    changes=None,
    uploads=(),
    version=None,
    at=None,
) -> VisitRecord:
    """Write down what a visit brought; the flow goes on to its archiving.

    `values` are the columns of RECORDED; `contacts` and `colleagues` who was really there;
    `commitments` are (what, whose, until which day inclusive) and become work items; `changes`
    are new values of the customer's file, proposed with the visit as their source. A visit that
    nobody checked in to is held by that, at `held_at`.
    """
    at = at or timezone.now()
    if actor is not None and not permissions.can_record(actor, visit):
        raise PermissionDenied
    _refuse_unrecordable(visit)
    if version is not None and int(version) != visit.version:
        raise StaleVersion(visit)
    held_at = held_at or visit.held_at or visit.ends_at
    if held_at > at:
        raise DomainError(_("That time has not come yet."), field="held_at")
    if visit.status in AHEAD_STATUSES:
        _hold(visit, held_at, actor, at)
    else:
        _keep_time(visit, held_at, actor, at)
    _note_people(visit, contacts, colleagues, held_at, actor, at)
    values = _propose(visit, dict(values), changes, actor, at)
    record = _write(visit, values, actor, at)
    for upload in uploads:
        attach(upload=upload, actor=actor, subject_type="visit", subject_id=visit.pk, at=at)
    for number, (what, who, day) in enumerate(commitments):
        _keep_promise(number, visit=visit, what=what, who=who, due_on=day, actor=actor, at=at)
    visit_flow.carry(visit, VisitStatus.RECORDED, actor=actor, now=at)
    visit_flow.refresh_figures(visit.account_id)
    return record


def _keep_promise(number, **values):
    """A refusal says which of the promises it means."""
    try:
        commit(**values)
    except DomainError as refusal:
        raise PromiseRefused(number, refusal) from refusal


def _refuse_unrecordable(visit):
    if visit.status in AHEAD_STATUSES:
        _refuse_waiting(visit)
    elif visit.status != VisitStatus.VISITED:
        raise NotAhead(
            _("This visit is %(status)s: its record is not written any more.")
            % {"status": visit.get_status_display()}
        )


def _write(visit, values, actor, at) -> VisitRecord:
    unknown = set(values) - RECORDED
    if unknown:
        raise TypeError(f"not part of a record: {', '.join(sorted(unknown))}")
    record = VisitRecord.objects.filter(visit=visit).first()
    more = {"actor": actor, "parent": visit.account, "at": at}
    if record is None:
        record = VisitRecord(visit=visit, author=actor, **values)
        return writing.create(instance=record, action="visitrecord.written", **more)
    return writing.edit(instance=record, values=values, action="visitrecord.edited", **more)


def _note_people(visit, contacts, colleagues, held_at, actor, at):
    """Who was there, by the level they had; who was expected and did not come stays noted."""
    if not contacts:
        raise DomainError(_("Say who was there from the customer."), field="contacts")
    day = timezone.localdate(held_at)
    known = {row.contact_id: row for row in visit.contacts.all()}
    roles = ContactRole.objects.filter(account=visit.account, contact__in=contacts)
    levels = dict(roles.order_by("starts_on", "pk").values_list("contact", "level"))
    for contact in contacts:
        if contact.pk not in levels:
            raise DomainError(
                _("%(person)s does not work at this account.") % {"person": contact},
                field="contacts",
            )
        row = known.get(contact.pk) or VisitContact(visit=visit, contact=contact)
        row.level, row.attended = levels[contact.pk] or row.level, True
        row.save()
        note_contact(contact=contact, on=day, actor=actor, at=at)
    visit.contacts.exclude(contact__in=contacts).update(attended=False)
    _note_colleagues(visit, {user.pk for user in colleagues} - {visit.owner_id})


def _note_colleagues(visit, came):
    known = set(visit.colleagues.values_list("user", flat=True))
    VisitColleague.objects.bulk_create(
        VisitColleague(visit=visit, user_id=pk, attended=True) for pk in sorted(came - known)
    )
    visit.colleagues.filter(user__in=came).update(attended=True)
    visit.colleagues.exclude(user__in=came).update(attended=False)


def _propose(visit, values, changes, actor, at) -> dict:
    """What the visit taught about the customer becomes lines of the maintenance form."""
    if changes:
        propose_changes(
            account=visit.account, values=changes, source=visit.number, actor=actor, at=at
        )
        values["file_check"] = FileCheck.CHANGED
    elif values.get("file_check") == FileCheck.CHANGED and not changes_of(visit).exists():
        raise DomainError(
            _("Say what has changed at the customer, or that nothing has."), field="file_check"
        )
    return values


def changes_of(visit):
    """The changes of the customer's file that came from this visit."""
    return FileChange.objects.filter(account=visit.account_id, source=visit.number)


@transaction.atomic
def commit(*, visit, what, who, due_on, actor, at=None):
    """A promise made at a visit: somebody of ours keeps it by the end of a day."""
    at = at or timezone.now()
    if actor is not None and not permissions.can_record(actor, visit):
        raise PermissionDenied
    if due_on < timezone.localdate(visit.held_at or visit.starts_at):
        raise DomainError(_("A commitment is due after the visit."), field="due_on")
    end = datetime.datetime.combine(due_on, datetime.time(23, 59))
    return make_item(
        actor=actor,
        title_zh=what,
        title_en=what,
        assignee=who,
        due_at=timezone.make_aware(end),
        subject=visit,
        now=at,
    )
