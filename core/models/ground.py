"""Tables without a person: the company's settings, money, cities."""

from decimal import Decimal

from django.core.cache import cache
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models.base import BilingualModel, LibraryModel, TimestampedModel, VersionedModel


class Currency(LibraryModel, BilingualModel):
    """A currency (币种) amounts may be stated in."""

    code = models.CharField(_("code"), max_length=3, primary_key=True)
    symbol = models.CharField(_("symbol"), max_length=4, blank=True)
    decimals = models.PositiveSmallIntegerField(
        _("decimal places"), default=2, validators=[MaxValueValidator(4)]
    )

    class Meta:
        verbose_name = _("currency")
        verbose_name_plural = _("currencies")
        ordering = ["code"]


class ExchangeRate(TimestampedModel):
    """What one unit of a currency is worth in the company currency from a day on (汇率).

    The rate in force on a day is the latest one not after it; without one an entry is refused.
    """

    currency = models.ForeignKey(
        Currency, models.CASCADE, verbose_name=_("currency"), related_name="rates"
    )
    valid_from = models.DateField(_("valid from"))
    rate = models.DecimalField(
        _("rate"),
        max_digits=15,
        decimal_places=6,
        validators=[MinValueValidator(Decimal("0.000001"))],
    )

    class Meta:
        verbose_name = _("exchange rate")
        verbose_name_plural = _("exchange rates")
        ordering = ["currency", "-valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["currency", "valid_from"], name="rate_once_a_day"),
            models.CheckConstraint(condition=Q(rate__gt=0), name="rate_positive"),
        ]

    def __str__(self):
        return f"{self.currency_id} {self.valid_from}: {self.rate}"


class City(LibraryModel, BilingualModel):
    """A city (城市) where accounts have sites and teams have units."""

    province_zh = models.CharField(_("province (Chinese)"), max_length=60, blank=True)
    province_en = models.CharField(_("province (English)"), max_length=60, blank=True)
    country_code = models.CharField(_("country code"), max_length=2, default="CN")
    time_zone = models.CharField(_("time zone"), max_length=60, default="Asia/Shanghai")
    latitude = models.DecimalField(
        _("latitude"), max_digits=8, decimal_places=5, null=True, blank=True
    )
    longitude = models.DecimalField(
        _("longitude"), max_digits=8, decimal_places=5, null=True, blank=True
    )

    class Meta:
        verbose_name = _("city")
        verbose_name_plural = _("cities")
        ordering = ["name_zh", "name_en"]


class CompanySettings(VersionedModel):
    """The one row of settings that hold for the whole company (公司设置)."""

    SINGLETON = 1

    name_zh = models.CharField(_("company name (Chinese)"), max_length=120, blank=True)
    name_en = models.CharField(_("company name (English)"), max_length=120, blank=True)
    currency = models.ForeignKey(
        Currency,
        models.PROTECT,
        verbose_name=_("company currency"),
        default="CNY",
        help_text=_("Totals are shown in this currency. Fixed once amounts exist."),
    )
    time_zone = models.CharField(_("time zone"), max_length=60, default="Asia/Shanghai")
    fiscal_year_start_month = models.PositiveSmallIntegerField(
        _("first month of the fiscal year"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(12)],
    )
    new_customer_months = models.PositiveSmallIntegerField(
        _("months a customer counts as new"),
        default=12,
        help_text=_("Counted from the first signed contract."),
    )
    past_customer_months = models.PositiveSmallIntegerField(
        _("months without a contract until a customer is past"), default=24
    )
    control_point_days = models.PositiveSmallIntegerField(
        _("days until a control point is due anew"),
        default=365,
        validators=[MinValueValidator(1)],
        help_text=_("Counted from the last time it was done."),
    )
    file_number_prefix = models.CharField(_("file number prefix"), max_length=8, default="KA-")
    opportunity_number_prefix = models.CharField(
        _("opportunity number prefix"), max_length=8, default="OP-"
    )
    list_page_size = models.PositiveSmallIntegerField(
        _("rows on a list page"),
        default=50,
        validators=[MinValueValidator(10), MaxValueValidator(200)],
    )
    export_max_rows = models.PositiveIntegerField(_("rows in one export at most"), default=100_000)
    import_max_megabytes = models.PositiveSmallIntegerField(
        _("megabytes in one import at most"), default=30, validators=[MinValueValidator(1)]
    )
    import_max_rows = models.PositiveIntegerField(_("rows in one import at most"), default=200_000)
    import_max_columns = models.PositiveSmallIntegerField(
        _("columns in one import at most"), default=200
    )
    import_keep_days = models.PositiveSmallIntegerField(
        _("days an imported file is kept"),
        default=90,
        help_text=_("After that the file is deleted; an import can still be undone."),
    )
    bulk_edit_max_rows = models.PositiveSmallIntegerField(
        _("records in one bulk edit at most"), default=500
    )
    dashboard_top_accounts = models.PositiveSmallIntegerField(
        _("largest accounts named on the dashboard"),
        default=10,
        validators=[MinValueValidator(3), MaxValueValidator(50)],
    )

    class Meta:
        verbose_name = _("company settings")
        verbose_name_plural = _("company settings")
        constraints = [models.CheckConstraint(condition=Q(id=1), name="one_company")]

    def __str__(self):
        return self.name_zh or self.name_en or str(_("company settings"))


class NumberSequence(models.Model):
    """The last number given out for a kind of record (编号)."""

    code = models.CharField(_("kind"), max_length=40, primary_key=True)
    last = models.PositiveBigIntegerField(_("last number"), default=0)

    class Meta:
        verbose_name = _("number sequence")
        verbose_name_plural = _("number sequences")

    def __str__(self):
        return f"{self.code}: {self.last}"


COMPANY_CACHE_KEY = "company-settings"


def company() -> CompanySettings:
    """The company's settings, from the shared cache; the shipped defaults where none are stored."""
    row = cache.get(COMPANY_CACHE_KEY)
    if row is None:
        row = CompanySettings.objects.first() or CompanySettings(id=CompanySettings.SINGLETON)
        cache.set(COMPANY_CACHE_KEY, row, 60)
    return row
