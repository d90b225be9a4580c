"""Expense claims of customer work (费用报销): what may be spent, vouchers and their lines."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, AccountAssignment, AssignmentRole, Tier
from core.models import BilingualModel, Currency, LibraryModel, OneRowModel, VersionedModel
from engagement.models.visits import Visit
from flows.models import WorkItem
from planning.models.files import OfAccountQuerySet
from teams.models import User


class UnregisteredAction(models.TextChoices):
    """What becomes of a claim for a customer that is not registered (choice C-12)."""

    WAIT = "wait", _("it waits for the registration, which starts by itself")
    BLOCK = "block", _("it is not taken in")


class DuplicateInvoices(models.TextChoices):
    REFUSE = "refuse", _("refuse the claim")
    HINT = "hint", _("show it to whoever decides")


class ExpenseSettings(OneRowModel):
    """What a company may set about expense claims (费用报销设置); one row."""

    unregistered_action = models.CharField(
        _("customers that are not registered"),
        max_length=5,
        choices=UnregisteredAction,
        default=UnregisteredAction.WAIT,
        help_text=_("Nothing is paid while the customer is not registered."),
    )
    waiting_days = models.PositiveSmallIntegerField(
        _("working days a claim waits for the registration"),
        default=20,
        validators=[MinValueValidator(1), MaxValueValidator(365)],
        help_text=_("After that it is refused. It stands above the limit of the flow's step."),
    )
    exceptions_allowed = models.BooleanField(
        _("company leaders may let a claim pass for a customer that is not registered"),
        default=False,
        help_text=_("Only with a reason, which stays with the claim."),
    )
    duplicate_invoices = models.CharField(
        _("an invoice number that another claim has already"),
        max_length=6,
        choices=DuplicateInvoices,
        default=DuplicateInvoices.REFUSE,
    )
    claim_days = models.PositiveSmallIntegerField(
        _("days after an expense in which it may be claimed"),
        default=90,
        validators=[MinValueValidator(1)],
    )
    needs_visit_record = models.BooleanField(
        _("a visit is recorded before its expenses are claimed"), default=True
    )

    class Meta:
        verbose_name = _("settings of expense claims")
        verbose_name_plural = _("settings of expense claims")
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="one_row_of_expense_settings")
        ]


class ExpenseCategory(BilingualModel, LibraryModel, VersionedModel):
    """A kind of expense (费用类别): travel, meal, gift, event."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    counts_people = models.BooleanField(
        _("the number of people is asked for"),
        default=False,
        help_text=_("Limits per person are reckoned with it."),
    )
    needs_invoice = models.BooleanField(_("needs an invoice number"), default=True)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("category of expenses")
        verbose_name_plural = _("categories of expenses")
        ordering = ["position", "code"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(name_zh="") | ~Q(name_en=""), name="expense_category_named"
            )
        ]


class CapKind(models.TextChoices):
    """What follows when a limit is exceeded."""

    BUDGET = "budget", _("budget: more needs an explanation")
    COMPLIANCE = "compliance", _("compliance: more is refused")


