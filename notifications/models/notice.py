"""What people are told, and the outbox of what leaves the house."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.models import in_language
from notifications.kinds import WayOut, kinds
from notifications.models.webhook import WebhookEndpoint


class NotificationQuerySet(models.QuerySet):
    def visible_to(self, user):
        """One's own, from their time on; nobody reads what another was told."""
        return self.filter(recipient=user, is_shown=True, at__lte=timezone.now())

    def unread(self):
        return self.filter(read_at__isnull=True)


class Notification(models.Model):
    """One thing one person is told (通知). The row itself is the notice in the product.

    `key` names the occasion within the kind, so that telling twice changes nothing. `account_id`
    is a plain number: accounts stand above this floor. `is_shown` is off for who switched the
    kind off in the product; the row then only carries the text of the other channels. A letter to
    somebody outside the house has an `address` (of e-mail, or a number) instead of a recipient.
    What was overtaken (a reminder of a visit that moved) is withdrawn: it stays to be read, marked
    so.
    """

    kind = models.CharField(_("kind"), max_length=60)
    key = models.CharField(_("occasion"), max_length=120)
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="notifications",
        verbose_name=_("recipient"),
    )
    address = models.CharField(_("address outside"), max_length=254, blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    title_zh = models.CharField(_("text (Chinese)"), max_length=300, blank=True)
    title_en = models.CharField(_("text (English)"), max_length=300, blank=True)
    body_zh = models.TextField(_("more (Chinese)"), blank=True)
    body_en = models.TextField(_("more (English)"), blank=True)
    url = models.CharField(_("leads to"), max_length=300, blank=True)
    subject_type = models.CharField(_("kind of subject"), max_length=40, blank=True)
    subject_id = models.PositiveBigIntegerField(_("subject"), null=True, blank=True)
    account_id = models.PositiveBigIntegerField(_("account"), null=True, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by whom"),
    )
    is_shown = models.BooleanField(_("shown in the product"), default=True)
    at = models.DateTimeField(_("when"), default=timezone.now)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    read_at = models.DateTimeField(_("read at"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True, editable=False)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "key", "recipient"], name="told_once"),
            models.UniqueConstraint(
                fields=["kind", "key"],
                condition=Q(recipient__isnull=True),
                name="written_outside_once",
            ),
            models.CheckConstraint(
                condition=Q(recipient__isnull=False, address="")
                | (Q(recipient__isnull=True) & ~Q(address="")),
                name="told_to_one_person",
            ),
        ]
        indexes = [
            models.Index(fields=["recipient", "-at", "-id"], name="notices_of_person"),
            models.Index(
                fields=["recipient", "at"],
                name="unread_of_person",
                condition=Q(read_at__isnull=True, is_shown=True),
            ),
        ]

    def __str__(self):
        return self.title

    @property
    def title(self) -> str:
        return in_language(self.title_zh, self.title_en)

    @property
    def body(self) -> str:
        return in_language(self.body_zh, self.body_en)

    @property
    def recipient_name(self) -> str:
        return self.recipient.name if self.recipient_id else self.address

    @property
    def kind_name(self) -> str:
        kind = kinds().get(self.kind)
        return kind.name if kind else self.kind


class DeliveryState(models.TextChoices):
    """Where a message to the outside stands."""

    PENDING = "pending", _("waiting")
    LEASED = "leased", _("taken by a worker")
    SENDING = "sending", _("being sent")
    SENT = "sent", _("sent")
    DEAD = "dead", _("given up")
    UNKNOWN = "unknown", _("unknown whether sent")
    DROPPED = "dropped", _("no longer due")
    GATHERED = "gathered", _("waits for the digest")
    BUNDLED = "bundled", _("in a digest")
    CLOSED = "closed", _("closed by an operator")


HELD = (DeliveryState.LEASED, DeliveryState.SENDING)
TROUBLED = (DeliveryState.DEAD, DeliveryState.UNKNOWN)


class DeliveryQuerySet(models.QuerySet):
    def due(self, now):
        """What waits for a worker and may be taken."""
        return self.filter(state=DeliveryState.PENDING, due_at__lte=now)


class Delivery(models.Model):
    """One message that has to leave the house (发送): an outbox row.

    A worker takes it with a lease and a random token, sends outside any transaction, and finishes
    it only while the token is still its own (reliability.md, 4). `due_at` is the time it may
    leave, the end of a pause between tries, or the end of the lease. The database is the truth: a
    broker only says "look now".
    """

    notification = models.ForeignKey(
        Notification, models.CASCADE, related_name="deliveries", verbose_name=_("notification")
    )
    channel = models.CharField(_("channel"), max_length=8, choices=WayOut)
    endpoint = models.ForeignKey(
        WebhookEndpoint,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="deliveries",
        verbose_name=_("webhook"),
    )
    dedupe_key = models.CharField(max_length=240, unique=True, editable=False)
    state = models.CharField(
        _("state"), max_length=8, choices=DeliveryState, default=DeliveryState.PENDING
    )
    due_at = models.DateTimeField(_("due at"), default=timezone.now)
    lease_token = models.CharField(max_length=32, blank=True, editable=False)
    attempts = models.PositiveSmallIntegerField(_("tries"), default=0)
    error = models.CharField(_("error"), max_length=500, blank=True)
    bundle = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="bundled",
        verbose_name=_("digest"),
    )
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["state", "due_at", "id"], name="delivery_queue"),
            models.Index(
                fields=["notification"],
                name="delivery_gathered",
                condition=Q(state="gathered"),
            ),
        ]

    def __str__(self):
        return f"{self.get_channel_display()}: {self.notification}"
