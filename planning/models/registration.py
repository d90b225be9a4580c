"""Registration (备案) of customers and of deals."""

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from core.models import Currency, VersionedModel
from flows.models import WorkItem
from planning.models.files import OfAccountQuerySet
from teams.models import User


class RegistrationKind(models.TextChoices):
    """What is registered (choice C-08)."""

    CUSTOMER = "customer", _("customer")
    DEAL = "deal", _("deal")


class RegistrationStatus(models.TextChoices):
    DRAFT = "draft", _("draft")
    SUBMITTED = "submitted", _("submitted")
    UNDER_REVIEW = "under_review", _("under review")
    RETURNED = "returned", _("returned")
    REJECTED = "rejected", _("rejected")
    REGISTERED = "registered", _("registered")


OPEN_STATUSES = (
    RegistrationStatus.DRAFT,
    RegistrationStatus.SUBMITTED,
    RegistrationStatus.UNDER_REVIEW,
    RegistrationStatus.RETURNED,
)


class RegistrationQuerySet(OfAccountQuerySet):
    def visible_to(self, user):
        """Whoever sees the account, and whoever has to decide on the registration."""
        rows = super().visible_to(user)
        if not user.is_active or user.sees_everything:
            return rows
        asked = WorkItem.objects.granting(user).filter(subject_type="registration")
        return self.filter(Q(pk__in=rows.values("pk")) | Q(pk__in=asked.values("subject_id")))

    def open(self):
        return self.filter(status__in=OPEN_STATUSES)


class Registration(VersionedModel):
    """A customer, or a deal with one, put on record (备案, R-ACC-32, F-01).

    `status` is steered by the flow on it and written by nothing else. A registered customer may
    cause expenses, a registered deal may be paid for until `valid_until` (choice C-08).
    """

    kind = models.CharField(
        _("kind"), max_length=8, choices=RegistrationKind, default=RegistrationKind.CUSTOMER
    )
    number = models.CharField(_("number"), max_length=40, unique=True, editable=False)
    account = models.ForeignKey(
        Account, models.PROTECT, related_name="registrations", verbose_name=_("account")
    )
    status = models.CharField(
        _("status"),
        max_length=12,
        choices=RegistrationStatus,
        default=RegistrationStatus.DRAFT,
        editable=False,
    )
    originator = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("started by")
    )
    decided_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
        editable=False,
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True, editable=False)
    reason = models.TextField(_("reason"), blank=True, editable=False)
    deal_name = models.CharField(_("deal"), max_length=200, blank=True)
    amount = models.DecimalField(
        _("amount"), max_digits=15, decimal_places=2, null=True, blank=True
    )
    currency = models.ForeignKey(
        Currency,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("currency"),
    )
    valid_until = models.DateField(_("valid until"), null=True, blank=True)

    objects = RegistrationQuerySet.as_manager()

    class Meta:
        verbose_name = _("registration")
        verbose_name_plural = _("registrations")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "kind"],
                condition=Q(status__in=["draft", "submitted", "under_review", "returned"]),
                name="one_open_registration",
                violation_error_message=_("A registration of this kind is under way already."),
            ),
            models.CheckConstraint(
                condition=Q(kind="customer") | ~Q(deal_name=""), name="deal_has_a_name"
            ),
            models.CheckConstraint(
                condition=Q(amount=None) | Q(amount__gte=0, currency__isnull=False),
                name="registered_amount_has_currency",
            ),
        ]
        indexes = [
            models.Index(fields=["account", "kind", "status"], name="registration_account"),
            models.Index(fields=["-created_at", "-id"], name="registration_newest"),
        ]

    def __str__(self):
        return self.number

    def get_absolute_url(self):
        return reverse("planning:registration_detail", args=[self.pk])
