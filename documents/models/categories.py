"""The index under which collected material is filed."""

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.models import BilingualModel, LibraryModel, VersionedModel
from documents.models.templates import FormKind


class CategoryQuerySet(models.QuerySet):
    def offered(self):
        """Those something may be filed under now."""
        return self.filter(is_active=True)


class ArchiveCategory(LibraryModel, BilingualModel, VersionedModel):
    """One heading of the archive index (档案类别, R-ACC-38), and how long what stands under it
    is kept.

    `form_kind`: completed documents of this kind stand here; files say their category
    themselves. Without `retention_months` nothing under it ever comes up for putting away.
    """

    code = models.SlugField(_("code"), max_length=40, unique=True)
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    retention_months = models.PositiveSmallIntegerField(
        _("kept for, months"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("Counted from the day of filing. Empty: kept without end."),
    )
    form_kind = models.CharField(
        _("holds documents of the kind"),
        max_length=13,
        choices=FormKind,
        blank=True,
    )
    is_active = models.BooleanField(_("offered"), default=True)

    objects = CategoryQuerySet.as_manager()

    class Meta:
        verbose_name = _("archive category")
        verbose_name_plural = _("archive categories")
        ordering = ["position", "code"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(retention_months=None) | models.Q(retention_months__gte=1),
                name="retention_is_a_month_or_more",
            ),
            models.UniqueConstraint(
                fields=["form_kind"],
                condition=~models.Q(form_kind=""),
                name="one_category_of_a_form_kind",
                violation_error_message=_("Another category holds documents of this kind."),
            ),
        ]
