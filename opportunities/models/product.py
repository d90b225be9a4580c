"""What we sell."""

from decimal import Decimal

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models import BilingualModel, Currency, VersionedModel, in_language


class ProductQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The catalogue is open to every colleague; floor price and cost are field rights."""
        return self if user.is_active else self.none()


class Product(BilingualModel, VersionedModel):
    """A product or service of the catalogue (产品)."""

    code = models.CharField(_("code"), max_length=40, unique=True)
    family_zh = models.CharField(_("series (Chinese)"), max_length=80, blank=True)
    family_en = models.CharField(_("series (English)"), max_length=80, blank=True)
    list_price = models.DecimalField(
        _("list price"),
        max_digits=15,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
    )
    floor_price = models.DecimalField(
        _("floor price"),
        max_digits=15,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
        help_text=_("Seen only by posts that may see cost."),
    )
    currency = models.ForeignKey(
        Currency, models.PROTECT, related_name="+", verbose_name=_("currency"), default="CNY"
    )
    unit_zh = models.CharField(_("unit (Chinese)"), max_length=20, blank=True)
    unit_en = models.CharField(_("unit (English)"), max_length=20, blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    objects = ProductQuerySet.as_manager()

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(list_price=None) | Q(list_price__gte=0), name="list_price_not_negative"
            )
        ]

    @property
    def family(self):
        return in_language(self.family_zh, self.family_en)

    @property
    def unit(self):
        return in_language(self.unit_zh, self.unit_en)
