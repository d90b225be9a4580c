"""The key account itself, its places, names and how it is sorted."""

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models.reference import Industry, QualificationTrait, Tier
from core.models import City, Currency, TimestampedModel, VersionedModel, in_language
from teams.models import TeamMembership, Unit, User, VirtualTeam


class AccountStatus(models.TextChoices):
    """Registration (备案) is a flow (planning); imports carry over what it came to."""

    PROSPECT = "prospect", _("prospect")
    REGISTERED = "registered", _("registered")
    LAPSED = "lapsed", _("lapsed")


class Nature(models.TextChoices):
    COMMERCIAL = "commercial", _("commercial")
    INSTITUTION = "institution", _("public institution")
    GOVERNMENT = "government", _("government")


class PurchasingPower(models.TextChoices):
    STRONG = "strong", _("strong")
    AVERAGE = "average", _("average")
    WEAK = "weak", _("weak")


class Closeness(models.TextChoices):
    CLOSE = "close", pgettext_lazy("relationship", "close")
    AVERAGE = "average", _("average")
    NOT_CLOSE = "not_close", pgettext_lazy("relationship", "not close")
    TO_DEVELOP = "to_develop", _("to be developed")


class SalesChannel(models.TextChoices):
    DIRECT = "direct", _("direct user")
    AGENT = "agent", _("agent")


class GeographicScope(models.TextChoices):
    REGION_WIDE = "region_wide", _("region-wide")
    LOCAL = "local", _("local")


class CreditGrade(models.TextChoices):
    A = "A", "A"
    B = "B", "B"
    C = "C", "C"


class CustomerAge(models.TextChoices):
    NEW = "new", _("new customer")
    EXISTING = "existing", _("existing customer")


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


class AccountFormerName(TimestampedModel):
    """A name an account bore before (曾用名); found by search and by the duplicate check."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="former_names")
    name = models.CharField(_("former name"), max_length=200)
    normalised_name = models.CharField(max_length=200, editable=False, db_index=True)
    until = models.DateField(_("used until"), null=True, blank=True)

    class Meta:
        verbose_name = _("former name")
        verbose_name_plural = _("former names")
        ordering = ["-until", "-pk"]
        constraints = [models.UniqueConstraint(fields=["account", "name"], name="former_name_once")]

    def __str__(self):
        return self.name


class SiteKind(models.TextChoices):
    HEADQUARTERS = "headquarters", _("head office")
    BRANCH = "branch", _("branch")
    SITE = "site", _("site")


class AccountSiteQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The places of the accounts a person sees."""
        return self.filter(account__in=Account.objects.visible_to(user).values("pk"))


