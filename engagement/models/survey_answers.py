"""What was answered in a survey, and how it scored."""

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Tier
from core.models import VersionedModel
from documents.models import Document
from engagement.models.survey_settings import NpsGroup
from engagement.models.surveys import LANGUAGES, AsThen, SurveyCampaign, SurveyInvitation
from planning.models.files import OfAccountQuerySet


class SurveyResponse(AsThen, VersionedModel):
    """What one contact answered (满意度答卷), with its scores; the words are in the document.

    `handled_at` is when its play was set going; until then the job takes it up.
    """

    campaign = models.ForeignKey(
        SurveyCampaign, models.PROTECT, related_name="responses", verbose_name=_("survey")
    )
    invitation = models.OneToOneField(
        SurveyInvitation, models.PROTECT, related_name="response", verbose_name=_("invitation")
    )
    account = models.ForeignKey(
        Account, models.PROTECT, related_name="survey_responses", verbose_name=_("account")
    )
    document = models.OneToOneField(
        Document, models.PROTECT, related_name="+", verbose_name=_("questionnaire")
    )
    language = models.CharField(_("language"), max_length=10, choices=LANGUAGES)
    score = models.DecimalField(_("score"), max_digits=4, decimal_places=1, null=True, blank=True)
    nps = models.PositiveSmallIntegerField(_("recommends us, 0 to 10"), null=True, blank=True)
    group = models.CharField(_("group"), max_length=9, choices=NpsGroup, blank=True)
    comment = models.TextField(_("in words"), blank=True)
    wants_call = models.BooleanField(_("asks for a call"), default=False)
    answered_at = models.DateTimeField(_("answered"))
    handled_at = models.DateTimeField(_("followed up"), null=True, blank=True, editable=False)

    objects = OfAccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("survey answer")
        verbose_name_plural = _("survey answers")
        ordering = ["-answered_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(score=None) | Q(score__gte=0, score__lte=100),
                name="survey_score_to_hundred",
            ),
            models.CheckConstraint(condition=Q(nps=None) | Q(nps__lte=10), name="nps_to_ten"),
        ]
        indexes = [
            models.Index(fields=["campaign", "account"], name="response_of_campaign"),
            models.Index(fields=["account", "-answered_at"], name="response_of_account"),
            models.Index(fields=["-answered_at", "-id"], name="response_newest"),
            models.Index(fields=["id"], condition=Q(handled_at=None), name="response_to_follow_up"),
        ]

    def __str__(self):
        return f"{self.account} {self.score if self.score is not None else ''}".strip()

    def get_absolute_url(self):
        return reverse("engagement:response_detail", args=[self.pk])


class SurveyScore(models.Model):
    """The score of one dimension in one answer (维度得分), computed once when it came in."""

    response = models.ForeignKey(SurveyResponse, models.CASCADE, related_name="scores")
    campaign = models.ForeignKey(SurveyCampaign, models.CASCADE, related_name="+")
    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    tier = models.ForeignKey(Tier, models.PROTECT, null=True, blank=True, related_name="+")
    dimension = models.CharField(_("dimension"), max_length=40)
    score = models.DecimalField(_("score"), max_digits=4, decimal_places=1)

    class Meta:
        verbose_name = _("score of a dimension")
        verbose_name_plural = _("scores of dimensions")
        constraints = [
            models.UniqueConstraint(fields=["response", "dimension"], name="dimension_scored_once")
        ]
        indexes = [
            models.Index(fields=["campaign", "account", "dimension"], name="score_of_campaign"),
        ]

    def __str__(self):
        return f"{self.dimension} {self.score}"
