"""How people want to be told, and the limits of the outbox."""

import datetime

from django.conf import settings
from django.core.cache import cache
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models import VersionedModel
from notifications.backoff import Tries
from notifications.kinds import Mode, NoticeChannel, Policy, kinds

SETTINGS_CACHE_KEY = "notification-settings"


class Preference(models.Model):
    """How one person wants one kind by one channel (接收方式). No row: as the company set it."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="notice_preferences"
    )
    kind = models.CharField(_("kind"), max_length=60)
    channel = models.CharField(_("channel"), max_length=8, choices=NoticeChannel)
    mode = models.CharField(_("how"), max_length=6, choices=Mode)

    class Meta:
        verbose_name = _("preference")
        verbose_name_plural = _("preferences")
        constraints = [
            models.UniqueConstraint(fields=["user", "kind", "channel"], name="preference_once")
        ]

    def __str__(self):
        return f"{self.user_id} {self.kind} {self.channel}: {self.mode}"


class Hours(VersionedModel):
    """When one person wants to be left alone, and when their digest comes (免打扰与汇总时间)."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="notice_hours",
        verbose_name=_("person"),
    )
    quiet_from = models.TimeField(_("quiet from"), null=True, blank=True)
    quiet_until = models.TimeField(_("quiet until"), null=True, blank=True)
    digest_at = models.TimeField(_("digest at"), null=True, blank=True)

    class Meta:
        verbose_name = _("quiet hours")
        verbose_name_plural = _("quiet hours")

    def __str__(self):
        return f"{self.user} {self.quiet_from}–{self.quiet_until}"


class KindSetting(VersionedModel):
    """What the company changed of a shipped kind of notices (通知种类设置). No row: as shipped."""

    kind = models.CharField(_("kind"), max_length=60, unique=True)
    in_app = models.CharField(
        _("in the product"), max_length=6, choices=Mode, default=Mode.NOW
    )
    email = models.CharField(_("e-mail"), max_length=6, choices=Mode, default=Mode.DIGEST)
    webhook = models.CharField(_("webhook"), max_length=6, choices=Mode, default=Mode.NOW)
    policy = models.CharField(
        _("if it is unknown whether it was sent"),
        max_length=5,
        choices=Policy,
        default=Policy.RETRY,
    )

    class Meta:
        verbose_name = _("kind of notices")
        verbose_name_plural = _("kinds of notices")
        ordering = ["kind"]

    def __str__(self):
        kind = kinds().get(self.kind)
        return kind.name if kind else self.kind


class NotificationSettings(VersionedModel):
    """The one row of limits of the outbox (通知设置)."""

    SINGLETON = 1

    quiet_from = models.TimeField(_("quiet from"), null=True, blank=True)
    quiet_until = models.TimeField(_("quiet until"), null=True, blank=True)
    digest_at = models.TimeField(_("digest at"), default=datetime.time(8, 30))
    lease_seconds = models.PositiveSmallIntegerField(
        _("seconds a worker holds a message"), default=120, validators=[MinValueValidator(30)]
    )
    batch_size = models.PositiveSmallIntegerField(
        _("messages a worker takes at once"),
        default=20,
        validators=[MinValueValidator(1), MaxValueValidator(500)],
    )
    max_tries = models.PositiveSmallIntegerField(
        _("tries until a message is given up"),
        default=6,
        validators=[MinValueValidator(1), MaxValueValidator(50)],
    )
    first_pause_seconds = models.PositiveIntegerField(
        _("seconds until the second try"), default=60, help_text=_("Doubles with every try.")
    )
    longest_pause_seconds = models.PositiveIntegerField(
        _("seconds between tries at most"), default=14_400
    )
    send_timeout_seconds = models.PositiveSmallIntegerField(
        _("seconds to wait for a receiver"),
        default=10,
        validators=[MinValueValidator(1), MaxValueValidator(60)],
    )
    keep_days = models.PositiveSmallIntegerField(
        _("days a read notification is kept"), default=180, validators=[MinValueValidator(7)]
    )
    keep_calls_days = models.PositiveSmallIntegerField(
        _("days the log of webhooks and e-mail files is kept"),
        default=30,
        validators=[MinValueValidator(1)],
    )

    class Meta:
        verbose_name = _("notification settings")
        verbose_name_plural = _("notification settings")
        constraints = [models.CheckConstraint(condition=Q(id=1), name="one_notification_settings")]

    def __str__(self):
        return str(_("notification settings"))

    @property
    def lease(self) -> datetime.timedelta:
        return datetime.timedelta(seconds=self.lease_seconds)

    @property
    def tries(self) -> Tries:
        return Tries(
            most=self.max_tries,
            first=datetime.timedelta(seconds=self.first_pause_seconds),
            longest=datetime.timedelta(seconds=self.longest_pause_seconds),
        )


def notification_settings() -> NotificationSettings:
    """The limits, from the shared cache; the shipped values where none are stored."""
    row = cache.get(SETTINGS_CACHE_KEY)
    if row is None:
        row = NotificationSettings.objects.first() or NotificationSettings(
            id=NotificationSettings.SINGLETON
        )
        cache.set(SETTINGS_CACHE_KEY, row, 60)
    return row
