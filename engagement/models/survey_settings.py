"""What a company sets about surveys: its limits, the cadence of a tier, the plays."""

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import ContactLevel, Tier
from core.models import (
    BilingualModel,
    LibraryModel,
    OneRowModel,
    VersionedModel,
    company,
    in_language,
)
from documents.models import DocumentTemplate
from engagement.scoring import Limits

HUNDRED = [MinValueValidator(0), MaxValueValidator(100)]


class NpsGroup(models.TextChoices):
    """What somebody says of us to others, by their 0 to 10."""

    DETRACTOR = "detractor", _("detractor")
    PASSIVE = "passive", _("passive")
    PROMOTER = "promoter", _("promoter")


class CadenceMode(models.TextChoices):
    OFF = "off", _("does nothing")
    DRAFT = "draft", _("prepares a draft")
    SCHEDULE = "schedule", _("prepares and schedules it")


class SurveySettings(OneRowModel):
    """The one row of settings of surveys (满意度调查设置); its shipped values are the defaults."""

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
    call_field = models.SlugField(_("field that asks for a call"), default="call_back", blank=True)
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
        constraints = [models.CheckConstraint(condition=Q(id=1), name="one_row_of_survey_settings")]

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
    kind = models.CharField(_("starts"), max_length=9, choices=PlayKind, default=PlayKind.WORK_ITEM)
    who = models.CharField(_("for"), max_length=15, choices=PlayRole, default=PlayRole.MANAGER)
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
