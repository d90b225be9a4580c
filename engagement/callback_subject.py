"""Callbacks as a subject of flows (F-05, choices C-13 and C-23)."""

from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts.subjects import OfAccountSubject
from core.subjects import Due, SubjectField
from engagement.models import (
    HANDLING_STATUSES,
    Callback,
    CallbackSettings,
    CallbackStatus,
)
from engagement.permissions import callbacks as permissions
from engagement.services import callback_flow
from engagement.services.steering import HELD
from flows.limits import after_days


class CallbackSubject(OfAccountSubject):
    kind = "callback"
    label = _("customer callback")
    model = Callback
    statuses = dict(CallbackStatus.choices)
    roles = ("salesperson", *OfAccountSubject.roles, "planner")
    fields = (
        SubjectField("kind", "choice", _("kind")),
        SubjectField("needs_list", "yes_no", _("its list is approved before the call")),
        SubjectField("channel", "choice", _("channel")),
        SubjectField("due_on", "date", _("due")),
        SubjectField("satisfaction", "number", _("satisfaction")),
        SubjectField("opinions", "number", _("number of opinions")),
        SubjectField("tries", "number", _("number of failed attempts")),
        SubjectField("tier", "choice", _("tier")),
    )
    gates = {
        "feedback": _("what the customer said is written down"),
        "passed_on": _("every opinion has a department that sees to it"),
        "opinions_closed": _("every opinion is settled"),
    }

    def get(self, pk):
        related = ("account__department", "account__city", "account__tier", "caller")
        return Callback.objects.select_related(*related).get(pk=pk)

    def title(self, subject) -> str:
        return f"{subject.number} {subject.account.label}"

    def owner(self, subject):
        return subject.caller

    def person(self, subject, role: str):
        """The salesperson is the account manager; where there is none, whoever called."""
        if role == "planner":
            return subject.created_by
        if role == "salesperson":
            return super().person(subject, "manager") or subject.caller
        return super().person(subject, role)

    def _needs_list(self, subject):
        return callback_flow.needs_list(subject)

    def _opinions(self, subject):
        return subject.feedback.count()

    def _tries(self, subject):
        return subject.tries.filter(reached=False).count()

    def set_status(self, subject, status: str, *, actor) -> None:
        callback_flow.settle_status(callback=subject, status=status, actor=actor)

    def due(self, subject, step) -> Due | None:
        """The call by its day; handling it so many working days after it."""
        if HELD in step.milestones:
            return Due(callback_flow.due_at(subject))
        if step.status in HANDLING_STATUSES and not step.block and step.kind != "parallel":
            held = subject.held_at or timezone.now()
            days = CallbackSettings.current().complete_days
            return Due(after_days(held, days, subject.account))
        return None

    def answers_for(self, subject, user) -> bool:
        return permissions.can_change(user, subject)

    def gate_feedback(self, subject) -> list[str]:
        said = Callback.objects.filter(pk=subject.pk, satisfaction__isnull=False).exists()
        return [] if said else [_now("how satisfied the customer is and what they said")]

    def gate_passed_on(self, subject) -> list[str]:
        return [
            _now("a department for: %(what)s") % {"what": row.text[:60]}
            for row in subject.feedback.filter(department=None)
        ]

    def gate_opinions_closed(self, subject) -> list[str]:
        open_ones = subject.feedback.exclude(opinion__state="closed").select_related("opinion")
        return [row.opinion.number for row in open_ones]
