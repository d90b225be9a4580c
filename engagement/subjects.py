"""Engagement as subjects of documents and flows."""

import datetime

from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts.models import AccountStatus, ContactLevel
from accounts.subjects import OfAccountSubject
from core.subjects import Due, SubjectField
from engagement.models import Visit, VisitRecord, VisitSettings, VisitStatus
from engagement.permissions import visits as visit_permissions
from engagement.services import visit_flow
from flows.limits import after_days


class VisitSubject(OfAccountSubject):
    """Visits (F-02). Without funds asked for the amount is 0, not unknown."""

    kind = "visit"
    label = _("visit")
    model = Visit
    numbered = True
    statuses = dict(VisitStatus.choices)
    roles = (*OfAccountSubject.roles, "planner")
    fields = (
        SubjectField("kind", "choice", _("kind")),
        SubjectField("amount", "number", _("funds asked for")),
        SubjectField("purpose", "text", _("purpose")),
        SubjectField("place", "text", _("place")),
        SubjectField("planned_on", "date", _("planned for")),
        SubjectField("held_on", "date", _("held on")),
        SubjectField("people_met", "number", _("number of people to meet")),
        SubjectField("meets_senior", "yes_no", _("somebody senior is met")),
        SubjectField("tier", "choice", _("tier")),
        SubjectField("account_registered", "yes_no", _("the customer is registered")),
    )
    gates = {
        "plan": _("the plan names a place and people to meet"),
        "no_funds": _("no funds are asked for"),
        "record": _("the visit record is written"),
        "file_check": _("the basic information form was gone through again"),
        "account_registered": _("the customer is registered"),
    }

    def get(self, pk):
        related = ("account__department", "account__city", "owner", "site")
        return Visit.objects.select_related(*related).get(pk=pk)

    def title(self, subject) -> str:
        return f"{subject.number} {subject.account.label} · {subject.purpose}"

    def owner(self, subject):
        return subject.owner

    def person(self, subject, role: str):
        if role == "planner":
            return subject.created_by
        return super().person(subject, role)

    def _amount(self, subject):
        return subject.budget or 0

    def _place(self, subject):
        return subject.where or None

    def _planned_on(self, subject):
        return timezone.localdate(subject.starts_at)

    def _held_on(self, subject):
        return timezone.localdate(subject.held_at) if subject.held_at else None

    def _people_met(self, subject):
        return subject.contacts.count()

    def _meets_senior(self, subject):
        return subject.contacts.filter(level=ContactLevel.SENIOR).exists()

    def _account_registered(self, subject):
        return subject.account.status == AccountStatus.REGISTERED

    def set_status(self, subject, status: str, *, actor) -> None:
        visit_flow.settle_status(visit=subject, status=status, actor=actor)

    def due(self, subject, step) -> Due | None:
        """The visit itself at its end; what follows from it so many working days after it; and
        the plan of a visit that lies far ahead is not asked for at once."""
        if visit_flow.HELD in step.milestones:
            return Due(subject.ends_at)
        if step.status == VisitStatus.VISITED:
            held = subject.held_at or subject.ends_at
            return Due(after_days(held, VisitSettings.current().record_days, subject.account))
        if step.status == VisitStatus.DRAFT:
            days = datetime.timedelta(days=VisitSettings.current().plan_days)
            return Due(subject.starts_at - days, floor=True)
        return None

    def answers_for(self, subject, user) -> bool:
        return visit_permissions.can_change(user, subject)

    def gate_plan(self, subject) -> list[str]:
        lack = [] if subject.where else [_now("a place or a site")]
        return lack if subject.contacts.exists() else [*lack, _now("somebody to meet")]

    def gate_no_funds(self, subject) -> list[str]:
        return [_now("the approval of the funds")] if subject.budget else []

    def gate_record(self, subject) -> list[str]:
        written = VisitRecord.objects.filter(visit=subject).exists()
        return [] if written else [_now("the visit record")]

    def gate_file_check(self, subject) -> list[str]:
        checked = VisitRecord.objects.filter(visit=subject).exclude(file_check="").exists()
        return [] if checked else [_now("the basic information form, gone through again")]

    def gate_account_registered(self, subject) -> list[str]:
        registered = subject.account.status == AccountStatus.REGISTERED
        return [] if registered else [_now("the registration of the customer")]
