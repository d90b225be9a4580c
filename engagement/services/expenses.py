"""Expense claims: entering and editing them while they are drafts (R-ENG-09, R-ENG-10)."""

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core import writing
from core.exceptions import DomainError, SteeredStatus
from core.models import company
from core.money import to_base
from core.numbering import take_numbers
from documents.models import Attachment
from documents.services.attachments import FileRefused, attach
from engagement import spending
from engagement.models import ExpenseClaim, ExpenseLine, ExpenseStatus
from engagement.permissions import expenses as permissions
from flows.services import NoFlow, start

PREFIX = "EXP-"
# The flow that starts where no binding says another.
FLOW = "F-03B"
KIND = "expense_claim"
EDITABLE = frozenset({"visit", "payee", "purpose", "dated_on", "pay_by", "currency", "total"})
MOST_LINES = 60


class TotalsDiffer(DomainError):
    """The voucher says another sum than its lines."""


class LineRefused(DomainError):
    """Something about one line; `line` is its number from 1."""

    def __init__(self, line, message, field=None):
        super().__init__(
            _("Line %(line)s: %(what)s") % {"line": line, "what": message}, field="lines"
        )
        self.line, self.line_field, self.what = line, field, message


@dataclass(frozen=True)
class Sums:
    """What a claim comes to: in its currency, and in the company's at the rate of its date."""

    total: object
    bases: tuple
    rate_date: object

    @property
    def base(self):
        return spending.total_of(self.bases)


def sums_of(amounts, currency: str, on) -> Sums:
    """Raises MissingRate where no rate is known for the day."""
    pairs = [to_base(amount=amount, currency=currency, on=on) for amount in amounts]
    _base, rate_date = to_base(amount=0, currency=currency, on=on)
    return Sums(spending.total_of(amounts), tuple(base for base, _day in pairs), rate_date)


@transaction.atomic
def create_claim(
    *, account, actor, lines=(), claimant=None, visit=None, total=None, at=None, **fields
) -> ExpenseClaim:
    """A claim as a draft; its flow begins at once, with the claimant.

    `lines` are dicts of spent_on, category, amount, people, invoice_no, note and perhaps
    `upload`, an invoice. `total` is what the voucher says; without it the sum of the lines.
    Raises TotalsDiffer, LineRefused, MissingRate.
    """
    claimant = claimant or actor
    if actor is not None and not permissions.can_claim(actor, account, visit):
        raise PermissionDenied
    if account.archived_at is not None:
        raise DomainError(_("The account is archived."))
    _refuse_visit(visit, account, actor)
    fields.setdefault("dated_on", timezone.localdate(at))
    fields.setdefault("payee", claimant.name)
    fields.setdefault("currency", company().currency)
    _refuse_date(fields["dated_on"])
    lines, sums = _counted(lines, total, fields["currency"], fields["dated_on"])
    claim = ExpenseClaim(
        number=take_numbers(code="expense_claim", prefix=PREFIX, width=5)[0],
        account=account,
        visit=visit,
        claimant=claimant,
        total=sums.total,
        lines_total=sums.total,
        total_base=sums.base,
        rate_date=sums.rate_date,
        **fields,
    )
    writing.create(
        instance=claim,
        actor=actor,
        action="expenseclaim.created",
        parent=account,
        at=at,
        told={"lines": ("", _said(lines))} if lines else None,
    )
    _write_lines(claim, lines, sums, actor, at)
    _start_flow(claim, claimant if actor is not None else None, at)
    return claim


@transaction.atomic
def update_claim(*, claim, actor, values, lines=None, version=None, at=None) -> ExpenseClaim:
    """Change a draft: `values` of EDITABLE, and its lines where they are given (each with the
    `id` of the line it was, if any). The status is refused: SteeredStatus."""
    if "status" in values:
        raise SteeredStatus(claim)
    unknown = set(values) - EDITABLE
    if unknown:
        raise TypeError(f"not editable here: {', '.join(sorted(unknown))}")
    if claim.status != ExpenseStatus.DRAFT:
        raise DomainError(_("It was submitted: nothing is changed any more."))
    if actor is not None and not permissions.can_edit_claim(actor, claim):
        raise PermissionDenied
    if "visit" in values and values["visit"] != claim.visit:
        _refuse_visit(values["visit"], claim.account, actor)
        _refuse_without_visit(claim, values["visit"], actor)
    dated_on = values.get("dated_on", claim.dated_on)
    _refuse_date(dated_on)
    held = list(claim.lines.select_related("category"))
    given = [vars_of(line) for line in held] if lines is None else list(lines)
    total = values.get("total")
    lines, sums = _counted(given, total, values.get("currency", claim.currency), dated_on)
    old, new = _said([vars_of(line) for line in held]), _said(lines)
    values = {name: value for name, value in values.items() if name != "total"} | {
        "total": sums.total,
        "lines_total": sums.total,
        "total_base": sums.base,
        "rate_date": sums.rate_date,
    }
    writing.edit(
        instance=claim,
        values=values,
        actor=actor,
        action="expenseclaim.edited",
        version=version,
        parent=claim.account,
        at=at,
        told={"lines": (old, new)} if old != new else {},
    )
    _write_lines(claim, lines, sums, actor, at)
    return claim


