"""A chance to sell something, from first sight to won or lost."""

from decimal import Decimal

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from core.models import Currency, VersionedModel
from opportunities.milestones import MilestoneCode
from opportunities.models.product import Product
from teams.models import Unit, User


class Milestone(models.TextChoices):
    IDENTIFIED = MilestoneCode.IDENTIFIED.value, _("identified")
    QUALIFIED = MilestoneCode.QUALIFIED.value, _("qualified")
    CONTACTED = MilestoneCode.CONTACTED.value, _("contacted")
    NEEDS_KNOWN = MilestoneCode.NEEDS_KNOWN.value, _("needs known")
    PROPOSED = MilestoneCode.PROPOSED.value, _("proposed")
    SIGNED = MilestoneCode.SIGNED.value, _("signed")
    DELIVERED = MilestoneCode.DELIVERED.value, _("delivered")
    RETAINED = MilestoneCode.RETAINED.value, _("retained")


class OpportunityStatus(models.TextChoices):
    OPEN = "open", _("open")
    WON = "won", _("won")
    LOST = "lost", _("lost")


class BusinessKind(models.TextChoices):
    EXISTING = "existing", _("existing business")
    INCREMENTAL = "incremental", _("incremental business")


class OpportunityQuerySet(models.QuerySet):
    def visible_to(self, user, *, today=None):
        """Owner, deal team and the owner's department line always; who sees the account only
        where the division's `opportunities_follow_account` is on. Without an account: owner
        and line only."""
        if not user.is_active:
            return self.none()
        if user.sees_everything:
            return self
        accounts = Account.objects.visible_to(user, today=today).exclude(
            division__opportunities_follow_account=False
        )
        return self.filter(
            Q(owner=user)
            | Q(owner_unit__in=user.unit_ids)
            | Q(pk__in=OpportunityMember.objects.filter(user=user).values("opportunity"))
            | Q(account__in=accounts)
        )

    def open(self):
        return self.filter(status=OpportunityStatus.OPEN)

    def won(self):
        return self.filter(status=OpportunityStatus.WON)

    def closed(self):
        return self.exclude(status=OpportunityStatus.OPEN)

    def current(self):
        return self.filter(archived_at=None)


