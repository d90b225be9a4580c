"""Visits to customers, planned, under way and held, and who takes part in them."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Account, AccountSite, Contact
from core.models import Currency, TimestampedModel, VersionedModel
from flows.models import WorkItem
from planning.models.files import OfAccountQuerySet
from teams.models import User


class VisitKind(models.TextChoices):
    """Why a visit is in the calendar (choice C-13)."""

    SINGLE = "single", _("single visit")
    PROGRAMME = "programme", _("visiting programme")


class VisitStatus(models.TextChoices):
    """Where a visit stands (F-02), in the order of its way."""

    DRAFT = "draft", _("draft")
    PLAN_SUBMITTED = "plan_submitted", _("plan submitted")
    PLAN_CONFIRMED = "plan_confirmed", _("plan confirmed")
    APPLIED = "applied", _("applied for")
    FUNDED = "funded", _("funded")
    REFUSED = "refused", _("refused")
    VISITED = "visited", _("visited")
    RECORDED = "recorded", _("recorded")
    ARCHIVED = "archived", pgettext_lazy("visit", "archived")
    CANCELLED = "cancelled", _("cancelled")


AHEAD_STATUSES = (
    VisitStatus.DRAFT,
    VisitStatus.PLAN_SUBMITTED,
    VisitStatus.PLAN_CONFIRMED,
    VisitStatus.APPLIED,
    VisitStatus.FUNDED,
)
HELD_STATUSES = (VisitStatus.VISITED, VisitStatus.RECORDED, VisitStatus.ARCHIVED)


class RepeatUnit(models.TextChoices):
    WEEK = "week", _("weeks")
    MONTH = "month", _("months")


class VisitSeries(TimestampedModel):
    """Visits that repeat (周期拜访): every so many weeks or months, until a day or a number.

    Each occurrence is a Visit of its own with its own flow; the series only says what they share.
    """

    every = models.PositiveSmallIntegerField(
        _("every"), default=1, validators=[MinValueValidator(1), MaxValueValidator(24)]
    )
    unit = models.CharField(
        _("unit of time"), max_length=5, choices=RepeatUnit, default=RepeatUnit.MONTH
    )
    until = models.DateField(_("until"), null=True, blank=True)
    count = models.PositiveSmallIntegerField(_("number of visits"), null=True, blank=True)
    created_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("planned by")
    )

    class Meta:
        verbose_name = _("series of visits")
        verbose_name_plural = _("series of visits")
        constraints = [
            models.CheckConstraint(
                condition=Q(until__isnull=False) | Q(count__isnull=False),
                name="visit_series_has_an_end",
                violation_error_message=_("Say until when, or how many visits."),
            )
        ]

    def __str__(self):
        return f"{self.every} {self.get_unit_display()}"


class VisitQuerySet(OfAccountQuerySet):
    def visible_to(self, user):
        """Whoever sees the account, whoever goes along, and whoever has to decide on it."""
        rows = super().visible_to(user)
        if not user.is_active or user.sees_everything:
            return rows
        asked = WorkItem.objects.granting(user).filter(subject_type="visit")
        along = VisitColleague.objects.filter(user=user)
        return self.filter(
            Q(pk__in=rows.values("pk"))
            | Q(pk__in=asked.values("subject_id"))
            | Q(pk__in=along.values("visit"))
        )

    def of_person(self, user):
        """Of what they see, what a person visits or goes along to. It needs none of the work
        they were asked to do, and so two queries less than `visible_to`."""
        along = VisitColleague.objects.filter(user=user).values("visit")
        own = OfAccountQuerySet.visible_to(Visit.objects.filter(owner=user), user)
        if not user.is_active:
            return self.none()
        return self.filter(Q(pk__in=own.values("pk")) | Q(pk__in=along))

    def ahead(self):
        """Still to be held."""
        return self.filter(status__in=AHEAD_STATUSES)

    def held(self):
        return self.filter(status__in=HELD_STATUSES)


class Visit(VersionedModel):
    """A visit to a customer (客户拜访, F-02, R-ENG-01, R-ENG-02).

    `status` is steered by the flow on it and written by nothing else. `held_at` is when it really
    took place; empty until then.
    """

    number = models.CharField(_("number"), max_length=40, unique=True, editable=False)
    account = models.ForeignKey(
        Account, models.PROTECT, related_name="visits", verbose_name=_("account")
    )
    site = models.ForeignKey(
        AccountSite,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("site"),
    )
    place = models.CharField(_("place"), max_length=300, blank=True)
    kind = models.CharField(_("kind"), max_length=12, choices=VisitKind, default=VisitKind.SINGLE)
    owner = models.ForeignKey(
        User, models.PROTECT, related_name="visits", verbose_name=_("who visits")
    )
    series = models.ForeignKey(
        VisitSeries,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="visits",
        verbose_name=_("series of visits"),
        editable=False,
    )
    purpose = models.CharField(_("purpose"), max_length=300)
    agenda = models.TextField(_("agenda"), blank=True)
    starts_at = models.DateTimeField(_("begins"))
    ends_at = models.DateTimeField(_("ends"))
    status = models.CharField(
        _("status"),
        max_length=16,
        choices=VisitStatus,
        default=VisitStatus.DRAFT,
        editable=False,
    )
    budget = models.DecimalField(
        _("funds asked for"), max_digits=15, decimal_places=2, null=True, blank=True
    )
    currency = models.ForeignKey(
        Currency,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("currency"),
    )
    held_at = models.DateTimeField(_("held at"), null=True, blank=True, editable=False)
    recorded_at = models.DateTimeField(_("recorded at"), null=True, blank=True, editable=False)
    reason = models.TextField(
        _("why it was moved, refused or cancelled"), blank=True, editable=False
    )
    created_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("planned by"),
        editable=False,
    )

    objects = VisitQuerySet.as_manager()

    class Meta:
        verbose_name = _("visit")
        verbose_name_plural = _("visits")
        ordering = ["-starts_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="visit_ends_after_it_begins",
                violation_error_message=_("A visit ends after it begins."),
            ),
            models.CheckConstraint(
                condition=Q(budget=None) | Q(budget__gte=0, currency__isnull=False),
                name="visit_funds_have_currency",
            ),
        ]
        indexes = [
            models.Index(fields=["account", "-starts_at"], name="visit_of_account"),
            models.Index(fields=["owner", "starts_at"], name="visit_of_owner"),
            models.Index(fields=["starts_at", "id"], name="visit_calendar"),
            models.Index(fields=["status", "starts_at"], name="visit_status"),
        ]

    def __str__(self):
        return self.number

    def get_absolute_url(self):
        return reverse("engagement:visit_detail", args=[self.pk])

    @property
    def where(self) -> str:
        """Where it takes place: what was written, else the site."""
        return self.place or (str(self.site) if self.site_id else "")

    @property
    def is_ahead(self) -> bool:
        return self.status in AHEAD_STATUSES


class VisitContact(models.Model):
    """Somebody of the customer whom a visit meets, with the level they had then (R-ENG-03)."""

    visit = models.ForeignKey(Visit, models.CASCADE, related_name="contacts")
    contact = models.ForeignKey(
        Contact, models.PROTECT, related_name="visits", verbose_name=_("contact")
    )
    level = models.CharField(_("level"), max_length=10, blank=True)
    attended = models.BooleanField(_("was there"), null=True, blank=True)

    class Meta:
        verbose_name = _("customer's participant")
        verbose_name_plural = _("customer's participants")
        constraints = [
            models.UniqueConstraint(fields=["visit", "contact"], name="visit_contact_once")
        ]

    def __str__(self):
        return str(self.contact)


class VisitColleague(models.Model):
    """A colleague who goes along; they see the visit, not by that the account."""

    visit = models.ForeignKey(Visit, models.CASCADE, related_name="colleagues")
    user = models.ForeignKey(
        User, models.PROTECT, related_name="joined_visits", verbose_name=_("colleague")
    )
    attended = models.BooleanField(_("was there"), null=True, blank=True)

    class Meta:
        verbose_name = _("colleague on a visit")
        verbose_name_plural = _("colleagues on a visit")
        constraints = [
            models.UniqueConstraint(fields=["visit", "user"], name="visit_colleague_once")
        ]

    def __str__(self):
        return str(self.user)
