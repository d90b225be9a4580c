"""E-mail and text messages to many contacts with their consent (R-ENG-21)."""

import secrets

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Contact
from core.models import (
    BilingualModel,
    LibraryModel,
    OneRowModel,
    VersionedModel,
    company,
    in_language,
)
from engagement import placeholders
from engagement.models.communications import Communication
from notifications.models import Notification
from teams.models import Unit, User

LANGUAGES = (("zh-hans", _("Simplified Chinese")), ("en", _("English")))
LONGEST = 20_000


class MailingChannel(models.TextChoices):
    EMAIL = "email", _("by e-mail")
    SMS = "sms", _("text message")


# ---------- what a company sets ----------


class MailingSettings(OneRowModel):
    """The one row of settings of mailings (群发设置); its shipped values are the defaults."""

    most_recipients = models.PositiveIntegerField(
        _("recipients of a mailing at most"), default=500, validators=[MinValueValidator(1)]
    )
    most_a_day = models.PositiveIntegerField(
        _("messages of one sender a day at most"), default=1000, validators=[MinValueValidator(1)]
    )
    release_above = models.PositiveIntegerField(
        _("a second person releases it above so many recipients"),
        default=50,
        help_text=_("Somebody of the sender's line with the right to send. 0: always."),
    )
    longest_sms = models.PositiveSmallIntegerField(
        _("characters of a text message at most"),
        default=300,
        validators=[MinValueValidator(20)],
    )
    sms_link = models.BooleanField(
        _("text messages end with the link to unsubscribe"),
        default=True,
        help_text=_("Off only where the gateway adds a way to unsubscribe by itself."),
    )
    misses_per_minute = models.PositiveIntegerField(
        _("wrong links a minute from one place"), default=60, validators=[MinValueValidator(1)]
    )
    posts_per_minute = models.PositiveIntegerField(
        _("tries a minute of one link"), default=20, validators=[MinValueValidator(2)]
    )
    sender_zh = models.CharField(_("signed by (Chinese)"), max_length=120, blank=True)
    sender_en = models.CharField(_("signed by (English)"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("mailing settings")
        verbose_name_plural = _("mailing settings")
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="one_row_of_mailing_settings")
        ]

    @property
    def sender(self) -> str:
        """Who writes, as customers read it: what is set here, else the company."""
        house = company()
        own = in_language(self.sender_zh, self.sender_en)
        return own or in_language(house.name_zh, house.name_en)


def check_words(text):
    """Nothing in braces but known placeholders."""
    if wrong := placeholders.wrong_in(text):
        raise ValidationError(
            _("%(what)s is no placeholder. There are: %(known)s."),
            params={"what": wrong[0], "known": placeholders.KNOWN},
        )


class Worded(models.Model):
    """What is written, in one or both languages; an e-mail has a subject too."""

    channel = models.CharField(
        _("channel"), max_length=5, choices=MailingChannel, default=MailingChannel.EMAIL
    )
    subject_zh = models.CharField(
        _("subject (Chinese)"), max_length=200, blank=True, validators=[check_words]
    )
    subject_en = models.CharField(
        _("subject (English)"), max_length=200, blank=True, validators=[check_words]
    )
    body_zh = models.TextField(
        _("text (Chinese)"), max_length=LONGEST, blank=True, validators=[check_words]
    )
    body_en = models.TextField(
        _("text (English)"), max_length=LONGEST, blank=True, validators=[check_words]
    )

    class Meta:
        abstract = True


class MailingTemplate(LibraryModel, BilingualModel, Worded, VersionedModel):
    """A text to begin a mailing with (群发模板)."""

    code = models.CharField(_("code"), max_length=40, unique=True)
    is_active = models.BooleanField(_("active"), default=True)
    position = models.PositiveSmallIntegerField(_("order"), default=100)

    class Meta:
        verbose_name = _("mailing template")
        verbose_name_plural = _("mailing templates")
        ordering = ["channel", "position", "code"]

    def __str__(self):
        return self.name


# ---------- mailings ----------


class MailingState(models.TextChoices):
    """Where a mailing stands."""

    DRAFT = "draft", _("draft")
    WAITING = "waiting", _("waits for release")
    SCHEDULED = "scheduled", _("scheduled")
    SENDING = "sending", _("being sent")
    SENT = "sent", _("sent")
    STOPPED = "stopped", _("stopped")
    DROPPED = "dropped", _("dropped before it was sent")


OPEN_STATES = (MailingState.WAITING, MailingState.SCHEDULED, MailingState.SENDING)


class MailingQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Whose it is, and who answers for its department."""
        if not user.is_active:
            return self.none()
        if user.sees_everything:
            return self
        return self.filter(Q(owner=user) | Q(unit__in=user.unit_ids))


class Mailing(Worded, VersionedModel):
    """One text to many contacts (群发, R-ENG-21).

    `send_at` is from when on it may leave; the clock keeps it. Above a number of recipients a
    second person releases it.
    """

    number = models.CharField(_("number"), max_length=40, unique=True, editable=False)
    name = models.CharField(
        _("name"), max_length=120, help_text=_("For us; the recipients do not see it.")
    )
    state = models.CharField(
        _("state"),
        max_length=9,
        choices=MailingState,
        default=MailingState.DRAFT,
        editable=False,
    )
    owner = models.ForeignKey(
        User, models.PROTECT, related_name="+", verbose_name=_("sender"), editable=False
    )
    unit = models.ForeignKey(
        Unit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("department"),
        editable=False,
    )
    send_at = models.DateTimeField(_("is sent at"), null=True, blank=True, editable=False)
    released_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("released by"),
        editable=False,
    )
    released_at = models.DateTimeField(_("released at"), null=True, blank=True, editable=False)
    started_at = models.DateTimeField(_("begun at"), null=True, blank=True, editable=False)
    finished_at = models.DateTimeField(_("ended at"), null=True, blank=True, editable=False)

    # What was written stays with the record; history only tells that it changed.
    untold = frozenset({"body_zh", "body_en"})

    objects = MailingQuerySet.as_manager()

    class Meta:
        verbose_name = _("mailing")
        verbose_name_plural = _("mailings")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["draft", "dropped"]) | Q(send_at__isnull=False),
                name="mailing_has_its_time",
            ),
            models.CheckConstraint(
                condition=Q(released_by__isnull=True) | ~Q(released_by=models.F("owner")),
                name="mailing_released_by_another",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "send_at"], name="mailing_state"),
            models.Index(fields=["owner", "send_at"], name="mailing_of_sender"),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("engagement:mailing_detail", args=[self.pk])


class NotReached(models.TextChoices):
    """Why a contact gets nothing."""

    REFUSED = "refused", _("refused to be contacted")
    NOT_ASKED = "not_asked", _("has not given consent")
    NO_ADDRESS = "no_address", _("no address")
    BAD_ADDRESS = "bad_address", _("the number cannot be right")
    LEFT = "left", _("has left, or works at no account")
    DUPLICATE = "duplicate", _("somebody else has the same address")
    UNSEEN = "unseen", _("no longer a contact of the sender")
    NO_WORD = "no_word", _("the text needs what is not known of them")
    MOVED = "moved", _("the address changed meanwhile")
    BY_HAND = "by_hand", _("left out by hand")


class RecipientState(models.TextChoices):
    """What became of the message to one contact."""

    PLANNED = "planned", _("still to be sent")
    QUEUED = "queued", _("queued")
    SENT = "sent", _("sent")
    FAILED = "failed", _("not delivered")
    UNKNOWN = "unknown", _("unknown whether sent")
    DROPPED = "dropped", _("not sent")


def new_nonce() -> str:
    return secrets.token_hex(16)


class MailingRecipientQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Of mailings and of accounts this person sees; who works at none, the sender alone."""
        if not user.is_active:
            return self.none()
        if user.sees_everything:
            return self
        seen = Q(account__in=Account.objects.visible_to(user).values("pk"))
        own = Q(account=None, mailing__owner=user)
        mailings = Mailing.objects.visible_to(user).values("pk")
        return self.filter(seen | own, mailing__in=mailings)

    def reached(self):
        return self.filter(left_out="")


class MailingRecipient(VersionedModel):
    """One contact of a mailing (群发对象): reached, or left out with the reason.

    One row for each mailing and contact, and one letter for each row. `letter` is its line in the
    outbox, `communication` the one in the account's log. Of the link to unsubscribe only the hash
    is kept (engagement.links).
    """

    untold = frozenset({"nonce", "digest", "address"})

    mailing = models.ForeignKey(
        Mailing, models.CASCADE, related_name="recipients", verbose_name=_("mailing")
    )
    account = models.ForeignKey(
        Account,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="mailing_recipients",
        verbose_name=_("account"),
    )
    contact = models.ForeignKey(
        Contact, models.PROTECT, related_name="mailing_recipients", verbose_name=_("contact")
    )
    address = models.CharField(_("address then"), max_length=254, blank=True)
    language = models.CharField(_("language"), max_length=10, choices=LANGUAGES, default="zh-hans")
    left_out = models.CharField(
        _("why it is not sent"), max_length=11, choices=NotReached, blank=True
    )
    state = models.CharField(
        _("state"),
        max_length=7,
        choices=RecipientState,
        default=RecipientState.PLANNED,
        editable=False,
    )
    letter = models.ForeignKey(
        Notification,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("outbox"),
        editable=False,
    )
    communication = models.OneToOneField(
        Communication,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="mailing_recipient",
        verbose_name=_("communication"),
        editable=False,
    )
    nonce = models.CharField(max_length=32, default=new_nonce, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    written_at = models.DateTimeField(_("written to"), null=True, blank=True, editable=False)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True, editable=False)
    unsubscribed_at = models.DateTimeField(_("unsubscribed"), null=True, blank=True, editable=False)

    objects = MailingRecipientQuerySet.as_manager()

    class Meta:
        verbose_name = _("recipient of a mailing")
        verbose_name_plural = _("recipients of mailings")
        ordering = ["mailing", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["mailing", "contact"], name="mailed_once_a_mailing"),
            models.UniqueConstraint(
                fields=["mailing", "address"],
                condition=Q(left_out="") & ~Q(address=""),
                name="an_address_once_a_mailing",
            ),
            models.CheckConstraint(
                condition=~Q(left_out="") | Q(account__isnull=False),
                name="mailed_at_an_account",
            ),
        ]
        indexes = [
            models.Index(fields=["mailing", "left_out", "state"], name="mailing_to_write"),
            models.Index(fields=["account", "mailing"], name="recipient_of_account"),
            models.Index(fields=["contact", "-written_at"], name="recipient_of_contact"),
            models.Index(
                fields=["letter"],
                condition=Q(state__in=["queued", "failed", "unknown"]),
                name="mailing_to_settle",
            ),
        ]

    def __str__(self):
        return f"{self.mailing_id}: {self.contact}"