class Opportunity(VersionedModel):
    """A deal we work on (商机, R-OPP-14). The account may be empty while it is unknown.

    `amount` is in `currency`, `amount_base` in the company currency at `rate_date`; both are
    empty while the amount is unknown. `milestone` is canonical; pipelines map their steps to it.
    `owner_unit` is the owner's department, kept by the services so that a line needs no join.
    `closed_month` is the first day of the month of `closed_on`.
    """

    number = models.CharField(_("number"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=200)
    search_index = models.TextField(editable=False, blank=True)
    account = models.ForeignKey(
        Account,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="opportunities",
        verbose_name=_("account"),
    )
    owner = models.ForeignKey(
        User, models.PROTECT, related_name="opportunities", verbose_name=_("owner")
    )
    owner_unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    kind = models.CharField(
        _("kind of business"),
        max_length=11,
        choices=BusinessKind,
        default=BusinessKind.INCREMENTAL,
    )
    milestone = models.CharField(
        _("milestone"), max_length=12, choices=Milestone, default=Milestone.IDENTIFIED
    )
    milestone_since = models.DateField(_("milestone since"), default=timezone.localdate)
    status = models.CharField(
        _("status"), max_length=4, choices=OpportunityStatus, default=OpportunityStatus.OPEN
    )
    amount = models.DecimalField(
        _("amount"),
        max_digits=15,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
    )
    currency = models.ForeignKey(
        Currency, models.PROTECT, related_name="+", verbose_name=_("currency"), default="CNY"
    )
    amount_base = models.DecimalField(
        _("amount in company currency"),
        max_digits=15,
        decimal_places=2,
        null=True,
        blank=True,
        editable=False,
    )
    rate_date = models.DateField(null=True, blank=True, editable=False)
    opened_on = models.DateField(_("opened on"), null=True, blank=True)
    expected_close_on = models.DateField(_("expected close"), null=True, blank=True)
    closed_on = models.DateField(_("closed on"), null=True, blank=True)
    closed_month = models.DateField(null=True, blank=True, editable=False)
    next_step = models.CharField(_("next step"), max_length=200, blank=True)
    next_step_on = models.DateField(_("next step on"), null=True, blank=True)
    lost_reason = models.CharField(_("why it was lost"), max_length=300, blank=True)
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

    objects = OpportunityQuerySet.as_manager()

    class Meta:
        verbose_name = _("opportunity")
        verbose_name_plural = _("opportunities")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="open", closed_on=None)
                | Q(status__in=["won", "lost"], closed_on__isnull=False),
                name="closed_has_a_date",
                violation_error_message=_("A won or lost opportunity needs its closing date."),
            ),
            models.CheckConstraint(
                condition=Q(amount=None) | Q(amount__gte=0), name="amount_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(amount=None, amount_base=None)
                | Q(amount__isnull=False, amount_base__isnull=False),
                name="amount_has_its_base",
            ),
            models.CheckConstraint(
                condition=Q(
                    status="won", milestone__in=["signed", "delivered", "retained"]
                )
                | Q(
                    status__in=["open", "lost"],
                    milestone__in=[
                        "identified",
                        "qualified",
                        "contacted",
                        "needs_known",
                        "proposed",
                    ],
                ),
                name="won_means_signed",
                violation_error_message=_("Won means that the milestone signed was reached."),
            ),
            models.CheckConstraint(
                condition=Q(closed_on=None)
                | Q(opened_on=None)
                | Q(closed_on__gte=F("opened_on")),
                name="closed_after_opened",
                violation_error_message=_("It cannot be closed before it was opened."),
            ),
        ]
        indexes = [
            models.Index(fields=["account", "status"], name="opportunity_of_account"),
            models.Index(fields=["owner", "status"], name="opportunity_of_owner"),
            models.Index(fields=["owner_unit", "status"], name="opportunity_of_unit"),
            models.Index(fields=["status", "milestone", "-amount_base"], name="opportunity_board"),
            models.Index(fields=["status", "closed_month"], name="opportunity_closed"),
            models.Index(fields=["-created_at", "-id"], name="opportunity_newest"),
            models.Index(fields=["-amount_base", "-id"], name="opportunity_largest"),
            models.Index(
                fields=["next_step_on"], name="opportunity_step_due", condition=Q(status="open")
            ),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("opportunities:opportunity_detail", args=[self.pk])


class OpportunityLine(VersionedModel):
    """A product in an opportunity (商机产品)."""

    opportunity = models.ForeignKey(Opportunity, models.CASCADE, related_name="lines")
    product = models.ForeignKey(
        Product, models.PROTECT, related_name="lines", verbose_name=_("product")
    )
    quantity = models.DecimalField(
        _("quantity"),
        max_digits=12,
        decimal_places=2,
        default=Decimal(1),
        validators=[MinValueValidator(Decimal("0.01"))],
    )
    unit_price = models.DecimalField(
        _("unit price"),
        max_digits=15,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
    )

    class Meta:
        verbose_name = _("product of an opportunity")
        verbose_name_plural = _("products of opportunities")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["opportunity", "product"],
                name="product_once",
                violation_error_message=_("The product is already in this opportunity."),
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="quantity_positive"),
        ]

    def __str__(self):
        return f"{self.opportunity_id}: {self.product_id}"


class OpportunityMember(VersionedModel):
    """Somebody in the deal team besides the owner (商机团队)."""

    opportunity = models.ForeignKey(Opportunity, models.CASCADE, related_name="members")
    user = models.ForeignKey(User, models.PROTECT, related_name="deals", verbose_name=_("member"))
    role = models.CharField(_("role"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("deal team member")
        verbose_name_plural = _("deal team members")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["opportunity", "user"], name="deal_member_once")
        ]

    def __str__(self):
        return f"{self.opportunity_id}: {self.user_id}"
