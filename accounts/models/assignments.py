"""Who of ours looks after an account, and which teams serve it."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.models import VersionedModel
from teams.models import User, VirtualTeam


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
        "accounts.Account", models.CASCADE, related_name="assignments", verbose_name=_("account")
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
        "accounts.Account", models.CASCADE, related_name="served_by", verbose_name=_("account")
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
