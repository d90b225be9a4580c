"""Satisfaction surveys: campaigns, who is asked, what was answered, and how it scored."""

import datetime
import secrets
from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Contact, ContactLevel, Industry, Tier
from core.models import BilingualModel, LibraryModel, VersionedModel, company, in_language
from documents.models import Document, DocumentTemplate, DocumentVersion
from engagement.scoring import Limits
from planning.models.files import OfAccountQuerySet
from teams.models import Unit, User

LANGUAGES = (("zh-hans", _("Simplified Chinese")), ("en", _("English")))
HUNDRED = [MinValueValidator(0), MaxValueValidator(100)]


class NpsGroup(models.TextChoices):
    """What somebody says of us to others, by their 0 to 10."""

    DETRACTOR = "detractor", _("detractor")
    PASSIVE = "passive", _("passive")
    PROMOTER = "promoter", _("promoter")


# ---------- what a company sets ----------


class CadenceMode(models.TextChoices):
    OFF = "off", _("does nothing")
    DRAFT = "draft", _("prepares a draft")
    SCHEDULE = "schedule", _("prepares and schedules it")


class SurveySettings(VersionedModel):
    """The one row of settings of surveys (满意度调查设置); its shipped values are the defaults."""

    SINGLETON = 1

    questionnaire = models.ForeignKey(
        DocumentTemplate,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("questionnaire"),
        help_text=_("Empty: the shipped satisfaction questionnaire."),
        limit_choices_to={"kind": "questionnaire"},
    )
    nps_field = models.SlugField(
        _("field of the 0 to 10 question"),
        default="nps",
        help_text=_("Code of the field of a questionnaire that asks whether we are recommended."),
    )
    call_field = models.SlugField(
        _("field that asks for a call"), default="call_back", blank=True
    )
    wish_field = models.SlugField(
        _("field whose text becomes an opinion"), default="improve", blank=True
    )
    open_days = models.PositiveSmallIntegerField(
        _("days a survey stays open"), default=14, validators=[MinValueValidator(1)]
    )
    remind_after_days = models.PositiveSmallIntegerField(
        _("days until who has not answered is reminded"),
        default=5,
        validators=[MinValueValidator(1)],
    )
    reminders = models.PositiveSmallIntegerField(
        _("reminders at most"), default=1, validators=[MaxValueValidator(3)]
    )
    rest_days = models.PositiveSmallIntegerField(
        _("days during which nobody is asked a second time"), default=30
    )
    consent_needed = models.BooleanField(
        _("only those who agreed to be contacted"),
        default=False,
        help_text=_("Who refused is never asked. Off: who never said may be written to."),
    )
    cadence = models.CharField(
        _("when accounts are due by their tier, the nightly job"),
        max_length=8,
        choices=CadenceMode,
        default=CadenceMode.DRAFT,
    )
    lead_days = models.PositiveSmallIntegerField(
        _("days between preparing a survey and sending it"), default=7
    )
    low_score = models.DecimalField(
        _("an account needs improvement below"),
        max_digits=4,
        decimal_places=1,
        default=Decimal(60),
        validators=HUNDRED,
    )
    low_dimension = models.DecimalField(
        _("a dimension needs improvement below"),
        max_digits=4,
        decimal_places=1,
        default=Decimal(60),
        validators=HUNDRED,
    )
    action_days = models.PositiveSmallIntegerField(
        _("days for an improvement"), default=30, validators=[MinValueValidator(1)]
    )
    opinion_days = models.PositiveSmallIntegerField(
        _("days for an opinion"), default=14, validators=[MinValueValidator(1)]
    )
    misses_per_minute = models.PositiveIntegerField(
        _("wrong links a minute from one place"), default=60, validators=[MinValueValidator(1)]
    )
    posts_per_minute = models.PositiveIntegerField(
        _("savings a minute of one link"), default=60, validators=[MinValueValidator(5)]
    )
    longest_answer_kb = models.PositiveIntegerField(
        _("kilobytes of an answer at most"), default=200, validators=[MinValueValidator(10)]
    )
    sender_zh = models.CharField(_("signed by (Chinese)"), max_length=120, blank=True)
    sender_en = models.CharField(_("signed by (English)"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("survey settings")
        verbose_name_plural = _("survey settings")
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="one_row_of_survey_settings")
        ]

    def __str__(self):
        return str(_("survey settings"))

    @classmethod
    def current(cls) -> "SurveySettings":
        return cls.objects.filter(pk=cls.SINGLETON).first() or cls(pk=cls.SINGLETON)

    @property
    def sender(self) -> str:
        """Who asks, as customers read it: what is set here, else the company."""
        house = company()
        own = in_language(self.sender_zh, self.sender_en)
        return own or in_language(house.name_zh, house.name_en)


