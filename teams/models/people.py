"""The people who work here."""

from functools import cached_property

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.models import VersionedModel, in_language
from core.models.people import Channel
from teams.models.organisation import Post, Unit
from teams.rights import Right, Scope


class UserQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Colleagues are listed to every colleague; what they look after is not."""
        return self

    def in_units(self, unit_ids):
        return self.filter(unit__in=unit_ids)


class KamUserManager(UserManager.from_queryset(UserQuerySet)):
    pass


class User(AbstractUser, VersionedModel):
    """A colleague (用户). Never deleted: a leaver is deactivated and handed over."""

    # How this person's request came in; the API, the admin and imports set it on their instance.
    channel = Channel.PAGE

    first_name = None
    last_name = None
    employee_no = models.CharField(
        _("employee number"), max_length=40, null=True, blank=True, unique=True
    )
    name_zh = models.CharField(_("Chinese name"), max_length=80, blank=True)
    name_en = models.CharField(_("English name"), max_length=80, blank=True)
    name_index = models.CharField(max_length=240, blank=True, editable=False)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    unit = models.ForeignKey(
        Unit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="people",
        verbose_name=_("department"),
    )
    post = models.ForeignKey(
        Post, models.PROTECT, null=True, blank=True, related_name="holders", verbose_name=_("post")
    )
    superior = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="reports",
        verbose_name=_("superior"),
    )
    language = models.CharField(
        _("language"),
        max_length=10,
        blank=True,
        choices=[("zh-hans", "中文"), ("en", "English")],
        help_text=_("Empty: as the browser asks."),
    )
    absent_from = models.DateField(_("absent from"), null=True, blank=True)
    absent_until = models.DateField(_("absent until"), null=True, blank=True)
    stand_in = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="stands_in_for",
        verbose_name=_("stand-in"),
    )
    is_demo_cast = models.BooleanField(default=False, editable=False)

    objects = KamUserManager()

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering = ["username"]
        constraints = [
            models.CheckConstraint(
                condition=Q(absent_until__isnull=True)
                | Q(absent_from__isnull=True)
                | Q(absent_until__gte=F("absent_from")),
                name="absence_ends_after_it_begins",
            ),
            models.UniqueConstraint(
                Lower("email"),
                condition=~Q(email=""),
                name="user_email_once",
                violation_error_message=_("Somebody else has this e-mail address."),
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def name(self) -> str:
        return in_language(self.name_zh, self.name_en) or self.username

    def get_full_name(self):
        return self.name

    def get_short_name(self):
        return self.name

    @cached_property
    def rights(self) -> frozenset[str]:
        """Resolved once per request, because a request has its own user object."""
        if self.is_superuser:
            return frozenset(Right.values)
        return frozenset(self.post.rights) if self.post_id and self.post.is_active else frozenset()

    def has_right(self, right: str) -> bool:
        return self.is_active and right in self.rights

    @property
    def sees_everything(self) -> bool:
        return self.is_superuser or (self.post_id is not None and self.post.scope == Scope.COMPANY)

    @cached_property
    def unit_ids(self) -> list[int]:
        """The units whose accounts this person sees by post; empty for an account manager."""
        if not (self.post_id and self.unit_id) or self.post.scope == Scope.OWN:
            return []
        root = self.unit
        if self.post.scope == Scope.DIVISION and root.division_id:
            root = root.division
        return list(Unit.objects.below(root).values_list("pk", flat=True))

    def is_absent(self, day=None) -> bool:
        day = day or timezone.localdate()
        return bool(
            self.absent_from
            and self.absent_from <= day
            and (self.absent_until is None or day <= self.absent_until)
        )
