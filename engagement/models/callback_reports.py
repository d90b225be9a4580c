"""What a company may set about its callbacks, and the reports that were signed."""

import datetime

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.models import OneRowModel, TimestampedModel
from teams.models import User
from teams.rights import Right


class ListApproval(models.TextChoices):
    """Which callbacks are put on a list that the head of domestic sales approves first."""

    REGULAR = "regular", _("regular ones")
    ALL = "all", _("all of them")
    NONE = "none", _("none")


class CallbackSettings(OneRowModel):
    """One row (回访设置); its shipped values are the defaults of the columns. How often a customer
    is called back is said by its tier."""

    list_approval = models.CharField(
        _("callbacks whose list is approved before the call"),
        max_length=7,
        choices=ListApproval,
        default=ListApproval.REGULAR,
    )
    lead_days = models.PositiveSmallIntegerField(
        _("days ahead a regular callback is planned"),
        default=10,
        validators=[MaxValueValidator(90)],
    )
    event_days = models.PositiveSmallIntegerField(
        _("days after a complaint or a service call until which it is called back"),
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(60)],
    )
    tries = models.PositiveSmallIntegerField(
        _("attempts to reach a customer"),
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(20)],
        help_text=_("After the last one the callback ends with a reason."),
    )
    retry_days = models.PositiveSmallIntegerField(
        _("days until the next attempt"),
        default=2,
        validators=[MinValueValidator(1), MaxValueValidator(30)],
        help_text=_("Offered by the form; another day may be chosen."),
    )
    complete_days = models.PositiveSmallIntegerField(
        _("working days from the call until it is handled"),
        default=10,
        validators=[MinValueValidator(1), MaxValueValidator(90)],
        help_text=_("It stands above the limits of the flow's steps."),
    )
    calls_a_day = models.PositiveSmallIntegerField(
        _("planned callbacks a day and person"),
        default=8,
        validators=[MinValueValidator(1), MaxValueValidator(60)],
    )
    first_at = models.TimeField(_("first callback of a day"), default=datetime.time(10, 0))
    minutes = models.PositiveSmallIntegerField(
        _("minutes a callback takes"),
        default=15,
        validators=[MinValueValidator(5), MaxValueValidator(240)],
    )
    remind_at = models.TimeField(
        _("remind of the callbacks of a day at"),
        null=True,
        blank=True,
        default=datetime.time(8, 30),
        help_text=_("By the clocks of the person's city. Empty: not at all."),
    )
    complaint_flow = models.CharField(
        _("flow of complaints whose end is called back"),
        max_length=40,
        blank=True,
        default="F-21",
        help_text=_("Empty: none."),
    )
    complaint_end = models.CharField(
        _("and which end"), max_length=40, blank=True, default="closed"
    )
    signing_post = models.CharField(
        _("code of the post that signs the report"), max_length=40, default="head_domestic_sales"
    )

    class Meta:
        verbose_name = _("callback settings")
        verbose_name_plural = _("callback settings")
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="one_row_of_callback_settings")
        ]


class ReportQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Who leads or plans, and who signed: the figures are of the whole house."""
        if not user.is_active:
            return self.none()
        if user.sees_everything or user.has_right(Right.SEE_DASHBOARD):
            return self
        return self.filter(signed_by=user)


class CallbackReport(TimestampedModel):
    """A callback report (客户回访报告, R-ENG-29) as it was signed: its figures of that moment, who
    signed and when. Written once; signing a period again makes another edition."""

    number = models.CharField(_("number"), max_length=40, unique=True, editable=False)
    begins = models.DateField(_("from"))
    ends = models.DateField(_("until"))
    edition = models.PositiveSmallIntegerField(_("edition"), default=1)
    figures = models.JSONField(_("figures"))
    conclusion = models.TextField(_("conclusion and measures"), max_length=4000)
    signed_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", verbose_name=_("signed by")
    )
    signed_name = models.CharField(_("name of who signed"), max_length=200)
    signed_post = models.CharField(_("post of who signed"), max_length=200, blank=True)
    signed_at = models.DateTimeField(_("signed at"))

    # Read in the report itself, not in history.
    untold = frozenset({"figures"})

    objects = ReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("callback report")
        verbose_name_plural = _("callback reports")
        ordering = ["-begins", "-ends", "-edition"]
        constraints = [
            models.UniqueConstraint(
                fields=["begins", "ends", "edition"], name="callback_report_edition_once"
            ),
            models.CheckConstraint(
                condition=Q(ends__gte=F("begins")), name="callback_report_has_days"
            ),
        ]

    def __str__(self):
        return self.number

    def get_absolute_url(self):
        return reverse("engagement:callback_report_detail", args=[self.pk])
