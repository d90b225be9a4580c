"""Filled documents, their reportable answers, and the reading rights that open work gives."""

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.about import AboutQuerySet, AboutSubject
from core.models import VersionedModel
from core.subjects import Audience
from documents.models.templates import DocumentTemplate, DocumentVersion
from teams.models import User

# What history need not say: where a row hangs, not what it says.
ABOUT = frozenset({"audience", "subject_id", "subject_type", "answers", "digest", "uuid", "file"})


class DocumentState(models.TextChoices):
    DRAFT = "draft", _("being filled in")
    COMPLETE = "complete", _("complete")
    SUPERSEDED = "superseded", _("superseded")


class ReadGrant(models.Model):
    """Leave to read the documents of one subject while work on it is open (阅读授权).

    Written by the services of flows for whoever has to decide something on the subject.
    """

    subject_type = models.CharField(max_length=40)
    subject_id = models.PositiveBigIntegerField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    until = models.DateTimeField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("reading right")
        verbose_name_plural = _("reading rights")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "subject_type", "subject_id"], name="read_grant_once"
            )
        ]

    def __str__(self):
        return f"{self.subject_type} {self.subject_id}: {self.user_id}"


class FillGrant(models.Model):
    """Leave to fill one form about one subject while a step that offers it is open (填写授权).

    Written by the services of flows beside ReadGrant; it lets nobody read anything by itself.
    """

    subject_type = models.CharField(max_length=40)
    subject_id = models.PositiveBigIntegerField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    template = models.ForeignKey(DocumentTemplate, models.CASCADE, related_name="+")

    class Meta:
        verbose_name = _("filling right")
        verbose_name_plural = _("filling rights")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "subject_type", "subject_id", "template"], name="fill_grant_once"
            )
        ]

    def __str__(self):
        return f"{self.subject_type} {self.subject_id}: {self.user_id}, {self.template_id}"


def granted(user) -> Q:
    """What an open work item lets a person read: all but what only those taking part read."""
    rights = ReadGrant.objects.filter(
        Q(until=None) | Q(until__gt=timezone.now()),
        user=user,
        subject_type=OuterRef("subject_type"),
        subject_id=OuterRef("subject_id"),
    )
    return Q(Exists(rights)) & ~Q(audience=Audience.PARTICIPANTS)


class DocumentQuerySet(AboutQuerySet):
    def visible_to(self, user):
        """By audience (accounts.models.about), and whoever an open work item lets read."""
        if not user.is_active:
            return self.none()
        if user.sees_everything:
            return self
        seen = AboutQuerySet.visible_to(self.model._default_manager.all(), user).order_by()
        return self.filter(Q(pk__in=seen.values("pk")) | self._grant(user))

    def granted_to(self, user):
        """Those an open work item lets the person read."""
        return self.filter(self._grant(user))

    def _grant(self, user) -> Q:
        return granted(user)

    def current(self):
        return self.filter(archived_at=None)

    def in_force(self):
        return self.current().exclude(state=DocumentState.SUPERSEDED)


class Document(AboutSubject, VersionedModel):
    """A filled form about a subject, or about the company (单据, R-PLT-09, R-ACC-31).

    `answers` is read whole only; what is filtered, counted or asked by gates are rows of Answer,
    written in the same transaction. A new revision supersedes the one before it.
    """

    untold = ABOUT

    template = models.ForeignKey(
        DocumentTemplate,
        models.PROTECT,
        related_name="documents",
        verbose_name=_("form template"),
    )
    form = models.ForeignKey(
        DocumentVersion, models.PROTECT, related_name="documents", verbose_name=_("version")
    )
    number = models.CharField(_("number"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=200, blank=True)
    state = models.CharField(
        _("state"), max_length=10, choices=DocumentState, default=DocumentState.DRAFT
    )
    answers = models.JSONField(_("answers"), default=dict, blank=True, editable=False)
    completeness = models.PositiveSmallIntegerField(_("completeness"), default=0, editable=False)
    score = models.DecimalField(
        _("score"), max_digits=5, decimal_places=1, null=True, blank=True, editable=False
    )
    completed_at = models.DateTimeField(_("completed at"), null=True, blank=True, editable=False)
    completed_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("completed by"),
        editable=False,
    )
    supersedes = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="superseded_by",
        verbose_name=_("revision of"),
        editable=False,
    )
    created_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("created by"),
        editable=False,
    )
    archived_at = models.DateTimeField(_("archived at"), null=True, blank=True, editable=False)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="draft", completed_at=None)
                | Q(state__in=["complete", "superseded"]),
                name="draft_is_not_completed",
            ),
            models.CheckConstraint(
                condition=Q(completeness__lte=100), name="completeness_is_a_percentage"
            ),
        ]
        indexes = [
            models.Index(
                fields=["subject_type", "subject_id", "template", "-id"], name="document_subject"
            ),
            models.Index(fields=["account", "state"], name="document_account"),
            models.Index(fields=["owner", "state"], name="document_owner"),
            models.Index(fields=["-created_at", "-id"], name="document_newest"),
        ]

    def __str__(self):
        return self.name or self.number

    def get_absolute_url(self):
        return reverse("documents:document_detail", args=[self.pk])

    @property
    def label(self) -> str:
        return f"{self.number} {self.name or self.template.name}"


class Answer(models.Model):
    """One reportable answer of a document (可统计答案), typed so that databases can compare it.

    Several choices are several rows. `reference_id` is of the kind named by `refers`; after a
    merge the old number leads to the survivor, as everywhere.
    """

    document = models.ForeignKey(Document, models.CASCADE, related_name="answer_rows")
    template = models.ForeignKey(DocumentTemplate, models.CASCADE, related_name="+")
    field = models.CharField(_("field"), max_length=40)
    position = models.PositiveSmallIntegerField(default=0)
    number = models.DecimalField(max_digits=19, decimal_places=6, null=True, blank=True)
    text = models.CharField(max_length=500, blank=True)
    day = models.DateField(null=True, blank=True)
    choice = models.CharField(max_length=40, blank=True)
    refers = models.CharField(max_length=10, blank=True)
    reference_id = models.PositiveBigIntegerField(null=True, blank=True)

    class Meta:
        verbose_name = _("reportable answer")
        verbose_name_plural = _("reportable answers")
        ordering = ["document", "field", "position"]
        constraints = [
            models.UniqueConstraint(fields=["document", "field", "position"], name="answer_once")
        ]
        indexes = [
            models.Index(fields=["template", "field", "choice"], name="answer_choice"),
            models.Index(fields=["template", "field", "number"], name="answer_number"),
            models.Index(fields=["template", "field", "day"], name="answer_day"),
        ]

    def __str__(self):
        return f"{self.document_id}: {self.field}"