class ExpenseCap(LibraryModel, VersionedModel):
    """What may be spent on one occasion (费用限额), in the company's currency.

    For a tier of customers, or for all others. A compliance limit holds for everybody.
    """

    category = models.ForeignKey(
        ExpenseCategory, models.CASCADE, related_name="caps", verbose_name=_("category")
    )
    kind = models.CharField(
        _("kind"), max_length=10, choices=CapKind, default=CapKind.BUDGET
    )
    tier = models.ForeignKey(
        Tier,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("tier"),
        help_text=_("Empty: customers of every tier that has no limit of its own."),
    )
    per_line = models.DecimalField(
        _("most for one expense"),
        max_digits=15,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    per_person = models.DecimalField(
        _("most per person"),
        max_digits=15,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )

    class Meta:
        verbose_name = _("limit of expenses")
        verbose_name_plural = _("limits of expenses")
        ordering = ["category", "kind", "tier"]
        constraints = [
            models.UniqueConstraint(
                fields=["category", "kind", "tier"],
                name="expense_cap_once",
                violation_error_message=_("There is a limit for this already."),
            ),
            models.UniqueConstraint(
                fields=["category", "kind"],
                condition=Q(tier=None),
                name="expense_cap_for_others_once",
                violation_error_message=_("There is a limit for this already."),
            ),
            models.CheckConstraint(
                condition=Q(per_line__isnull=False) | Q(per_person__isnull=False),
                name="expense_cap_says_something",
                violation_error_message=_("Say how much: for one expense, per person, or both."),
            ),
        ]

    def __str__(self):
        return f"{self.category} · {self.tier or _('all others')}"


class ExpenseStatus(models.TextChoices):
    """Where a claim stands (F-03), in the order of its way."""

    DRAFT = "draft", _("draft")
    SUBMITTED = "submitted", _("submitted")
    RECEIVED = "received", _("received")
    REGISTRATION_CHECK = "registration_check", _("registration is checked")
    WAITING_REGISTRATION = "waiting_registration", _("waits for the registration")
    DEPT_APPROVAL = "dept_approval", _("with the department")
    LEADER_APPROVAL = "leader_approval", _("with the company leaders")
    FINANCE_AUDIT = "finance_audit", _("with finance")
    PAID = "paid", _("paid")
    REFUSED = "refused", _("refused")
    CANCELLED = "cancelled", _("cancelled")


DROPPED_STATUSES = (ExpenseStatus.REFUSED, ExpenseStatus.CANCELLED)
ENDED_STATUSES = (ExpenseStatus.PAID, *DROPPED_STATUSES)


class PayBy(models.TextChoices):
    TRANSFER = "transfer", _("transfer")
    CASH = "cash", _("cash")
    CARD = "card", _("company card")


class ExpenseClaimQuerySet(OfAccountQuerySet):
    def visible_to(self, user):
        """Whoever claims it, the account's manager and the line of its department, and whoever
        has to decide on it.

        Seeing an account is not enough: what a colleague spent is not everybody's business.
        """
        if not user.is_active:
            return self.none()
        if user.sees_everything:
            return self
        accounts = Account.objects.visible_to(user)
        today = timezone.localdate()
        managed = AccountAssignment.objects.on(today).filter(
            user=user, role=AssignmentRole.MANAGER
        )
        asked = WorkItem.objects.granting(user).filter(subject_type="expense_claim")
        known = Q(account__in=managed.values("account")) | Q(account__department__in=user.unit_ids)
        return self.filter(
            Q(claimant=user)
            | Q(pk__in=asked.values("subject_id"))
            | (Q(account__in=accounts.values("pk")) & known)
        )

    def open(self):
        return self.exclude(status__in=ENDED_STATUSES)

    def counted(self):
        """Those whose money is spent or asked for."""
        return self.exclude(status__in=DROPPED_STATUSES)


class ExpenseClaim(VersionedModel):
    """A payment voucher with its detail sheet (支出凭证与费用明细表, F-03, R-ENG-07, R-ENG-09).

    `status` is steered by the flow on it and written by nothing else. `total` is what the voucher
    says, `lines_total` the sum of the lines; the database holds them equal. `total_base` is the
    sum in the company's currency at the rate of `rate_date`.
    """

    number = models.CharField(_("number"), max_length=40, unique=True, editable=False)
    account = models.ForeignKey(
        Account, models.PROTECT, related_name="expense_claims", verbose_name=_("account")
    )
    visit = models.ForeignKey(
        Visit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="expense_claims",
        verbose_name=_("visit"),
    )
    claimant = models.ForeignKey(
        User, models.PROTECT, related_name="expense_claims", verbose_name=_("claimant")
    )
    payee = models.CharField(_("payee"), max_length=120)
    purpose = models.CharField(_("purpose"), max_length=300)
    dated_on = models.DateField(_("date of the voucher"), default=timezone.localdate)
    pay_by = models.CharField(
        _("paid by"), max_length=8, choices=PayBy, default=PayBy.TRANSFER
    )
    currency = models.ForeignKey(
        Currency, models.PROTECT, related_name="+", verbose_name=_("currency")
    )
    total = models.DecimalField(
        _("total"), max_digits=15, decimal_places=2, default=0, validators=[MinValueValidator(0)]
    )
    lines_total = models.DecimalField(
        _("sum of the lines"), max_digits=15, decimal_places=2, default=0, editable=False
    )
    total_base = models.DecimalField(
        _("total in the company's currency"),
        max_digits=15,
        decimal_places=2,
        default=0,
        editable=False,
    )
    rate_date = models.DateField(_("day of the rate"), editable=False)
    status = models.CharField(
        _("status"),
        max_length=20,
        choices=ExpenseStatus,
        default=ExpenseStatus.DRAFT,
        editable=False,
    )
    submitted_at = models.DateTimeField(_("submitted at"), null=True, blank=True, editable=False)
    received_at = models.DateTimeField(_("received at"), null=True, blank=True, editable=False)
    received_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("received by"),
        editable=False,
    )
    paid_at = models.DateTimeField(_("paid at"), null=True, blank=True, editable=False)
    reason = models.TextField(_("why it was returned or refused"), blank=True, editable=False)
    exception_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("exception allowed by"),
        editable=False,
    )
    exception_reason = models.TextField(_("reason of the exception"), blank=True, editable=False)

    objects = ExpenseClaimQuerySet.as_manager()

    class Meta:
        verbose_name = _("expense claim")
        verbose_name_plural = _("expense claims")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(total=F("lines_total")),
                name="voucher_equals_its_lines",
                violation_error_message=_("The voucher and the sum of its lines differ."),
            ),
            models.CheckConstraint(
                condition=Q(total__gte=0, total_base__gte=0), name="expense_total_not_negative"
            ),
            models.CheckConstraint(
                condition=~Q(status="paid") | Q(paid_at__isnull=False), name="paid_claim_has_time"
            ),
            models.CheckConstraint(
                condition=Q(exception_by=None) | ~Q(exception_reason=""),
                name="expense_exception_has_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["account", "-created_at"], name="expense_of_account"),
            models.Index(fields=["claimant", "-created_at"], name="expense_of_claimant"),
            models.Index(fields=["status", "-created_at"], name="expense_status"),
            models.Index(fields=["-created_at", "-id"], name="expense_newest"),
        ]

    def __str__(self):
        return self.number

    def get_absolute_url(self):
        return reverse("engagement:expense_detail", args=[self.pk])


