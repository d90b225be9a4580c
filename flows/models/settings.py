"""What a company may set about its flows and work items."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.models import OneRowModel


class FlowSettings(OneRowModel):
    """One row (流程设置); its shipped values are the defaults of the columns."""

    warn_percent = models.PositiveSmallIntegerField(
        _("warn after this share of the time, in percent"),
        default=80,
        validators=[MinValueValidator(10), MaxValueValidator(99)],
    )
    undo_minutes = models.PositiveSmallIntegerField(_("minutes to take an answer back"), default=10)
    grant_days = models.PositiveSmallIntegerField(
        _("days an approver may still read what they approved"), default=90
    )
    signs_once = models.BooleanField(
        _("who approved the step before is not asked again"), default=True
    )
    escalation_levels = models.PositiveSmallIntegerField(
        _("superiors told of what is late"), default=1, validators=[MaxValueValidator(5)]
    )
    escalation_days = models.PositiveSmallIntegerField(
        _("working days until the next superior is told"), default=1
    )

    class Meta:
        verbose_name = _("flow settings")
        verbose_name_plural = _("flow settings")
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="one_row_of_flow_settings")
        ]
