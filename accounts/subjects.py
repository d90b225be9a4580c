"""Accounts as a subject of documents and flows."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, AssignmentRole
from core.subjects import Subject, SubjectField


class AccountSubject(Subject):
    kind = "account"
    label = _("account")
    model = Account
    roles = ("manager", "chief", "department_head")
    fields = (
        SubjectField("name", "text", _("name")),
        SubjectField("registration_no", "text", _("registration number")),
        SubjectField("address", "text", _("address")),
        SubjectField("phone", "text", _("phone")),
        SubjectField("tier", "choice", _("tier")),
        SubjectField("status", "choice", _("status")),
        SubjectField("industry", "choice", _("industry")),
        SubjectField("credit_grade", "choice", _("credit grade")),
        SubjectField("employees", "number", _("employees")),
        SubjectField("nature", "choice", _("nature")),
    )

    def title(self, subject) -> str:
        return subject.label

    def account(self, subject):
        return subject

    def owner(self, subject):
        return self.person(subject, "manager")

    def person(self, subject, role: str):
        """manager and chief by assignment today; department_head from the account's unit."""
        if role == "department_head":
            return subject.department.head
        wanted = {"manager": AssignmentRole.MANAGER, "chief": AssignmentRole.CHIEF}.get(role)
        if wanted is None:
            return None
        today = timezone.localdate()
        found = subject.assignments.on(today).filter(role=wanted).select_related("user").first()
        return found.user if found else None

    def value(self, subject, name: str):
        if name in ("tier", "industry"):
            chosen = getattr(subject, name)
            return chosen.code if chosen else None
        return getattr(subject, name) or None


class OfAccountSubject(Subject):
    """A record of an account. Its people are those of the account; a field is read from the
    record, or by the method that bears its name with an underscore in front."""

    roles = AccountSubject.roles

    def account(self, subject):
        return subject.account

    def owner(self, subject):
        return AccountSubject().owner(subject.account)

    def person(self, subject, role: str):
        return AccountSubject().person(subject.account, role)

    def value(self, subject, name: str):
        special = getattr(self, f"_{name}", None)
        return special(subject) if special is not None else getattr(subject, name) or None

    def _tier(self, subject):
        return AccountSubject().value(subject.account, "tier")

    def status(self, subject) -> str:
        return subject.status
