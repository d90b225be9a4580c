"""What customers say, each followed to its end, and what is improved because of it."""

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Contact
from core.models import VersionedModel
from documents.models import Document
from engagement.models.survey_answers import SurveyResponse
from engagement.models.surveys import SurveyCampaign
from engagement.models.visits import Visit
from flows.models import WorkItem
from planning.models.files import OfAccountQuerySet
from teams.models import User


class OpinionKind(models.TextChoices):
    NEED = "need", _("need")
    OPINION = "opinion", _("opinion")
    SUGGESTION = "suggestion", _("suggestion")


class OpinionSource(models.TextChoices):
    SURVEY = "survey", _("survey")
    VISIT = "visit", _("visit")
    CALLBACK = "callback", _("callback")
    FORM = "form", _("opinion sheet")


class OpinionState(models.TextChoices):
    OPEN = "open", _("not handled yet")
    IN_HAND = "in_hand", _("in hand")
    CLOSED = "closed", _("settled")


class OpinionQuerySet(OfAccountQuerySet):
    def unclosed(self):
        return self.exclude(state=OpinionState.CLOSED)


class Opinion(VersionedModel):
    """One need, opinion or suggestion of a customer (客户意见, R-ENG-32), followed to closure."""

    number = models.CharField(_("number"), max_length=40, unique=True, editable=False)
    account = models.ForeignKey(
        Account, models.PROTECT, related_name="opinions", verbose_name=_("account")
    )
    contact = models.ForeignKey(
        Contact,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="opinions",
        verbose_name=_("contact"),
    )
    kind = models.CharField(
        _("kind"), max_length=10, choices=OpinionKind, default=OpinionKind.OPINION
    )
    source = models.CharField(_("came by"), max_length=8, choices=OpinionSource)
    topic = models.CharField(_("about"), max_length=200, blank=True)
    text = models.TextField(_("what they say"), max_length=4000)
    wish = models.CharField(_("what should be done"), max_length=500, blank=True)
    state = models.CharField(
        _("state"),
        max_length=7,
        choices=OpinionState,
        default=OpinionState.OPEN,
        editable=False,
    )
    owner = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("handled by"),
    )
    due_on = models.DateField(_("due"), null=True, blank=True)
    answer = models.TextField(_("what was done and answered"), max_length=4000, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True, editable=False)
    closed_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("closed by"),
        editable=False,
    )
    response = models.ForeignKey(
        SurveyResponse,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="opinions",
        verbose_name=_("survey answer"),
        editable=False,
    )
    visit = models.ForeignKey(
        Visit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="opinions",
        verbose_name=_("visit"),
        editable=False,
    )
    document = models.ForeignKey(
        Document,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("document"),
        editable=False,
    )
    # Which line of what it came from, so that taking it over twice takes it once.
    line = models.PositiveSmallIntegerField(default=0, editable=False)
    created_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("entered by"),
        editable=False,
    )

    objects = OpinionQuerySet.as_manager()

    class Meta:
        verbose_name = _("opinion")
        verbose_name_plural = _("opinions")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["document", "line"],
                condition=Q(document__isnull=False),
                name="opinion_of_document_once",
            ),
            models.UniqueConstraint(
                fields=["response", "line"],
                condition=Q(response__isnull=False),
                name="opinion_of_answer_once",
            ),
            models.CheckConstraint(
                condition=~Q(state="closed") | (Q(closed_at__isnull=False) & ~Q(answer="")),
                name="closed_opinion_is_answered",
                violation_error_message=_("Say what was done and answered."),
            ),
        ]
        indexes = [
            models.Index(fields=["account", "state"], name="opinion_of_account"),
            models.Index(fields=["owner", "state", "due_on"], name="opinion_of_owner"),
            models.Index(fields=["-created_at", "-id"], name="opinion_newest"),
        ]

    def __str__(self):
        return self.number

    def get_absolute_url(self):
        return reverse("engagement:opinion_detail", args=[self.pk])


class ActionState(models.TextChoices):
    OPEN = "open", _("being improved")
    DONE = "done", _("done, effect not yet seen")
    EFFECTIVE = "effective", _("effective")
    INEFFECTIVE = "ineffective", _("without effect")
    CANCELLED = "cancelled", _("dropped")


class ActionQuerySet(OfAccountQuerySet):
    def open(self):
        return self.filter(state=ActionState.OPEN)


class ImprovementAction(VersionedModel):
    """What is improved at an account because of what it said (改进措施, R-ENG-33).

    One is open for an account and a reason at most; what comes in meanwhile is added to it. The
    next round shows whether it helped.
    """

    number = models.CharField(_("number"), max_length=40, unique=True, editable=False)
    account = models.ForeignKey(
        Account, models.PROTECT, related_name="improvements", verbose_name=_("account")
    )
    reason = models.CharField(_("reason"), max_length=60)
    dimension_zh = models.CharField(_("dimension (Chinese)"), max_length=120, blank=True)
    dimension_en = models.CharField(_("dimension (English)"), max_length=120, blank=True)
    title = models.CharField(_("what is improved"), max_length=200, blank=True)
    measure = models.TextField(_("how"), max_length=4000, blank=True)
    note = models.TextField(_("what it comes from"), blank=True, editable=False)
    owner = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="improvements",
        verbose_name=_("owner"),
    )
    due_on = models.DateField(_("due"))
    state = models.CharField(
        _("state"),
        max_length=11,
        choices=ActionState,
        default=ActionState.OPEN,
        editable=False,
    )
    campaign = models.ForeignKey(
        SurveyCampaign,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="actions",
        verbose_name=_("survey"),
        editable=False,
    )
    opinion = models.ForeignKey(
        Opinion,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="actions",
        verbose_name=_("opinion"),
        editable=False,
    )
    item = models.OneToOneField(
        WorkItem,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("work item"),
        editable=False,
    )
    score_before = models.DecimalField(
        _("score then"), max_digits=4, decimal_places=1, null=True, blank=True, editable=False
    )
    score_wanted = models.DecimalField(
        _("score wanted"), max_digits=4, decimal_places=1, null=True, blank=True, editable=False
    )
    score_after = models.DecimalField(
        _("score afterwards"), max_digits=4, decimal_places=1, null=True, blank=True,
        editable=False,
    )  # fmt: skip
    result = models.TextField(_("what was done"), max_length=4000, blank=True)
    done_at = models.DateTimeField(_("done at"), null=True, blank=True, editable=False)
    verified_at = models.DateTimeField(_("verified at"), null=True, blank=True, editable=False)
    verified_in = models.ForeignKey(
        SurveyCampaign,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("verified in"),
        editable=False,
    )
    created_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("opened by"),
        editable=False,
    )

    objects = ActionQuerySet.as_manager()

    class Meta:
        verbose_name = _("improvement action")
        verbose_name_plural = _("improvement actions")
        ordering = ["due_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "reason"],
                condition=Q(state="open"),
                name="one_open_improvement",
                violation_error_message=_("An improvement for this reason is under way already."),
            ),
        ]
        indexes = [
            models.Index(fields=["account", "state"], name="improvement_of_account"),
            models.Index(fields=["owner", "state", "due_on"], name="improvement_of_owner"),
            models.Index(fields=["state", "due_on", "id"], name="improvement_due"),
        ]

    def __str__(self):
        return self.number

    def get_absolute_url(self):
        return reverse("engagement:action_detail", args=[self.pk])
