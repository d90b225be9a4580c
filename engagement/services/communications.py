"""The log of communications: written down, corrected, answered (R-ENG-21)."""

import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.services import note_contact
from core import writing
from core.exceptions import DomainError
from engagement.models import Communication, CommunicationSettings, Direction
from engagement.permissions import communications as permissions
from flows.limits import deadline

EDITABLE = frozenset(
    {
        "answer_by",
        "at",
        "channel",
        "contact",
        "content",
        "direction",
        "needs_answer",
        "subject",
    }
)
# Clocks of phones run a little ahead of ours.
TOLERANCE = datetime.timedelta(minutes=5)


class AlreadyAnswered(DomainError):
    """Somebody was quicker."""


@transaction.atomic
def log_communication(
    *, account, actor, subject, at=None, author=None, created_at=None, **values
) -> Communication:
    """Write down what was said to a customer or by them.

    Where the customer waits for an answer and no time is given, the time of the settings runs
    from the moment it was said. The contact was last spoken to that day.
    """
    if actor is not None and not permissions.can_log(actor, account):
        raise PermissionDenied
    unknown = set(values) - EDITABLE
    if unknown:
        raise ValueError(f"not a field of a communication: {sorted(unknown)}")
    row = Communication(
        account=account, author=author or actor, subject=subject.strip(), at=at or timezone.now()
    )
    for name, value in values.items():
        setattr(row, name, value)
    _check(row)
    row.answer_by = _answer_by(row)
    writing.create(
        instance=row,
        actor=actor,
        action="communication.created",
        parent=account,
        at=created_at,
    )
    _touch(row, actor)
    return row


@transaction.atomic
def update_communication(*, communication, values, actor, version=None) -> Communication:
    """Correct what was written. An answer that was given stays."""
    if actor is not None and not permissions.can_edit(actor, communication):
        raise PermissionDenied
    unknown = set(values) - EDITABLE
    if unknown:
        raise ValueError(f"not a field of a communication: {sorted(unknown)}")
    row = Communication.objects.select_related("account").get(pk=communication.pk)
    for name, value in values.items():
        setattr(row, name, value)
    _check(row)
    if row.answered_at and not row.needs_answer:
        raise DomainError(_("It was answered already."), field="needs_answer")
    values = values | {"answer_by": _answer_by(row)}
    writing.edit(
        instance=communication,
        values=values,
        actor=actor,
        action="communication.edited",
        version=version,
        parent=communication.account,
    )
    _touch(communication, actor)
    return communication


@transaction.atomic
def answer_communication(
    *, communication, actor, answer="", at=None, version=None
) -> Communication:
    """The customer got an answer; the answer time ends."""
    if actor is not None and not permissions.can_answer(actor, communication):
        raise PermissionDenied
    fresh = Communication.objects.get(pk=communication.pk)
    if not fresh.needs_answer:
        raise DomainError(_("The customer does not wait for an answer."))
    if fresh.answered_at:
        raise AlreadyAnswered(_("It was answered already."))
    at = at or timezone.now()
    if at > timezone.now() + TOLERANCE:
        raise DomainError(_("This is still to come."), field="at")
    if at < fresh.at:
        raise DomainError(_("An answer comes after the question."), field="at")
    values = {"answered_at": at, "answered_by": actor, "answer": answer.strip()}
    writing.edit(
        instance=communication,
        values=values,
        actor=actor,
        action="communication.answered",
        version=version,
        parent=communication.account,
    )
    if communication.contact_id:
        note_contact(contact=communication.contact, on=timezone.localdate(at), actor=actor)
    return communication


def _check(row) -> None:
    if not row.subject.strip():
        raise DomainError(_("Say in a few words what it was about."), field="subject")
    if row.at > timezone.now() + TOLERANCE:
        raise DomainError(_("Only what was said already belongs here."), field="at")
    if row.contact_id and not row.contact.roles.filter(account=row.account_id).exists():
        raise DomainError(
            _("%(contact)s does not work at %(account)s.")
            % {"contact": row.contact, "account": row.account},
            field="contact",
        )
    if row.needs_answer and row.direction == Direction.OUT:
        raise DomainError(
            _("Only what comes from the customer waits for our answer."), field="needs_answer"
        )
    if row.needs_answer and row.answer_by and row.answer_by < row.at:
        raise DomainError(_("An answer comes after the question."), field="answer_by")


def _answer_by(row):
    if not row.needs_answer:
        return None
    if row.answer_by:
        return row.answer_by
    return deadline(CommunicationSettings.current().answer_within, row.at, row.account).due_at


def _touch(row, actor) -> None:
    if row.contact_id and row.contact.anonymised_at is None:
        note_contact(contact=row.contact, on=timezone.localdate(row.at), actor=actor)
