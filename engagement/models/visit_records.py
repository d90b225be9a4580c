"""What is known of a visit once it took place: who checked in where, and the record."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models import TimestampedModel, VersionedModel
from documents.models import Attachment
from engagement.models.visits import Visit
from teams.models import User


class PlaceSource(models.TextChoices):
    DEVICE = "device", _("measured by the device")
    TYPED = "typed", _("typed in")


class NoLocation(models.TextChoices):
    """Why the device said nothing."""

    DENIED = "denied", _("the location was not released")
    UNAVAILABLE = "unavailable", _("the device knows no location")
    TIMEOUT = "timeout", _("the location took too long")
    UNSUPPORTED = "unsupported", _("the device measures no location")


class VisitCheckIn(TimestampedModel):
    """That somebody arrived (签到): when and where. A typed place is never taken for a measured
    one."""

    visit = models.ForeignKey(Visit, models.CASCADE, related_name="check_ins")
    user = models.ForeignKey(
        User, models.PROTECT, related_name="check_ins", verbose_name=_("colleague")
    )
    at = models.DateTimeField(_("arrived at"))
    source = models.CharField(_("place known from"), max_length=6, choices=PlaceSource)
    latitude = models.DecimalField(
        _("latitude"), max_digits=9, decimal_places=6, null=True, blank=True
    )
    longitude = models.DecimalField(
        _("longitude"), max_digits=9, decimal_places=6, null=True, blank=True
    )
    accuracy = models.PositiveIntegerField(_("accuracy in metres"), null=True, blank=True)
    place = models.CharField(_("place"), max_length=300, blank=True)
    no_location = models.CharField(
        _("why it was typed in"), max_length=12, choices=NoLocation, blank=True
    )
    photo = models.ForeignKey(
        Attachment,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("photo"),
    )

    class Meta:
        verbose_name = _("check-in")
        verbose_name_plural = _("check-ins")
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["visit", "user"],
                name="visit_check_in_once",
                violation_error_message=_("You have checked in already."),
            ),
            models.CheckConstraint(
                condition=Q(source="device", latitude__isnull=False, longitude__isnull=False)
                | (Q(source="typed", latitude=None, longitude=None) & ~Q(place="")),
                name="check_in_place_known_or_typed",
                violation_error_message=_("Say where you are."),
            ),
            models.CheckConstraint(
                condition=Q(latitude=None)
                | Q(
                    latitude__gte=-90,
                    latitude__lte=90,
                    longitude__gte=-180,
                    longitude__lte=180,
                ),
                name="check_in_on_this_earth",
                violation_error_message=_("That is no place on earth."),
            ),
        ]

    def __str__(self):
        return f"{self.visit} {self.user}"


class VisitResult(models.TextChoices):
    GOOD = "good", _("reached its purpose")
    PARTLY = "partly", _("partly")
    NOT = "not", _("missed its purpose")


class FileCheck(models.TextChoices):
    """Whether the basic information form was gone through again (choice C-11)."""

    UNCHANGED = "unchanged", _("gone through, all of it is right")
    CHANGED = "changed", _("changes are proposed")


class VisitRecord(VersionedModel):
    """What a visit brought (拜访记录, R-ENG-03). Who was there is said by the participants of the
    visit, commitments are work items about it."""

    visit = models.OneToOneField(Visit, models.PROTECT, related_name="record")
    author = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("written by")
    )
    place = models.CharField(_("place"), max_length=300)
    topics = models.TextField(_("topics"))
    needs = models.TextField(_("needs"), blank=True)
    opinions = models.TextField(_("opinions of the customer"), blank=True)
    next_step = models.TextField(_("next step"))
    result = models.CharField(_("result"), max_length=6, choices=VisitResult)
    file_check = models.CharField(_("customer file"), max_length=9, choices=FileCheck)

    class Meta:
        verbose_name = _("visit record")
        verbose_name_plural = _("visit records")

    def __str__(self):
        return str(self.visit)
