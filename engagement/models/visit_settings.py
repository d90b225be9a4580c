"""What a company may set about its visits."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.models import OneRowModel


class VisitSettings(OneRowModel):
    """One row (拜访设置); its shipped values are the defaults of the columns."""

    record_days = models.PositiveSmallIntegerField(
        _("working days to write the record"),
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(60)],
        help_text=_("Counted from the visit itself; it stands above the limit of the flow's step."),
    )
    plan_days = models.PositiveSmallIntegerField(
        _("days before the visit until which its plan may wait"),
        default=7,
        validators=[MaxValueValidator(90)],
        help_text=_("Where the flow's step gives more time than that, its limit stands."),
    )
    usual_minutes = models.PositiveSmallIntegerField(
        _("minutes a visit usually takes"),
        default=60,
        validators=[MinValueValidator(5), MaxValueValidator(1440)],
    )
    gap_minutes = models.PositiveSmallIntegerField(
        _("minutes to keep free around a visit"),
        default=30,
        validators=[MaxValueValidator(480)],
        help_text=_("Two visits closer than this are shown as a double booking."),
    )
    check_in_hours = models.PositiveSmallIntegerField(
        _("hours before the visit from which on one may check in"),
        default=12,
        validators=[MaxValueValidator(168)],
    )
    brief_visits = models.PositiveSmallIntegerField(
        _("visits shown in a brief"),
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(20)],
    )
    series_most = models.PositiveSmallIntegerField(
        _("most visits of one series"),
        default=52,
        validators=[MinValueValidator(2), MaxValueValidator(260)],
    )

    class Meta:
        verbose_name = _("visit settings")
        verbose_name_plural = _("visit settings")
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="one_row_of_visit_settings")
        ]
