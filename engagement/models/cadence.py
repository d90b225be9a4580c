"""How often which customers are to be met, what fell behind, and the calendars of people."""

import datetime

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, ContactLevel, Tier
from core.models import LibraryModel, OneRowModel, VersionedModel
from engagement.models.visits import Visit
from flows.models import WorkItem
from planning.models.files import OfAccountQuerySet
from teams.models import User

BUSINESS = "business"
LEVELS = [*ContactLevel.choices, (BUSINESS, _("business department"))]


class CadenceRule(LibraryModel, VersionedModel):
    """How often people of one level at accounts of one tier are met and spoken to (走访频次,
    R-ENG-04, R-ENG-21). The account as a whole follows the two intervals of its tier."""

    tier = models.ForeignKey(
        Tier, models.CASCADE, related_name="cadence_rules", verbose_name=_("tier")
    )
    level = models.CharField(_("level of the contact"), max_length=10, choices=LEVELS)
    visit_days = models.PositiveSmallIntegerField(
        _("days between visits"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    contact_days = models.PositiveSmallIntegerField(
        _("days between contacts"), null=True, blank=True, validators=[MinValueValidator(1)]
    )

    class Meta:
        verbose_name = _("cadence")
        verbose_name_plural = _("cadences")
        ordering = ["tier", "level"]
        constraints = [
            models.UniqueConstraint(
                fields=["tier", "level"],
                name="cadence_once",
                violation_error_message=_("There is a cadence of this tier and level already."),
            )
        ]

    def __str__(self):
        return f"{self.tier} · {self.get_level_display()}"


class CadenceSettings(OneRowModel):
    """One row (走访设置): what happens when a customer is not met in time, and how a programme
    lays its visits."""

    escalate_after_days = models.PositiveSmallIntegerField(
        _("days after which the superior is told"), default=7
    )
    task_within = models.CharField(
        _("time to deal with it"), max_length=40, default="3 days", help_text=_("Working time.")
    )
    visits_a_day = models.PositiveSmallIntegerField(
        _("programme visits a day and person"),
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(12)],
    )
    first_at = models.TimeField(_("first visit of a day"), default=datetime.time(9, 30))
    visit_minutes = models.PositiveSmallIntegerField(
        _("minutes of a visit"), default=60, validators=[MinValueValidator(15)]
    )
    travel_minutes = models.PositiveSmallIntegerField(_("minutes between two visits"), default=60)
    months_ahead = models.PositiveSmallIntegerField(
        _("months a programme may reach ahead"),
        default=6,
        validators=[MinValueValidator(1), MaxValueValidator(24)],
    )

    soon_days = models.PositiveSmallIntegerField(
        _("days ahead from which on a visit is said to be due"),
        default=7,
        validators=[MaxValueValidator(90)],
    )

    class Meta:
        verbose_name = _("settings of cadences")
        verbose_name_plural = _("settings of cadences")
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="one_row_of_cadence_settings")
        ]


class CadenceLapse(models.Model):
    """That an account was not visited by its day (超期未访); one row an occurrence.

    `due_on` is the day it should have been by, `item` what was asked of the account manager.
    """

    account = models.ForeignKey(
        Account, models.PROTECT, related_name="cadence_lapses", verbose_name=_("account")
    )
    due_on = models.DateField(_("due on"))
    found_at = models.DateTimeField(_("found at"), default=timezone.now)
    item = models.ForeignKey(
        WorkItem, models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    escalated_at = models.DateTimeField(_("superior told at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    objects = OfAccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("visit that is overdue")
        verbose_name_plural = _("visits that are overdue")
        ordering = ["-due_on", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["account", "due_on"], name="lapse_once"),
        ]
        indexes = [models.Index(fields=["account"], condition=Q(ended_at=None), name="lapse_open")]

    def __str__(self):
        return f"{self.account_id}: {self.due_on}"


class ProgrammeSlot(models.Model):
    """The visit that a programme planned for one due day of an account: so it is planned once."""

    account = models.ForeignKey(
        Account, models.PROTECT, related_name="programme_slots", verbose_name=_("account")
    )
    due_on = models.DateField(_("due on"))
    visit = models.ForeignKey(
        Visit, models.PROTECT, related_name="programme_slots", verbose_name=_("visit")
    )
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)

    objects = OfAccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("visit of a programme")
        verbose_name_plural = _("visits of programmes")
        constraints = [
            models.UniqueConstraint(fields=["account", "due_on"], name="programme_slot_once")
        ]

    def __str__(self):
        return f"{self.account_id}: {self.due_on}"


class ReminderSettings(OneRowModel):
    """One row (提醒设置): how far ahead people are reminded of visits."""

    evening_at = models.TimeField(
        _("remind the evening before at"), null=True, blank=True, default=datetime.time(18, 0),
        help_text=_("By the clocks of the person's city. Empty: not at all."),
    )  # fmt: skip
    minutes_before = models.PositiveSmallIntegerField(
        _("minutes before a visit"), null=True, blank=True, default=120,
        help_text=_("Empty: not at all."),
    )  # fmt: skip

    feed_reads = models.PositiveSmallIntegerField(
        _("times a minute a calendar may be read"),
        default=30,
        validators=[MinValueValidator(1)],
        help_text=_("Of one address. A calendar program asks some times an hour."),
    )

    class Meta:
        verbose_name = _("settings of reminders")
        verbose_name_plural = _("settings of reminders")
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="one_row_of_reminder_settings")
        ]


class CalendarFeed(models.Model):
    """The secret address under which a calendar program reads a person's visits (日历订阅).

    Only the hash of the secret is stored; making a new one ends the old one.
    """

    user = models.OneToOneField(
        User, models.CASCADE, related_name="calendar_feed", verbose_name=_("person")
    )
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("calendar feed")
        verbose_name_plural = _("calendar feeds")

    def __str__(self):
        return str(self.user)
