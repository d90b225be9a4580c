"""Documents as something that people comment on and that work runs on."""

from django.utils.translation import gettext_lazy as _

from accounts.subjects import AccountSubject
from core.subjects import Subject, SubjectField
from documents.models import Document


class DocumentSubject(Subject):
    kind = "document"
    label = _("document")
    model = Document
    fields = (
        SubjectField("state", "choice", _("state")),
        SubjectField("completeness", "number", _("completeness")),
        SubjectField("score", "number", _("score")),
        SubjectField("tier", "choice", _("tier")),
    )

    def title(self, subject) -> str:
        return subject.label

    def account(self, subject):
        return subject.account

    def audience(self, subject) -> str:
        return subject.audience

    def value(self, subject, name: str):
        if name == "tier":
            return AccountSubject().value(subject.account, name) if subject.account else None
        return super().value(subject, name)

    def owner(self, subject):
        return subject.owner
