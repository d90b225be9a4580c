"""What the flow of a claim writes, within the flow's own transaction (F-03, R-ENG-07, R-ENG-08)."""

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from core import writing
from core.exceptions import DomainError
from engagement import spending
from engagement.models import (
    DROPPED_STATUSES,
    DuplicateInvoices,
    ExpenseSettings,
    ExpenseStatus,
)
from engagement.notices import expenses as notices
from flows.models import FlowEvent
from planning.selectors import is_registered


class NotRegistered(DomainError):
    """Nothing is paid for a customer that is not registered."""


class InvoiceTaken(DomainError):
    """Another claim was first with this invoice."""


def settle_status(*, claim, status, actor):
    """Take the status the flow says, with what belongs to it."""
    event = _last_event(claim)
    # Where nobody acted the flow woke by itself: now, and for no reason given then.
    at = event.at if event and actor is not None else timezone.now()
    note = event.note if event and actor is not None else ""
    before, values = claim.status, {"status": status}
    if status == ExpenseStatus.SUBMITTED:
        _keep_invoices(claim)
        values |= {"submitted_at": at, "reason": ""}
    elif status == ExpenseStatus.PAID:
        refuse_unregistered(claim)
        values |= {"paid_at": at}
    elif status in (ExpenseStatus.DRAFT, *DROPPED_STATUSES) and before != status:
        claim.lines.update(invoice_key=None)
        values |= {"reason": note}
    writing.edit(
        instance=claim,
        values=values,
        actor=actor,
        action=f"expenseclaim.{status}",
        parent=claim.account,
        reason=note if values.get("reason") else "",
        at=at,
    )
    notices.status_taken(claim, before, actor=actor, at=at)
    return claim


def refuse_unregistered(claim):
    """The hard check, whatever the text of a flow says: registered, or let pass by a leader."""
    account = Account.objects.get(pk=claim.account_id)
    if not (is_registered(account) or claim.exception_by_id):
        raise NotRegistered(
            _("%(account)s is not registered: nothing is reimbursed before it is.")
            % {"account": account.label}
        )


def note_receipt(*, claim, actor):
    """Who signed for the papers, and when."""
    event = _last_event(claim)
    return writing.edit(
        instance=claim,
        values={"received_at": event.at if event else timezone.now(), "received_by": actor},
        actor=actor,
        action="expenseclaim.received",
        parent=claim.account,
        at=event.at if event else None,
    )


def allow_exception(*, claim, actor):
    """A leader lets it pass though the customer is not registered; their words are kept."""
    event = _last_event(claim)
    note = event.note.strip() if event else ""
    if actor is None or not note:
        raise DomainError(_("An exception needs a leader and a reason."))
    if not ExpenseSettings.current().exceptions_allowed:
        raise DomainError(_("Exceptions for customers that are not registered are not allowed."))
    return writing.edit(
        instance=claim,
        values={"exception_by": actor, "exception_reason": note},
        actor=actor,
        action="expenseclaim.exception",
        parent=claim.account,
        reason=note,
        at=event.at,
    )


def _keep_invoices(claim):
    """From here on no other claim takes these invoices; the database decides who was first."""
    if ExpenseSettings.current().duplicate_invoices != DuplicateInvoices.REFUSE:
        return
    for line in claim.lines.all():
        key = spending.invoice_key(line.invoice_no)
        if not key or line.invoice_key == key:
            continue
        line.invoice_key = key
        try:
            with transaction.atomic():
                line.save(update_fields=["invoice_key"])
        except IntegrityError as error:
            raise InvoiceTaken(
                _("Line %(line)s: %(what)s")
                % {
                    "line": line.position,
                    "what": _("another claim has this invoice number already"),
                }
            ) from error


def _last_event(claim):
    """What was done last in the flow of the claim: its time and its words are the reason."""
    events = FlowEvent.objects.filter(run__subject_type="expense_claim", run__subject_id=claim.pk)
    return events.order_by("pk").last()