class SurveyCadence(VersionedModel):
    """How a tier is surveyed (分级调查安排), beside its days between surveys. No row: every level,
    by the company's limits."""

    tier = models.OneToOneField(
        Tier, models.CASCADE, related_name="survey_cadence", verbose_name=_("tier")
    )
    asks_senior = models.BooleanField(_("asks senior people"), default=True)
    asks_middle = models.BooleanField(_("asks middle people"), default=True)
    asks_grassroots = models.BooleanField(_("asks people at the base"), default=True)
    asks_unknown = models.BooleanField(_("asks people without a level"), default=True)
    low_score = models.DecimalField(
        _("an account needs improvement below"),
        max_digits=4,
        decimal_places=1,
        null=True,
        blank=True,
        validators=HUNDRED,
        help_text=_("Empty: as for the company."),
    )
    low_dimension = models.DecimalField(
        _("a dimension needs improvement below"),
        max_digits=4,
        decimal_places=1,
        null=True,
        blank=True,
        validators=HUNDRED,
        help_text=_("Empty: as for the company."),
    )

    class Meta:
        verbose_name = _("survey cadence of a tier")
        verbose_name_plural = _("survey cadences of tiers")

    def __str__(self):
        return str(self.tier)

    @property
    def levels(self) -> list[str]:
        asked = {
            ContactLevel.SENIOR.value: self.asks_senior,
            ContactLevel.MIDDLE.value: self.asks_middle,
            ContactLevel.GRASSROOTS.value: self.asks_grassroots,
            "": self.asks_unknown,
        }
        return [level for level, wanted in asked.items() if wanted]

    def limits(self, house: SurveySettings) -> Limits:
        return Limits(
            house.low_score if self.low_score is None else self.low_score,
            house.low_dimension if self.low_dimension is None else self.low_dimension,
        )


class PlayKind(models.TextChoices):
    """What a play starts."""

    WORK_ITEM = "work_item", _("something to do")
    ACTION = "action", _("an improvement action")


class PlayRole(models.TextChoices):
    """For whom, as seen from the account."""

    MANAGER = "manager", _("the account manager")
    CHIEF = "chief", _("the chief account manager")
    DEPARTMENT_HEAD = "department_head", _("the head of the department")


class SurveyPlay(LibraryModel, BilingualModel, VersionedModel):
    """What an answer of a kind of customer sets going (回应剧本): who does what by when."""

    code = models.CharField(_("code"), max_length=40, unique=True)
    group = models.CharField(_("answers of"), max_length=9, choices=NpsGroup)
    kind = models.CharField(
        _("starts"), max_length=9, choices=PlayKind, default=PlayKind.WORK_ITEM
    )
    who = models.CharField(
        _("for"), max_length=15, choices=PlayRole, default=PlayRole.MANAGER
    )
    within_days = models.PositiveSmallIntegerField(
        _("within days"), default=3, validators=[MinValueValidator(1)]
    )
    only_if_asked = models.BooleanField(_("only where a call is asked for"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    position = models.PositiveSmallIntegerField(_("order"), default=100)

    class Meta:
        verbose_name = _("survey play")
        verbose_name_plural = _("survey plays")
        ordering = ["group", "position", "code"]


# ---------- campaigns ----------


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
    remind_after = models.DurationField(
        _("reminds after"), default=datetime.timedelta(days=5)
    )
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
                condition=Q(state__in=["draft", "scheduled", "cancelled"])
                | Q(form__isnull=False),
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


class LeftOut(models.TextChoices):
    """Why a contact is not asked."""

    NO_EMAIL = "no_email", _("no e-mail address")
    REFUSED = "refused", _("refused to be contacted")
    NOT_ASKED = "not_asked", _("consent was never asked for")
    RESTING = "resting", _("asked not long ago")
    BY_HAND = "by_hand", _("left out by hand")


def new_nonce() -> str:
    return secrets.token_hex(16)


class InvitationQuerySet(OfAccountQuerySet):
    def asked(self):
        return self.filter(left_out="")


class SurveyInvitation(VersionedModel):
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
    address = models.EmailField(_("e-mail"), blank=True)
    language = models.CharField(
        _("language"), max_length=10, choices=LANGUAGES, default="zh-hans"
    )
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


class SurveyResponse(VersionedModel):
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
    language = models.CharField(_("language"), max_length=10, choices=LANGUAGES)
    score = models.DecimalField(
        _("score"), max_digits=4, decimal_places=1, null=True, blank=True
    )
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
            models.Index(
                fields=["id"], condition=Q(handled_at=None), name="response_to_follow_up"
            ),
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
            models.Index(
                fields=["campaign", "account", "dimension"], name="score_of_campaign"
            ),
        ]

    def __str__(self):
        return f"{self.dimension} {self.score}"
