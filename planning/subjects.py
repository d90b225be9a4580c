"""Registrations as a subject of flows (F-01, choice C-08)."""

from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts.models import AccountStatus, AssignmentRole
from accounts.subjects import AccountSubject
from core.subjects import Subject, SubjectField
from documents.selectors import missing_document
from planning.models import Registration, RegistrationKind, RegistrationStatus
from planning.services.registered import open_file, settle_status

FORM = "customer_basic_information"


class RegistrationSubject(Subject):
    kind = "registration"
    label = _("registration")
    model = Registration
    statuses = dict(RegistrationStatus.choices)
    roles = ("manager", "chief", "department_head")
    fields = (
        SubjectField("kind", "choice", _("kind")),
        SubjectField("deal_name", "text", _("deal")),
        SubjectField("amount", "number", _("amount")),
        SubjectField("valid_until", "date", _("valid until")),
        SubjectField("account_registered", "yes_no", _("the customer is registered")),
        SubjectField("tier", "choice", _("tier")),
    )
    actions = {"register": _("Issue the file number and open the customer file")}
    gates = {
        "basic_form": _("the customer basic information form is complete"),
        "contact": _("a contact is entered"),
        "manager": _("an account manager answers for the account"),
        "account_registered": _("the customer is registered"),
    }

    def get(self, pk):
        return Registration.objects.select_related("account__department").get(pk=pk)

    def title(self, subject) -> str:
        return f"{subject.number} {subject.deal_name or subject.account.label}"

    def account(self, subject):
        return subject.account

    def owner(self, subject):
        return AccountSubject().owner(subject.account)

    def person(self, subject, role: str):
        return AccountSubject().person(subject.account, role)

    def value(self, subject, name: str):
        if name == "account_registered":
            return subject.account.status == AccountStatus.REGISTERED
        if name == "tier":
            return AccountSubject().value(subject.account, "tier")
        return getattr(subject, name) or None

    def status(self, subject) -> str:
        return subject.status

    def set_status(self, subject, status: str, *, actor) -> None:
        settle_status(registration=subject, status=status, actor=actor)

    def gate_basic_form(self, subject) -> list[str]:
        """A deal asks for nothing here: its customer's form was looked at before."""
        if subject.kind == RegistrationKind.DEAL:
            return []
        lack = missing_document("account", subject.account_id, FORM)
        return [lack] if lack else []

    def gate_contact(self, subject) -> list[str]:
        known = subject.account.contact_roles.on(timezone.localdate())
        return [] if known.filter(contact__archived_at=None).exists() else [_now("a contact")]

    def gate_manager(self, subject) -> list[str]:
        held = subject.account.assignments.on(timezone.localdate())
        managed = held.filter(role=AssignmentRole.MANAGER).exists()
        return [] if managed else [_now("an account manager")]

    def gate_account_registered(self, subject) -> list[str]:
        if subject.account.status == AccountStatus.REGISTERED:
            return []
        return [_now("the registration of the customer")]

    def do_register(self, subject, run, actor) -> str:
        """The file number and the customer file; nothing where they are there already."""
        if subject.kind == RegistrationKind.CUSTOMER:
            open_file(registration=subject, actor=actor)
        return ""
