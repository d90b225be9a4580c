"""Virtual teams: people of several departments who serve an account together (虚拟团队)."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.models import BilingualModel, VersionedModel
from teams.models.organisation import Unit
from teams.models.people import User


class TeamKind(models.TextChoices):
    VIRTUAL = "virtual", _("virtual")
    DEDICATED = "dedicated", _("dedicated")
    FUNCTIONAL = "functional", _("functional")
    INFORMAL = "informal", _("informal")
    CROSS_BOUNDARY = "cross_boundary", _("cross-boundary")


class VirtualTeam(BilingualModel, VersionedModel):
    """A team that exists only logically, made of people from many departments (虚拟团队)."""

    code = models.CharField(_("code"), max_length=40, unique=True)
    kind = models.CharField(_("kind"), max_length=16, choices=TeamKind, default=TeamKind.VIRTUAL)
    unit = models.ForeignKey(
        Unit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="virtual_teams",
        verbose_name=_("home unit"),
    )
    leader = models.ForeignKey(
        User,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="leads_teams",
        verbose_name=_("leader"),
    )
    starts_on = models.DateField(_("starts on"))
    ends_on = models.DateField(_("ends on"), null=True, blank=True)

    class Meta:
        verbose_name = _("virtual team")
        verbose_name_plural = _("virtual teams")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="team_ends_after_it_starts",
            )
        ]


class TeamMembershipQuerySet(models.QuerySet):
    def on(self, day):
        """Memberships in force on a day; both ends inclusive, of teams that exist that day."""
        return self.filter(
            Q(ends_on__isnull=True) | Q(ends_on__gte=day),
            Q(team__ends_on__isnull=True) | Q(team__ends_on__gte=day),
            starts_on__lte=day,
            team__starts_on__lte=day,
        )


class TeamMembership(VersionedModel):
    """Somebody's time in a virtual team (团队成员). Access follows the dates by themselves."""

    team = models.ForeignKey(
        VirtualTeam, models.CASCADE, related_name="memberships", verbose_name=_("team")
    )
    user = models.ForeignKey(
        User, models.PROTECT, related_name="memberships", verbose_name=_("member")
    )
    role_zh = models.CharField(_("role (Chinese)"), max_length=60, blank=True)
    role_en = models.CharField(_("role (English)"), max_length=60, blank=True)
    starts_on = models.DateField(_("joined on"))
    ends_on = models.DateField(_("left on"), null=True, blank=True)

    objects = TeamMembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("team membership")
        verbose_name_plural = _("team memberships")
        ordering = ["team", "starts_on"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="membership_ends_after_it_starts",
            ),
            models.UniqueConstraint(
                fields=["team", "user"],
                condition=Q(ends_on__isnull=True),
                name="one_open_membership",
            ),
        ]
        indexes = [models.Index(fields=["user", "ends_on"], name="membership_of_user")]

    def __str__(self):
        return f"{self.user} / {self.team}"