class AccountSite(VersionedModel):
    """A place of an account (客户地点): head office, branch or site."""

    account = models.ForeignKey(
        Account, models.CASCADE, related_name="sites", verbose_name=_("account")
    )
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=12, choices=SiteKind, default=SiteKind.SITE)
    city = models.ForeignKey(
        City, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("city")
    )
    address = models.CharField(_("address"), max_length=300, blank=True)
    members = models.PositiveIntegerField(
        _("people there"), null=True, blank=True, help_text=_("Headcount, R-ACC-28.")
    )
    members_covered = models.PositiveIntegerField(_("of them served by us"), null=True, blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    objects = AccountSiteQuerySet.as_manager()

    class Meta:
        verbose_name = _("site")
        verbose_name_plural = _("sites")
        ordering = ["account", "kind", "name"]
        constraints = [
            models.UniqueConstraint(fields=["account", "name"], name="site_name_once"),
            models.CheckConstraint(
                condition=Q(members_covered=None)
                | Q(members=None)
                | Q(members_covered__lte=F("members")),
                name="covered_within_members",
                violation_error_message=_("More people are served than are there."),
            ),
        ]

    def __str__(self):
        return self.name


class AccountTrait(VersionedModel):
    """Whether an account has a qualification trait, and what shows it (R-ACC-02)."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="traits")
    trait = models.ForeignKey(QualificationTrait, models.PROTECT, related_name="+")
    is_met = models.BooleanField(_("met"))
    evidence = models.CharField(_("evidence"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("trait of an account")
        verbose_name_plural = _("traits of accounts")
        constraints = [
            models.UniqueConstraint(fields=["account", "trait"], name="trait_answered_once")
        ]

    def __str__(self):
        return f"{self.account_id}: {self.trait_id}"


class TierChange(models.Model):
    """One move between tiers (等级变更), kept for tier migration over time."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="tier_changes")
    from_tier = models.ForeignKey(Tier, models.PROTECT, null=True, blank=True, related_name="+")
    to_tier = models.ForeignKey(Tier, models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.TextField(_("reason"))
    changed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    changed_on = models.DateField(_("changed on"))

    class Meta:
        verbose_name = _("tier change")
        verbose_name_plural = _("tier changes")
        ordering = ["-changed_on", "-pk"]
        indexes = [models.Index(fields=["account", "-changed_on"], name="tier_change_of_account")]

    def __str__(self):
        return f"{self.from_tier} → {self.to_tier}"


class CreditChange(models.Model):
    """One assessment of an account's credit (信用评级变更, R-ACC-12)."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="credit_changes")
    grade = models.CharField(_("credit grade"), max_length=1, choices=CreditGrade)
    assessor = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    effective_on = models.DateField(_("effective on"))
    reason = models.TextField(_("reason"))

    class Meta:
        verbose_name = _("credit change")
        verbose_name_plural = _("credit changes")
        ordering = ["-effective_on", "-pk"]

    def __str__(self):
        return f"{self.account_id}: {self.grade}"


class AssignmentRole(models.TextChoices):
    MANAGER = "manager", _("account manager")
    CHIEF = "chief", _("chief account manager")
    STAND_IN = "stand_in", _("stand-in")
    SELLER = "seller", _("seller")


class DatedQuerySet(models.QuerySet):
    def on(self, day):
        """Rows in force on a day, both ends inclusive."""
        return self.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=day), starts_on__lte=day)


class AccountAssignment(VersionedModel):
    """Who of ours looks after an account, in which role, from when to when (客户分配).

    A registered account has exactly one open manager assignment; access ends with `ends_on`.
    """

    account = models.ForeignKey(
        Account, models.CASCADE, related_name="assignments", verbose_name=_("account")
    )
    user = models.ForeignKey(
        User, models.PROTECT, related_name="assignments", verbose_name=_("person")
    )
    role = models.CharField(_("role"), max_length=8, choices=AssignmentRole)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"), null=True, blank=True)

    objects = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = _("account assignment")
        verbose_name_plural = _("account assignments")
        ordering = ["role", "starts_on"]
        constraints = [
            models.UniqueConstraint(
                fields=["account"],
                condition=Q(role="manager", ends_on__isnull=True),
                name="one_open_manager",
                violation_error_message=_("The account already has an account manager."),
            ),
            models.UniqueConstraint(
                fields=["account", "user", "role"],
                condition=Q(ends_on__isnull=True),
                name="one_open_assignment",
                violation_error_message=_("This person already has this role."),
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="assignment_ends_after_it_starts",
            ),
        ]
        indexes = [
            models.Index(fields=["user", "ends_on", "account"], name="assignment_of_user"),
        ]

    def __str__(self):
        return f"{self.user} ({self.get_role_display()})"


class ServedAccount(VersionedModel):
    """An account that a virtual team serves (团队服务客户); its members see it meanwhile."""

    team = models.ForeignKey(
        VirtualTeam, models.CASCADE, related_name="served", verbose_name=_("team")
    )
    account = models.ForeignKey(
        Account, models.CASCADE, related_name="served_by", verbose_name=_("account")
    )
    green_channel = models.BooleanField(_("green channel"), default=False)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"), null=True, blank=True)

    objects = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = _("served account")
        verbose_name_plural = _("served accounts")
        constraints = [
            models.UniqueConstraint(
                fields=["team", "account"],
                condition=Q(ends_on__isnull=True),
                name="served_once",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="service_ends_after_it_starts",
            ),
        ]
        indexes = [models.Index(fields=["team", "ends_on", "account"], name="served_by_team")]

    def __str__(self):
        return f"{self.team} / {self.account}"


class AccountFigures(models.Model):
    """What lists and headers show of an account and what is the same for every viewer.

    Written through `accounts.services.record_figures` by the apps above; repaired nightly.
    """

    account = models.OneToOneField(
        Account, models.CASCADE, related_name="figures", primary_key=True
    )
    first_contract_on = models.DateField(_("first contract"), null=True, blank=True)
    last_contract_on = models.DateField(_("last contract"), null=True, blank=True)
    last_visit_on = models.DateField(_("last visit"), null=True, blank=True)
    next_visit_on = models.DateField(_("next visit"), null=True, blank=True)
    satisfaction = models.DecimalField(
        _("satisfaction"), max_digits=4, decimal_places=1, null=True, blank=True
    )
    figures_at = models.DateTimeField(_("figures as of"), default=timezone.now)

    class Meta:
        verbose_name = _("account figures")
        verbose_name_plural = _("account figures")

    def __str__(self):
        return str(self.account_id)
