"""What was said to customers and by them, outside visits."""

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Contact
from core.models import OneRowModel, VersionedModel
from core.worktime import parse_limit
from planning.models.files import OfAccountQuerySet
from teams.models import User


class CommunicationChannel(models.TextChoices):
    PHONE = "phone", _("phone call")
    EMAIL = "email", _("e-mail")
    SMS = "sms", _("text message")
    MEETING = "meeting", _("meeting")
    WECHAT = "wechat", _("WeChat")


class Direction(models.TextChoices):
    OUT = "out", _("from us")
    IN = "in", _("from the customer")


class LetterState(models.TextChoices):
    """What became of a message that was sent to many (R-ENG-21)."""

    QUEUED = "queued", _("queued")
    SENT = "sent", _("sent")
    FAILED = "failed", _("not delivered")
    UNKNOWN = "unknown", _("unknown whether sent")
    DROPPED = "dropped", _("not sent")


class CommunicationQuerySet(OfAccountQuerySet):
    def waiting(self):
        """Somebody of the customer still waits for an answer."""
        return self.filter(needs_answer=True, answered_at=None)

    def by_hand(self):
        """What somebody said and wrote down, without the messages that went to many."""
        return self.filter(letter="")


class Communication(VersionedModel):
    """One call, e-mail, message or meeting with a customer (沟通记录, R-ENG-21).

    `answer_by` is set while an answer is owed; between `at` and `answered_at` lies the answer
    time. A message of a mailing has a `letter` state; it is kept by the mailing alone.
    """

    account = models.ForeignKey(
        Account, models.PROTECT, related_name="communications", verbose_name=_("account")
    )
    contact = models.ForeignKey(
        Contact,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="communications",
        verbose_name=_("contact"),
    )
    channel = models.CharField(
        _("channel"),
        max_length=8,
        choices=CommunicationChannel,
        default=CommunicationChannel.PHONE,
    )
    direction = models.CharField(
        _("direction"), max_length=3, choices=Direction, default=Direction.OUT
    )
    subject = models.CharField(_("what about"), max_length=200)
    content = models.TextField(_("what was said"), blank=True)
    at = models.DateTimeField(_("when"), default=timezone.now)
    author = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        related_name="communications",
        verbose_name=_("by whom"),
        editable=False,
    )
    letter = models.CharField(
        _("sending"), max_length=7, choices=LetterState, blank=True, editable=False
    )
    needs_answer = models.BooleanField(_("the customer waits for an answer"), default=False)
    answer_by = models.DateTimeField(_("answer by"), null=True, blank=True)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True, editable=False)
    answered_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("answered by"),
        editable=False,
    )
    answer = models.TextField(_("answer"), blank=True, editable=False)

    # What was said stays with the record; history only tells that it changed.
    untold = frozenset({"content", "answer"})

    objects = CommunicationQuerySet.as_manager()

    class Meta:
        verbose_name = _("communication")
        verbose_name_plural = _("communications")
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(needs_answer=False) | Q(answer_by__isnull=False),
                name="communication_answer_has_time",
            ),
            models.CheckConstraint(
                condition=Q(answered_at=None) | Q(needs_answer=True),
                name="communication_answered_was_asked",
            ),
        ]
        indexes = [
            models.Index(fields=["account", "-at", "-id"], name="communication_of_account"),
            models.Index(fields=["contact", "-at"], name="communication_of_contact"),
            models.Index(fields=["author", "-at"], name="communication_of_author"),
            models.Index(fields=["-at", "-id"], name="communication_newest"),
            models.Index(
                fields=["answer_by"],
                condition=Q(needs_answer=True, answered_at=None),
                name="communication_waiting",
            ),
        ]

    def __str__(self):
        return self.subject

    def get_absolute_url(self):
        return reverse("engagement:communication_detail", args=[self.pk])

    @property
    def waits(self) -> bool:
        return self.needs_answer and self.answered_at is None


def check_limit(text):
    """A working-time limit such as "1 day"."""
    try:
        parse_limit(text)
    except ValueError:
        raise ValidationError(_("Write a time such as 4 hours or 2 days.")) from None


class CommunicationSettings(OneRowModel):
    """One row (沟通设置): how soon a customer is answered."""

    answer_within = models.CharField(
        _("answer a customer within"),
        max_length=40,
        default="1 day",
        validators=[check_limit],
        help_text=_("Working time of the account's city: 4 hours, 1 day."),
    )
    warn_hours = models.PositiveSmallIntegerField(
        _("hours after which the superior is told of a missing answer"),
        default=24,
        validators=[MinValueValidator(1)],
    )

    class Meta:
        verbose_name = _("settings of communications")
        verbose_name_plural = _("settings of communications")
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="one_row_of_communication_settings")
        ]