class ExpenseLine(models.Model):
    """One expense of a claim (费用明细, R-ENG-10).

    `invoice_key` is the invoice number without blanks, kept while the claim is on its way or paid:
    the database takes none twice.
    """

    claim = models.ForeignKey(ExpenseClaim, models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField(_("position"))
    spent_on = models.DateField(_("date"))
    category = models.ForeignKey(
        ExpenseCategory, models.PROTECT, related_name="lines", verbose_name=_("category")
    )
    amount = models.DecimalField(_("amount"), max_digits=15, decimal_places=2)
    amount_base = models.DecimalField(max_digits=15, decimal_places=2, editable=False)
    people = models.PositiveSmallIntegerField(_("people"), null=True, blank=True)
    invoice_no = models.CharField(_("invoice number"), max_length=60, blank=True)
    invoice_key = models.CharField(
        max_length=60, null=True, blank=True, unique=True, editable=False
    )
    note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("expense")
        verbose_name_plural = _("expenses")
        ordering = ["claim", "position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gt=0),
                name="expense_line_positive",
                violation_error_message=_("An expense is more than nothing."),
            ),
            models.CheckConstraint(
                condition=Q(people=None) | Q(people__gte=1), name="expense_line_people"
            ),
        ]
        indexes = [models.Index(fields=["invoice_no"], name="expense_line_invoice")]

    def __str__(self):
        return f"{self.claim_id}/{self.position}"
