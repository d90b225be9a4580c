"""The key account itself."""

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.assignments import AccountAssignment, ServedAccount
from accounts.models.reference import Industry, Tier
from accounts.models.sorting import (
    AccountStatus,
    Closeness,
    CreditGrade,
    CustomerAge,
    GeographicScope,
    Nature,
    PurchasingPower,
    SalesChannel,
)
from core.models import City, Currency, VersionedModel, in_language
from teams.models import TeamMembership, Unit, User


class AccountQuerySet(models.QuerySet):
    def visible_to(self, user, *, today=None):
        """Every read of accounts starts here (architecture.md, Who sees what).

        By post: everything, or the accounts of the units below. By person: an open assignment or
        an active membership of a team that serves the account; end dates are inclusive and need
        no write to end access.
        """
        if not user.is_active:
            return self.none()
        if user.sees_everything:
            return self
        today = today or timezone.localdate()
        return self.filter(
            Q(department__in=user.unit_ids)
            | Q(pk__in=AccountAssignment.objects.on(today).filter(user=user).values("account"))
            | Q(
                pk__in=ServedAccount.objects.on(today)
                .filter(team__in=TeamMembership.objects.on(today).filter(user=user).values("team"))
                .values("account")
            )
        )

    def current(self):
        """Accounts in use: neither archived nor merged into another."""
        return self.filter(archived_at=None)


class Account(VersionedModel):
    """An organisation we serve as a key account (大客户, R-ACC-01). Never a person.

    `file_number` (档案编号) is issued on registration and never changes.
    `department` and `division` follow the manager and change only by `transfer_account`.
    `search_index` holds names, numbers and pinyin in lower case.
    """

    file_number = models.CharField(
        _("file number"),
        max_length=40,
        unique=True,
        null=True,
        blank=True,
        help_text=_("Issued when the customer is registered."),
    )
    name = models.CharField(_("legal name"), max_length=200)
    short_name = models.CharField(_("short name"), max_length=60, blank=True)
    name_en = models.CharField(_("English name"), max_length=200, blank=True)
    normalised_name = models.CharField(max_length=200, editable=False, db_index=True)
    search_index = models.TextField(editable=False, blank=True)
    registration_no = models.CharField(
        _("registration number"),
        max_length=40,
        null=True,
        blank=True,
        help_text=_("Unified social credit code or the like."),
    )
    status = models.CharField(
        _("status"), max_length=10, choices=AccountStatus, default=AccountStatus.PROSPECT
    )
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("belongs to group"),
    )
    department = models.ForeignKey(
        Unit, models.PROTECT, related_name="accounts", verbose_name=_("department")
    )
    division = models.ForeignKey(
        Unit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("division"),
        editable=False,
    )
    tier = models.ForeignKey(
        Tier,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="accounts",
        verbose_name=_("tier"),
    )
    tier_since = models.DateField(_("tier since"), null=True, blank=True, editable=False)
    industry = models.ForeignKey(
        Industry,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="accounts",
        verbose_name=_("industry"),
    )
    city = models.ForeignKey(
        City,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="accounts",
        verbose_name=_("head office city"),
    )
    address = models.CharField(_("address"), max_length=300, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    website = models.URLField(_("website"), blank=True)
    founded_year = models.PositiveSmallIntegerField(
        _("founded in"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1000), MaxValueValidator(2200)],
    )
    employees = models.PositiveIntegerField(_("employees"), null=True, blank=True)
    turnover = models.DecimalField(
        _("annual turnover"),
        max_digits=15,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
        help_text=_("Of the customer itself, in its currency."),
    )
    turnover_currency = models.ForeignKey(
        Currency,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("turnover currency"),
    )
    nature = models.CharField(
        _("customer nature"), max_length=12, choices=Nature, default=Nature.COMMERCIAL
    )
    purchasing_power = models.CharField(
        _("purchasing power"), max_length=8, choices=PurchasingPower, blank=True
    )
    closeness = models.CharField(
        _("relationship closeness"),
        max_length=12,
        choices=Closeness,
        default=Closeness.TO_DEVELOP,
    )
    sales_channel = models.CharField(
        _("sales channel"), max_length=8, choices=SalesChannel, default=SalesChannel.DIRECT
    )
    geographic_scope = models.CharField(
        _("geographic scope"), max_length=12, choices=GeographicScope, blank=True
    )
    credit_grade = models.CharField(
        _("credit grade"), max_length=1, choices=CreditGrade, blank=True, editable=False
    )
    credit_since = models.DateField(_("credit grade since"), null=True, blank=True, editable=False)
    credit_assessor = models.ForeignKey(
        User,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("credit assessor"),
        editable=False,
    )
    age_override = models.CharField(
        _("new or existing, set by hand"), max_length=8, choices=CustomerAge, blank=True
    )
    is_key_override = models.BooleanField(
        _("key account, set by hand"), null=True, blank=True, default=None
    )
    override_reason = models.CharField(_("reason"), max_length=300, blank=True)
    notes = models.TextField(_("notes"), blank=True)
    created_by = models.ForeignKey(
        User,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("created by"),
        editable=False,
    )
    archived_at = models.DateTimeField(_("archived at"), null=True, blank=True, editable=False)
    merged_into = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="merged_from",
        verbose_name=_("merged into"),
        editable=False,
    )

    objects = AccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["registration_no"],
                condition=Q(archived_at=None),
                name="registration_no_once",
                violation_error_message=_("Another account has this registration number."),
            ),
            models.CheckConstraint(
                condition=Q(merged_into=None) | Q(archived_at__isnull=False),
                name="merged_is_archived",
            ),
            models.CheckConstraint(condition=~Q(parent=F("id")), name="not_its_own_group"),
            models.CheckConstraint(
                condition=Q(turnover=None) | Q(turnover__gte=0), name="turnover_not_negative"
            ),
        ]
        indexes = [
            models.Index(fields=["name", "id"], name="account_by_name"),
            models.Index(fields=["tier", "name", "id"], name="account_by_tier"),
            models.Index(fields=["department", "name", "id"], name="account_by_department"),
            models.Index(fields=["-created_at", "-id"], name="account_newest"),
            models.Index(fields=["-updated_at", "-id"], name="account_changed"),
        ]

    def __str__(self):
        return self.short_name or self.name

    def get_absolute_url(self):
        return reverse("accounts:account_detail", args=[self.pk])

    @property
    def label(self):
        """The name as people say it, in the language of the reader where there is one."""
        return in_language(self.short_name or self.name, self.name_en)