def vars_of(line) -> dict:
    """A line as the services take it."""
    names = ("id", "spent_on", "category", "amount", "people", "invoice_no", "note")
    return {name: getattr(line, name) for name in names}


def field_of(line_id) -> str:
    """The field under which the invoices of a line are attached."""
    return f"line-{line_id}"


def _refuse_visit(visit, account, actor):
    if visit is None:
        return
    if visit.account_id != account.pk:
        raise DomainError(_("That visit was to another customer."), field="visit")
    if actor is not None and not permissions.can_claim_visit(actor, visit):
        raise DomainError(_("There is no such visit."), field="visit")


def _refuse_without_visit(claim, visit, actor):
    """Who went along without seeing the customer claims for that visit, and for nothing else."""
    if actor is not None and not permissions.can_claim(actor, claim.account, visit):
        raise DomainError(_("Choose a visit on which you went along."), field="visit")


def _refuse_date(day):
    if day > timezone.localdate():
        raise DomainError(_("That day has not come yet."), field="dated_on")


def _counted(lines, total, currency, on):
    lines = list(lines)
    if len(lines) > MOST_LINES:
        raise DomainError(
            _("At most %(count)s lines; enter a second claim.") % {"count": MOST_LINES},
            field="lines",
        )
    for number, line in enumerate(lines, start=1):
        if line["amount"] is None or line["amount"] <= 0:
            raise LineRefused(number, _("An expense is more than nothing."), "amount")
    sums = sums_of([line["amount"] for line in lines], currency.pk, on)
    if total is not None and spending.total_of([total]) != sums.total:
        raise TotalsDiffer(
            _("The voucher says %(voucher)s, its lines add up to %(lines)s.")
            % {"voucher": f"{total:.2f}", "lines": f"{sums.total:.2f}"},
            field="total",
        )
    return lines, sums


def _said(lines) -> str:
    return "; ".join(
        " ".join(
            str(part)
            for part in (line["spent_on"], line["category"].code, line["amount"])
            if part
        )
        + (f" {line['invoice_no']}" if line.get("invoice_no") else "")
        + (f" ({line['note']})" if line.get("note") else "")
        for line in lines
    )


def _write_lines(claim, lines, sums, actor, at):
    """Lines keep their number in the database, so that their invoices stay with them."""
    held = {line.pk: line for line in claim.lines.all()}
    kept = {line.get("id") for line in lines}
    for pk in held.keys() - kept:
        gone = Attachment.objects.about(KIND, claim.pk).filter(field=field_of(pk))
        gone.current().update(archived_at=timezone.now())
        held[pk].delete()
    for number, (values, base) in enumerate(zip(lines, sums.bases, strict=True), start=1):
        values = {**values}
        upload, pk = values.pop("upload", None), values.pop("id", None)
        line = held.get(pk) or ExpenseLine(claim=claim)
        line.position, line.amount_base = number, base
        for name, value in values.items():
            setattr(line, name, "" if value is None and name != "people" else value)
        try:
            line.full_clean(exclude=["claim", "amount_base"])
        except ValidationError as error:
            raise LineRefused(number, " ".join(error.messages)) from error
        line.save()
        if upload is not None:
            _attach(claim, line, upload, actor, at)


def _attach(claim, line, upload, actor, at):
    try:
        attach(
            upload=upload,
            actor=actor,
            subject_type=KIND,
            subject_id=claim.pk,
            field=field_of(line.pk),
            at=at,
        )
    except FileRefused as error:
        raise LineRefused(line.position, error.message, "upload") from error


def _start_flow(claim, actor, at):
    try:
        start(subject=claim, actor=actor or claim.claimant, now=at)
    except NoFlow:
        start(subject=claim, actor=actor or claim.claimant, template_code=FLOW, now=at)
    claim.refresh_from_db()
