"""Webhooks: where notices go outside the house, and what came of each try."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.models import VersionedModel


class Flavour(models.TextChoices):
    """What the receiver understands."""

    GENERIC = "generic", _("signed JSON")
    WECOM = "wecom", _("WeCom robot")
    DINGTALK = "dingtalk", _("DingTalk robot")
    FEISHU = "feishu", _("Feishu robot")


class WebhookEndpoint(VersionedModel):
    """An address outside that is told of notices (推送地址).

    With a person it carries that person's notices, as they prefer; without one it stands for a
    group: one message for each occasion, whoever the recipients are. Address and secret are both
    keys of the receiver, so history tells of neither.
    """

    untold = frozenset({"secret", "url"})

    name = models.CharField(_("name"), max_length=80)
    flavour = models.CharField(
        _("receiver"), max_length=8, choices=Flavour, default=Flavour.GENERIC
    )
    url = models.CharField(_("address"), max_length=500)
    secret = models.CharField(_("secret"), max_length=200, blank=True)
    kinds = models.JSONField(_("kinds of notices"), default=list, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="webhooks",
        verbose_name=_("only for"),
        help_text=_("Empty: for a group."),
    )
    language = models.CharField(
        _("language"),
        max_length=10,
        default="zh-hans",
        choices=[("zh-hans", "中文"), ("en", "English")],
    )
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        ordering = ["name", "pk"]

    def __str__(self):
        return self.name

    def wants(self, kind: str) -> bool:
        """No kinds chosen means all."""
        return not self.kinds or kind in self.kinds


class WebhookCall(models.Model):
    """One try to reach a webhook (推送记录): when, what it answered, how long it took."""

    endpoint = models.ForeignKey(
        WebhookEndpoint, models.CASCADE, related_name="calls", verbose_name=_("webhook")
    )
    delivery = models.ForeignKey(
        "notifications.Delivery", models.CASCADE, related_name="calls", verbose_name=_("delivery")
    )
    at = models.DateTimeField(_("when"), default=timezone.now)
    status = models.PositiveSmallIntegerField(_("answer"), null=True, blank=True)
    milliseconds = models.PositiveIntegerField(_("milliseconds"), default=0)
    answer = models.CharField(_("text of the answer"), max_length=500, blank=True)
    error = models.CharField(_("error"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("webhook call")
        verbose_name_plural = _("webhook calls")
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["endpoint", "-at"], name="calls_of_webhook")]

    def __str__(self):
        return f"{self.endpoint}: {self.status or self.error}"
