"""What is kept beside an account: former names, traits, changes of tier and credit, figures."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.account import Account
from accounts.models.reference import QualificationTrait, Tier
from accounts.models.sorting import CreditGrade
from core.models import TimestampedModel, VersionedModel
from teams.models import User


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
