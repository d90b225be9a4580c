"""What accounts are sorted by: industries and tier schemes, all of it data."""

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.models import BilingualModel, LibraryModel, TimestampedModel, VersionedModel, in_language
from teams.models import Unit


class Industry(LibraryModel, BilingualModel, VersionedModel):
    """An industry (行业, R-ACC-04). `radiating_effect` marks one whose people influence others."""

    code = models.CharField(_("code"), max_length=60, unique=True)
    is_priority = models.BooleanField(_("priority industry"), default=False)
    radiating_effect = models.BooleanField(_("radiating effect"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    position = models.PositiveSmallIntegerField(_("order"), default=100)

    class Meta:
        verbose_name = _("industry")
        verbose_name_plural = _("industries")
        ordering = ["position", "name_zh", "name_en"]


class TierScheme(LibraryModel, BilingualModel, VersionedModel):
    """A way to divide key accounts into tiers (等级体系, R-ACC-13 to 16)."""

    code = models.CharField(_("code"), max_length=40, unique=True)
    description_zh = models.TextField(_("description (Chinese)"), blank=True)
    description_en = models.TextField(_("description (English)"), blank=True)
    is_default = models.BooleanField(_("default scheme"), default=False)

    class Meta:
        verbose_name = _("tier scheme")
        verbose_name_plural = _("tier schemes")
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"],
                condition=Q(is_default=True),
                name="one_default_scheme",
                violation_error_message=_("Another scheme is the default."),
            )
        ]

    @property
    def description(self):
        return in_language(self.description_zh, self.description_en)


class ServiceMode(models.TextChoices):
    RESIDENT = "resident", _("resident")
    VISITING = "visiting", _("visiting")


class Tier(LibraryModel, BilingualModel, VersionedModel):
    """One tier of a scheme (等级). `rank` 1 is the highest; no code knows a tier by name.

    Empty criteria block automatic assignment (choice C-03).
    """

    scheme = models.ForeignKey(
        TierScheme, models.CASCADE, related_name="tiers", verbose_name=_("scheme")
    )
    code = models.CharField(_("code"), max_length=40)
    rank = models.PositiveSmallIntegerField(_("rank"), help_text=_("1 is the highest tier."))
    mark_zh = models.CharField(_("seal (Chinese)"), max_length=1)
    mark_en = models.CharField(_("seal (English)"), max_length=1)
    look = models.PositiveSmallIntegerField(
        _("look of the seal"),
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(4)],
        help_text=_("1 darkest to 4 dashed."),
    )
    criteria_zh = models.TextField(_("criteria (Chinese)"), blank=True)
    criteria_en = models.TextField(_("criteria (English)"), blank=True)
    is_key = models.BooleanField(
        _("counts as key account"), default=True, help_text=_("R-ACC-10, strategy axis.")
    )
    only_without_contract = models.BooleanField(
        _("only without a signed contract"),
        default=False,
        help_text=_("For potential accounts: a first contract proposes another tier (R-ACC-13)."),
    )
    top_n = models.PositiveIntegerField(
        _("at most this many accounts"), null=True, blank=True, help_text=_("Rank cut-off.")
    )
    service_mode = models.CharField(
        _("service mode"), max_length=8, choices=ServiceMode, blank=True
    )
    visit_interval_days = models.PositiveSmallIntegerField(
        _("days between visits"), null=True, blank=True
    )
    contact_interval_days = models.PositiveSmallIntegerField(
        _("days between contacts"), null=True, blank=True
    )
    survey_interval_days = models.PositiveSmallIntegerField(
        _("days between surveys"), null=True, blank=True
    )
    callback_interval_days = models.PositiveSmallIntegerField(
        _("days between callbacks"), null=True, blank=True
    )
    file_interval_days = models.PositiveSmallIntegerField(
        _("days between confirmations of the file"),
        null=True,
        blank=True,
        default=90,
        help_text=_("Empty: files of this tier need no confirmation."),
    )

    class Meta:
        verbose_name = _("tier")
        verbose_name_plural = _("tiers")
        ordering = ["scheme", "rank"]
        constraints = [
            models.UniqueConstraint(fields=["scheme", "rank"], name="tier_rank_once"),
            models.UniqueConstraint(fields=["scheme", "code"], name="tier_code_once"),
        ]

    @property
    def mark(self):
        return in_language(self.mark_zh, self.mark_en)

    @property
    def criteria(self):
        return in_language(self.criteria_zh, self.criteria_en)


class DivisionTierScheme(TimestampedModel):
    """Which scheme a division uses (事业部等级体系); one row a division at most.

    Without a row a division follows the company's row, else the default scheme.
    """

    division = models.OneToOneField(
        Unit,
        models.CASCADE,
        related_name="tier_scheme_choice",
        verbose_name=_("division"),
        limit_choices_to={"kind__in": ["company", "division"]},
    )
    scheme = models.ForeignKey(TierScheme, models.PROTECT, verbose_name=_("scheme"))

    class Meta:
        verbose_name = _("tier scheme of a division")
        verbose_name_plural = _("tier schemes of divisions")

    def __str__(self):
        return f"{self.division}: {self.scheme}"


class TierMapping(LibraryModel, TimestampedModel):
    """What a tier becomes when a division changes its scheme (等级对照)."""

    from_tier = models.ForeignKey(
        Tier, models.CASCADE, related_name="maps_to", verbose_name=_("from tier")
    )
    to_tier = models.ForeignKey(
        Tier, models.CASCADE, related_name="mapped_from", verbose_name=_("to tier")
    )
    to_scheme = models.ForeignKey(
        TierScheme, models.CASCADE, related_name="+", verbose_name=_("to scheme")
    )

    class Meta:
        verbose_name = _("tier mapping")
        verbose_name_plural = _("tier mappings")
        constraints = [
            models.UniqueConstraint(fields=["from_tier", "to_scheme"], name="tier_mapped_once"),
            models.CheckConstraint(
                condition=~Q(from_tier=F("to_tier")), name="tier_not_mapped_to_itself"
            ),
        ]

    def __str__(self):
        return f"{self.from_tier} → {self.to_tier}"


class QualificationTrait(LibraryModel, BilingualModel, VersionedModel):
    """One of the traits that make a customer a key account (大客户特征, R-ACC-02)."""

    code = models.CharField(_("code"), max_length=40, unique=True)
    position = models.PositiveSmallIntegerField(_("order"), default=100)
    weight = models.DecimalField(_("weight"), max_digits=5, decimal_places=2, default=Decimal(1))
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("qualification trait")
        verbose_name_plural = _("qualification traits")
        ordering = ["position", "code"]
