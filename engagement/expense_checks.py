"""What a claim still lacks before it may go on, asked of the records (R-ENG-03, R-ENG-08)."""

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Account
from engagement import spending
from engagement.expense_words import on_line
from engagement.models import (
    DuplicateInvoices,
    ExpenseCap,
    ExpenseLine,
    ExpenseSettings,
    UnregisteredAction,
)
from planning.selectors import is_registered


def caps() -> list[spending.Cap]:
    """All limits as plain values."""
    rows = ExpenseCap.objects.select_related("category")
    return [
        spending.Cap(
            category=row.category.code,
            kind=row.kind,
            tier=row.tier_id,
            per_line=row.per_line,
            per_person=row.per_person,
        )
        for row in rows
    ]


def spent_of(lines) -> list[spending.Spent]:
    """Lines of a claim as the rules take them."""
    return [
        spending.Spent(
            category=line.category.code,
            amount=line.amount,
            base=line.amount_base,
            spent_on=line.spent_on,
            people=line.people,
            invoice=line.invoice_no,
            note=line.note,
            counts_people=line.category.counts_people,
            needs_invoice=line.category.needs_invoice,
        )
        for line in lines
    ]


def findings_of(claim, lines=None) -> list[spending.Finding]:
    """What is wrong with its lines, and invoices that other claims have."""
    lines = list(claim.lines.select_related("category")) if lines is None else lines
    settings = ExpenseSettings.current()
    found = spending.check(
        spent_of(lines),
        caps(),
        claim.account.tier_id,
        today=claim.dated_on,
        days=settings.claim_days,
    )
    taken = taken_invoices([line.invoice_no for line in lines], claim.pk)
    refused = settings.duplicate_invoices == DuplicateInvoices.REFUSE
    found += [
        spending.Finding(number, "invoice_taken", refused=refused)
        for number, line in enumerate(lines, start=1)
        if spending.invoice_key(line.invoice_no) in taken
    ]
    return sorted(found, key=lambda finding: finding.line)


def taken_invoices(numbers, claim_pk=None) -> set[str]:
    """Keys of those that claims under way or paid have already."""
    keys = {spending.invoice_key(number) for number in numbers} - {""}
    if not keys:
        return set()
    # Compared in capitals and without blanks by the key; where numbers are only shown there is no
    # key, so the number as typed is looked at too.
    rows = ExpenseLine.objects.exclude(claim=claim_pk).filter(
        claim__in=_counted_claims(),
    )
    held = set(rows.filter(invoice_key__in=keys).values_list("invoice_key", flat=True))
    typed = rows.filter(invoice_no__in=[number for number in numbers if number])
    return held | {spending.invoice_key(no) for no in typed.values_list("invoice_no", flat=True)}


def _counted_claims():
    claims = ExpenseLine._meta.get_field("claim").related_model
    return claims.objects.counted().exclude(status="draft").values("pk")


def lacking_in_voucher(claim) -> list[str]:
    """The voucher and its detail sheet: lines, an equal sum, nothing that is refused."""
    lines = list(claim.lines.select_related("category"))
    if not lines:
        return [_("at least one expense")]
    found = []
    if spending.total_of(line.amount for line in lines) != claim.total:
        found.append(_("The voucher and the sum of its lines differ."))
    return found + [on_line(one) for one in findings_of(claim, lines) if one.refused]


def lacking_record(claim) -> list[str]:
    visit = claim.visit
    if visit is None or visit.recorded_at or not ExpenseSettings.current().needs_visit_record:
        return []
    return [_("the record of the visit %(visit)s") % {"visit": visit.number}]


def lacking_registration(claim) -> list[str]:
    account = Account.objects.get(pk=claim.account_id)
    if is_registered(account):
        return []
    return [_("the registration of %(account)s") % {"account": account.label}]


def blocked(claim) -> list[str]:
    """Where customers that are not registered are not waited for."""
    settings = ExpenseSettings.current()
    waits = settings.unregistered_action == UnregisteredAction.WAIT
    return [] if waits or settings.exceptions_allowed else lacking_registration(claim)


def missing_of(claim, user) -> list[tuple[str, str]]:
    """What keeps it from being submitted, each with the page where it is put right, if any."""
    found = [(text, "") for text in lacking_in_voucher(claim)]
    if texts := lacking_record(claim):
        found.append((texts[0], visit_url(claim.visit, user)))
    if texts := blocked(claim):
        found.append((texts[0], reverse("planning:registration_start", args=[claim.account_id])))
    return found


def visit_url(visit, user) -> str:
    """The page of a visit for who sees it, else ""."""
    if visit is None or not type(visit).objects.visible_to(user).filter(pk=visit.pk).exists():
        return ""
    return visit.get_absolute_url()
