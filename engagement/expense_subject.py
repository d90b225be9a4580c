"""Expense claims as a subject of flows (F-03, choices C-09 and C-12)."""

from django.utils.translation import gettext_lazy as _

from accounts.subjects import OfAccountSubject
from core.subjects import Audience, SubjectField
from engagement import expense_checks as checks
from engagement.models import (
    ExpenseClaim,
    ExpenseSettings,
    ExpenseStatus,
)
from engagement.services import expense_flow
from planning.selectors import is_registered
from planning.services import registration_under_way


class ExpenseClaimSubject(OfAccountSubject):
    kind = "expense_claim"
    label = _("expense claim")
    model = ExpenseClaim
    statuses = dict(ExpenseStatus.choices)
    roles = ("claimant", *OfAccountSubject.roles)
    tells_ends = True
    fields = (
        SubjectField("total", "money", _("total in the company's currency")),
        SubjectField("tier", "choice", _("tier")),
        SubjectField("of_visit", "yes_no", _("it belongs to a visit")),
        SubjectField("account_registered", "yes_no", _("the customer is registered")),
        SubjectField(
            "unregistered_action", "choice", _("setting: customers that are not registered")
        ),
        SubjectField("exceptions_allowed", "yes_no", _("setting: leaders may let a claim pass")),
    )
    actions = {
        "note_receipt": _("Note who signed for the papers"),
        "allow_exception": _("Note the leader's exception and its reason"),
    }
    gates = {
        "voucher": _("voucher and detail sheet are in order"),
        "visit_record": _("the visit is recorded"),
        "registration_allowed": _("a customer that is not registered may be waited for"),
        "registered": _("the customer is registered, or a leader lets it pass"),
        "exceptions": _("leaders may let a claim pass"),
    }

    def get(self, pk):
        related = ("account__department", "account__tier", "visit", "claimant", "currency")
        return ExpenseClaim.objects.select_related(*related).get(pk=pk)

    def title(self, subject) -> str:
        return f"{subject.number} {subject.account.label}"

    def audience(self, subject) -> str:
        return Audience.LINE

    def person(self, subject, role: str):
        if role == "claimant":
            return subject.claimant
        return super().person(subject, role)

    def value(self, subject, name: str):
        if name in ("unregistered_action", "exceptions_allowed"):
            return getattr(ExpenseSettings.current(), name)
        return super().value(subject, name)

    def _total(self, subject):
        return subject.total_base

    def _of_visit(self, subject):
        return subject.visit_id is not None

    def _account_registered(self, subject):
        return is_registered(subject.account)

    def set_status(self, subject, status: str, *, actor) -> None:
        expense_flow.settle_status(claim=subject, status=status, actor=actor)

    def limit(self, subject, step) -> str:
        """How long a claim waits for the registration is one setting for all flows (C-12)."""
        if step.status == ExpenseStatus.WAITING_REGISTRATION:
            return f"{ExpenseSettings.current().waiting_days} days"
        return ""

    def sealed(self, subject) -> bool:
        """Invoices stay as they were handed in."""
        return subject.status != ExpenseStatus.DRAFT

    def related(self, subject, flow: str):
        """The registration of its customer, begun where none is under way."""
        return registration_under_way(
            account=subject.account, originator=subject.claimant, at=subject.updated_at
        )

    def gate_voucher(self, subject) -> list[str]:
        return checks.lacking_in_voucher(subject)

    def gate_visit_record(self, subject) -> list[str]:
        return checks.lacking_record(subject)

    def gate_registration_allowed(self, subject) -> list[str]:
        return checks.blocked(subject)

    def gate_registered(self, subject) -> list[str]:
        return [] if subject.exception_by_id else checks.lacking_registration(subject)

    def gate_exceptions(self, subject) -> list[str]:
        if ExpenseSettings.current().exceptions_allowed:
            return []
        return [str(_("Exceptions for customers that are not registered are not allowed."))]

    def do_note_receipt(self, subject, run, actor) -> str:
        expense_flow.note_receipt(claim=subject, actor=actor)
        return ""

    def do_allow_exception(self, subject, run, actor) -> str:
        expense_flow.allow_exception(claim=subject, actor=actor)
        return ""
