"""Callbacks to customers, planned, tried and held, and what customers said in them."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Account, Contact
from core.models import BilingualModel, LibraryModel, VersionedModel
from engagement.models.opinions import Opinion, OpinionKind
from flows.models import WorkItem
from planning.models.files import OfAccountQuerySet
from teams.models import Unit, User

MARKS = [MinValueValidator(1), MaxValueValidator(5)]


class CallbackKind(models.TextChoices):
    """Why a customer is called back (choice C-13); one calendar shows them with the visits."""

    REGULAR = "callback_regular", _("regular callback")
    COMPLAINT = "callback_complaint", _("callback after a complaint")
    SERVICE = "callback_service", _("callback after service")


class CallbackChannel(models.TextChoices):
    PHONE = "phone", _("phone call")
    ONLINE = "online", _("online")
    VISIT = "visit", _("at the customer's")


class CallbackStatus(models.TextChoices):
    """Where a callback stands (F-05), in the order of its way."""

    PLANNED = "planned", _("planned")
    CONTACTED = "contacted", _("customer reached")
    DISTRIBUTED = "feedback_distributed", _("feedback distributed")
    CONSOLIDATED = "consolidated", _("consolidated")
    HANDLED = "handled", _("handled")
    ARCHIVED = "archived", pgettext_lazy("visit", "archived")
    NOT_REACHED = "not_reached", _("not reached")
    CANCELLED = "cancelled", _("cancelled")


CALLED_STATUSES = (
    CallbackStatus.CONTACTED,
    CallbackStatus.DISTRIBUTED,
    CallbackStatus.CONSOLIDATED,
    CallbackStatus.HANDLED,
    CallbackStatus.ARCHIVED,
)
# The head of domestic sales passes opinions on while these stand.
HANDLING_STATUSES = (CallbackStatus.DISTRIBUTED, CallbackStatus.CONSOLIDATED)


class OpinionTheme(BilingualModel, LibraryModel, VersionedModel):
    """What an opinion is about (意见类别): product, delivery, service; reports add up by it."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("theme of opinions")
        verbose_name_plural = _("themes of opinions")
        ordering = ["position", "code"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(name_zh="") | ~Q(name_en=""), name="opinion_theme_named"
            )
        ]


class CallbackQuerySet(OfAccountQuerySet):
    def visible_to(self, user):
        """Whoever sees the account, and whoever has to decide or to see to something in it."""
        rows = super().visible_to(user)
        if not user.is_active or user.sees_everything:
            return rows
        asked = WorkItem.objects.granting(user).filter(subject_type="callback")
        return self.filter(Q(pk__in=rows.values("pk")) | Q(pk__in=asked.values("subject_id")))

    def of_person(self, user):
        """What a person has to call themselves, as far as they see the account."""
        return OfAccountQuerySet.visible_to(self.filter(caller=user), user)

    def ahead(self):
        """The customer is still to be reached."""
        return self.filter(status=CallbackStatus.PLANNED)

    def called(self):
        return self.filter(status__in=CALLED_STATUSES)

    def regular(self):
        return self.filter(kind=CallbackKind.REGULAR)


class Callback(VersionedModel):
    """A customer is called back (客户回访, F-05, R-ENG-27, R-ENG-28).

    `status` is steered by the flow on it and written by nothing else. `due_on` is the last day in
    time, `planned_at` when the caller means to call. `held_at` is when the customer was reached,
    `ended_at` when it was archived, given up or cancelled. `source` names the occasion of one that
    an event made, so that it is made once.
    """

    number = models.CharField(_("number"), max_length=40, unique=True, editable=False)
    account = models.ForeignKey(
        Account, models.PROTECT, related_name="callbacks", verbose_name=_("account")
    )
    kind = models.CharField(
        _("kind"), max_length=18, choices=CallbackKind, default=CallbackKind.REGULAR
    )
    topic = models.CharField(_("what it is about"), max_length=300, blank=True)
    channel = models.CharField(
        _("channel"), max_length=6, choices=CallbackChannel, default=CallbackChannel.PHONE
    )
    caller = models.ForeignKey(
        User, models.PROTECT, related_name="callbacks", verbose_name=_("who calls")
    )
    due_on = models.DateField(_("due"))
    planned_at = models.DateTimeField(_("planned for"))
    status = models.CharField(
        _("status"),
        max_length=20,
        choices=CallbackStatus,
        default=CallbackStatus.PLANNED,
        editable=False,
    )
    satisfaction = models.PositiveSmallIntegerField(
        _("satisfaction"), null=True, blank=True, validators=MARKS, editable=False
    )
    summary = models.TextField(_("what was said"), max_length=4000, blank=True, editable=False)
    held_at = models.DateTimeField(_("reached at"), null=True, blank=True, editable=False)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True, editable=False)
    reason = models.TextField(
        _("why it was moved, given up or cancelled"), blank=True, editable=False
    )
    source = models.CharField(_("occasion"), max_length=60, blank=True, editable=False)
    created_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("planned by"),
        editable=False,
    )

    objects = CallbackQuerySet.as_manager()

    class Meta:
        verbose_name = _("customer callback")
        verbose_name_plural = _("customer callbacks")
        ordering = ["-planned_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["account"],
                condition=Q(kind="callback_regular", status="planned"),
                name="one_regular_callback_ahead",
                violation_error_message=_("A regular callback of this account is planned already."),
            ),
            models.UniqueConstraint(
                fields=["kind", "source"], condition=~Q(source=""), name="callback_of_event_once"
            ),
            models.CheckConstraint(
                condition=Q(satisfaction=None) | Q(satisfaction__gte=1, satisfaction__lte=5),
                name="callback_satisfaction_1_to_5",
            ),
        ]
        indexes = [
            models.Index(fields=["account", "-planned_at"], name="callback_of_account"),
            models.Index(fields=["caller", "planned_at"], name="callback_of_caller"),
            models.Index(fields=["planned_at", "id"], name="callback_calendar"),
            models.Index(fields=["status", "planned_at"], name="callback_status"),
            models.Index(fields=["due_on", "id"], name="callback_due"),
            models.Index(fields=["held_at"], name="callback_held"),
        ]

    def __str__(self):
        return self.number

    def get_absolute_url(self):
        return reverse("engagement:callback_detail", args=[self.pk])

    @property
    def title(self) -> str:
        return self.topic or str(self.get_kind_display())

    @property
    def is_ahead(self) -> bool:
        return self.status == CallbackStatus.PLANNED


