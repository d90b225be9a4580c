"""The places of an account."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models.account import Account
from core.models import City, VersionedModel


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
