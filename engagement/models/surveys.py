"""Satisfaction surveys: a campaign from its draft to its analysis, and whom it asks."""

import datetime
import secrets

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Contact, ContactLevel, Industry, Tier
from core.models import VersionedModel, in_language
from documents.models import DocumentTemplate, DocumentVersion
from planning.models.files import OfAccountQuerySet
from teams.models import Unit, User

LANGUAGES = (("zh-hans", _("Simplified Chinese")), ("en", _("English")))


class SurveyState(models.TextChoices):
    """Where a campaign stands (F-22)."""

    DRAFT = "draft", _("draft")
    SCHEDULED = "scheduled", _("scheduled")
    OPEN = "open", _("taking answers")
    CLOSED = "closed", _("takes no more answers")
    ANALYSED = "analysed", _("analysed")
    CANCELLED = "cancelled", _("dropped before it was sent")


AHEAD_STATES = (SurveyState.DRAFT, SurveyState.SCHEDULED)
ENDED_STATES = (SurveyState.CLOSED, SurveyState.ANALYSED)


class SurveyOrigin(models.TextChoices):
    HAND = "hand", _("by hand")
    CADENCE = "cadence", _("by cadence")


class CampaignQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Whose it is, whose department's it is, and who sees an account that is asked."""
        if not user.is_active:
            return self.none()
        if user.sees_everything:
            return self
        asked = SurveyInvitation.objects.filter(
            campaign=OuterRef("pk"), account__in=Account.objects.visible_to(user).values("pk")
        )
        return self.filter(Q(owner=user) | Q(unit__in=user.unit_ids) | Exists(asked))


class SurveyCampaign(VersionedModel):
    """One round of a satisfaction survey (满意度调查, R-ENG-30, F-22).

    `form` is the wording it began with. `opens_at` and `closes_at` are kept by the jobs alone.
    """

    number = models.CharField(_("number"), max_length=40, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=120)
    template = models.ForeignKey(
        DocumentTemplate, models.PROTECT, related_name="+", verbose_name=_("questionnaire")
    )
    form = models.ForeignKey(
        DocumentVersion,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("version"),
        editable=False,
    )
    state = models.CharField(
        _("state"),
        max_length=9,
        choices=SurveyState,
        default=SurveyState.DRAFT,
        editable=False,
    )
    origin = models.CharField(
        _("began"),
        max_length=7,
        choices=SurveyOrigin,
        default=SurveyOrigin.HAND,
        editable=False,
    )
    tier = models.ForeignKey(
        Tier,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("tier"),
        editable=False,
    )
    unit = models.ForeignKey(
        Unit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("department"),
        editable=False,
    )
    owner = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("owner"),
        editable=False,
    )
    opens_at = models.DateTimeField(_("is sent at"))
    closes_at = models.DateTimeField(_("closes at"))
    remind_after = models.DurationField(_("reminds after"), default=datetime.timedelta(days=5))
    reminders = models.PositiveSmallIntegerField(
        _("reminders at most"), default=1, validators=[MaxValueValidator(3)]
    )
    greeting_zh = models.TextField(_("words of greeting (Chinese)"), max_length=1000, blank=True)
    greeting_en = models.TextField(_("words of greeting (English)"), max_length=1000, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True, editable=False)
    analysed_at = models.DateTimeField(_("analysed at"), null=True, blank=True, editable=False)
    verified_at = models.DateTimeField(_("verified at"), null=True, blank=True, editable=False)

    objects = CampaignQuerySet.as_manager()

    class Meta:
        verbose_name = _("survey")
        verbose_name_plural = _("surveys")
        ordering = ["-opens_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(closes_at__gt=F("opens_at")),
                name="survey_closes_after_it_opens",
                violation_error_message=_("A survey closes after it is sent."),
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "scheduled", "cancelled"]) | Q(form__isnull=False),
                name="survey_under_way_has_its_words",
            ),
            models.UniqueConstraint(
                fields=["tier", "unit"],
                condition=Q(origin="cadence", state__in=["draft", "scheduled", "open"]),
                name="one_cadence_survey_under_way",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "opens_at"], name="survey_state"),
            models.Index(fields=["-opens_at", "-id"], name="survey_newest"),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("engagement:survey_detail", args=[self.pk])

    @property
    def greeting(self) -> str:
        return in_language(self.greeting_zh, self.greeting_en)

    @property
    def wording(self) -> DocumentVersion:
        """The version it is, or would be, sent with."""
        return self.form or self.template.active_version()


# ---------- whom it asks ----------


class LeftOut(models.TextChoices):
    """Why a contact is not asked."""

    NO_EMAIL = "no_email", _("no e-mail address")
    REFUSED = "refused", _("refused to be contacted")
    NOT_ASKED = "not_asked", _("consent was never asked for")
    RESTING = "resting", _("asked not long ago")
    BY_HAND = "by_hand", _("left out by hand")


def new_nonce() -> str:
    return secrets.token_hex(16)


class AsThen(models.Model):
    """Of a contact that is asked: what it and its account were at that time."""

    level = models.CharField(_("level"), max_length=10, choices=ContactLevel, blank=True)
    tier = models.ForeignKey(
        Tier, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("tier")
    )
    industry = models.ForeignKey(
        Industry,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("industry"),
    )

    class Meta:
        abstract = True


class InvitationQuerySet(OfAccountQuerySet):
    def asked(self):
        return self.filter(left_out="")


class SurveyInvitation(AsThen, VersionedModel):
    """One contact of one account in a campaign (调查对象), asked or left out with the reason.

    Level, tier, industry and address are as they were then. Of the link only the hash is kept
    (engagement.links); what was saved half-way lies in `draft` until it is sent.
    """

    untold = frozenset({"nonce", "digest", "draft", "address"})

    campaign = models.ForeignKey(
        SurveyCampaign, models.CASCADE, related_name="invitations", verbose_name=_("survey")
    )
    account = models.ForeignKey(
        Account, models.PROTECT, related_name="survey_invitations", verbose_name=_("account")
    )
    contact = models.ForeignKey(
        Contact, models.PROTECT, related_name="survey_invitations", verbose_name=_("contact")
    )
    address = models.EmailField(_("e-mail"), blank=True)
    language = models.CharField(_("language"), max_length=10, choices=LANGUAGES, default="zh-hans")
    left_out = models.CharField(_("not asked"), max_length=9, choices=LeftOut, blank=True)
    nonce = models.CharField(max_length=32, default=new_nonce, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    invited_at = models.DateTimeField(_("written to"), null=True, blank=True, editable=False)
    reminded_at = models.DateTimeField(_("reminded"), null=True, blank=True, editable=False)
    reminders = models.PositiveSmallIntegerField(_("reminders"), default=0, editable=False)
    draft = models.JSONField(default=dict, blank=True, editable=False)
    draft_at = models.DateTimeField(_("saved half-way"), null=True, blank=True, editable=False)
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(_("link taken back"), null=True, blank=True, editable=False)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("survey invitation")
        verbose_name_plural = _("survey invitations")
        ordering = ["campaign", "account", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "contact"], name="asked_once_a_survey"),
        ]
        indexes = [
            models.Index(fields=["campaign", "left_out", "invited_at"], name="survey_to_write"),
            models.Index(fields=["account", "campaign"], name="invitation_of_account"),
            models.Index(fields=["contact", "-invited_at"], name="invitation_of_contact"),
        ]

    def __str__(self):
        return f"{self.campaign_id}: {self.contact}"