class CallbackContact(models.Model):
    """Somebody of the customer who is to be called; `reached` is said by the call."""

    callback = models.ForeignKey(Callback, models.CASCADE, related_name="contacts")
    contact = models.ForeignKey(
        Contact, models.PROTECT, related_name="callbacks", verbose_name=_("contact")
    )
    reached = models.BooleanField(_("was reached"), null=True, blank=True)

    class Meta:
        verbose_name = _("person who is called back")
        verbose_name_plural = _("people who are called back")
        constraints = [
            models.UniqueConstraint(fields=["callback", "contact"], name="callback_contact_once")
        ]

    def __str__(self):
        return str(self.contact)


class CallbackTry(models.Model):
    """One attempt to reach the customer. `next_at` is when it was to be tried again."""

    callback = models.ForeignKey(Callback, models.CASCADE, related_name="tries")
    at = models.DateTimeField(_("when"), default=timezone.now)
    by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("by whom")
    )
    reached = models.BooleanField(_("reached"), default=False)
    note = models.CharField(_("note"), max_length=300, blank=True)
    next_at = models.DateTimeField(_("again at"), null=True, blank=True)

    class Meta:
        verbose_name = _("attempt to reach a customer")
        verbose_name_plural = _("attempts to reach a customer")
        ordering = ["at", "pk"]

    def __str__(self):
        return f"{self.callback} {self.at:%Y-%m-%d}"


class CallbackFeedback(models.Model):
    """One thing the customer said in a callback (回访反馈): its theme, how satisfied they are with
    it, and the opinion that follows it to its end. `department` is which of ours sees to it, `item`
    what that department was asked to do."""

    callback = models.ForeignKey(Callback, models.CASCADE, related_name="feedback")
    line = models.PositiveSmallIntegerField(_("line"))
    kind = models.CharField(
        _("kind"), max_length=10, choices=OpinionKind, default=OpinionKind.OPINION
    )
    theme = models.ForeignKey(
        OpinionTheme, models.PROTECT, related_name="+", verbose_name=_("theme")
    )
    satisfaction = models.PositiveSmallIntegerField(
        _("satisfaction"), null=True, blank=True, validators=MARKS
    )
    text = models.TextField(_("what they say"), max_length=4000)
    opinion = models.OneToOneField(
        Opinion,
        models.PROTECT,
        related_name="feedback",
        verbose_name=_("opinion"),
        editable=False,
    )
    department = models.ForeignKey(
        Unit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("department that sees to it"),
    )
    item = models.ForeignKey(
        WorkItem, models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    passed_at = models.DateTimeField(_("passed on at"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("callback feedback")
        verbose_name_plural = _("callback feedback")
        ordering = ["callback", "line"]
        constraints = [
            models.UniqueConstraint(fields=["callback", "line"], name="callback_line_once"),
            models.CheckConstraint(
                condition=Q(satisfaction=None) | Q(satisfaction__gte=1, satisfaction__lte=5),
                name="feedback_satisfaction_1_to_5",
            ),
        ]
        indexes = [models.Index(fields=["theme"], name="callback_theme")]

    def __str__(self):
        return f"{self.callback_id}/{self.line}"
