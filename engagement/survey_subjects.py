"""Surveys, their answers, improvements and mailings as what work items and letters are about."""

from django.utils.translation import gettext_lazy as _

from accounts.subjects import AccountSubject
from core.subjects import Subject, SubjectField
from engagement.models import ImprovementAction, Mailing, SurveyCampaign, SurveyResponse


class SurveySubject(Subject):
    """So that letters and notices about a survey are the reader's who sees it."""

    kind = "survey"
    label = _("survey")
    model = SurveyCampaign

    def owner(self, subject):
        return subject.owner


class MailingSubject(Subject):
    """So that notices about a mailing are the reader's who sees it."""

    kind = "mailing"
    label = _("mailing")
    model = Mailing

    def owner(self, subject):
        return subject.owner


class SurveyResponseSubject(Subject):
    kind = "survey_response"
    label = _("survey answer")
    model = SurveyResponse
    roles = ("manager", "chief", "department_head")
    fields = (SubjectField("tier", "choice", _("tier")),)

    def title(self, subject) -> str:
        return subject.account.label

    def account(self, subject):
        return subject.account

    def owner(self, subject):
        return AccountSubject().owner(subject.account)

    def person(self, subject, role: str):
        return AccountSubject().person(subject.account, role)

    def value(self, subject, name: str):
        return AccountSubject().value(subject.account, name)


class ImprovementSubject(SurveyResponseSubject):
    kind = "improvement"
    label = _("improvement action")
    model = ImprovementAction

    def owner(self, subject):
        return subject.owner or AccountSubject().owner(subject.account)
