"""Pools (待办池): the people who may take a piece of work, as one row the inbox can walk."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models import BilingualModel, VersionedModel
from teams.models.organisation import Post, Unit
from teams.models.people import User
from teams.models.virtual import VirtualTeam


class PoolKind(models.TextChoices):
    POST = "post", _("post")
    TEAM = "team", _("virtual team")
    GROUP = "group", _("group")


class Pool(BilingualModel, VersionedModel):
    """A post within a part of the company, a virtual team, or a group somebody put together.

    Who belongs to a post or a team follows from those and is never copied; only a group has
    `members`. A post without a unit is that post anywhere in the company. Codes of derived pools
    hold ids ("post:3:14", "team:5"), so that renaming changes nothing.
    """

    code = models.CharField(_("code"), max_length=60, unique=True)
    kind = models.CharField(_("kind"), max_length=5, choices=PoolKind, default=PoolKind.GROUP)
    post = models.ForeignKey(
        Post, models.CASCADE, null=True, blank=True, related_name="pools", verbose_name=_("post")
    )
    unit = models.ForeignKey(
        Unit,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="pools",
        verbose_name=_("department"),
    )
    team = models.ForeignKey(
        VirtualTeam,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="pools",
        verbose_name=_("virtual team"),
    )
    members = models.ManyToManyField(
        User, blank=True, related_name="groups_of", verbose_name=_("members")
    )
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("group of people")
        verbose_name_plural = _("groups of people")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="post", post__isnull=False, team__isnull=True)
                | Q(kind="team", team__isnull=False, post__isnull=True, unit__isnull=True)
                | Q(kind="group", post__isnull=True, team__isnull=True, unit__isnull=True),
                name="pool_is_one_kind",
            )
        ]
