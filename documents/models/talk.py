"""What hangs beside a record: files and comments."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.about import AboutQuerySet, AboutSubject
from core.models import LibraryModel, TimestampedModel, VersionedModel
from documents.models.categories import ArchiveCategory
from documents.models.filled import ABOUT, Document, granted
from teams.models import User


class Preview(models.TextChoices):
    NONE = "", _("none")
    IMAGE = "image", _("image")
    PDF = "pdf", "PDF"


class FileType(LibraryModel, VersionedModel):
    """A kind of file that may be attached (允许的文件类型).

    `magic` are the first bytes every such file has, in hexadecimal, alternatives separated by
    commas; empty for plain text. Only types without active content have a preview.
    """

    extension = models.SlugField(_("extension"), max_length=10, unique=True)
    media_type = models.CharField(_("media type"), max_length=100)
    magic = models.CharField(_("first bytes"), max_length=100, blank=True)
    preview = models.CharField(_("preview"), max_length=5, choices=Preview, blank=True)
    is_allowed = models.BooleanField(_("allowed"), default=True)

    class Meta:
        verbose_name = _("type of file")
        verbose_name_plural = _("types of files")
        ordering = ["extension"]

    def __str__(self):
        return self.extension.upper()


class DocumentSettings(VersionedModel):
    """Limits of attachments (附件设置); one row."""

    SINGLETON = 1
    id = models.PositiveSmallIntegerField(primary_key=True, default=SINGLETON, editable=False)
    max_megabytes = models.PositiveIntegerField(_("largest file, MB"), default=20)
    quota_megabytes = models.PositiveIntegerField(_("all files together, MB"), default=20_480)
    person_megabytes = models.PositiveIntegerField(_("files of one person, MB"), default=2_048)

    class Meta:
        verbose_name = _("attachment settings")
        verbose_name_plural = _("attachment settings")
        constraints = [models.CheckConstraint(condition=Q(id=1), name="one_document_settings")]

    def __str__(self):
        return str(self._meta.verbose_name)


def place_of(attachment, name) -> str:
    """Under a number that says nothing; the name people gave it is a column."""
    return f"attachments/{attachment.uuid.hex[:2]}/{attachment.uuid.hex}"


class AttachmentQuerySet(AboutQuerySet):
    def taking_part(self, user) -> Q:
        return Q(owner=user) | Q(uploaded_by=user)

    def visible_to(self, user):
        """Those of documents go with the document, the others with their subject; also for whom an
        open work item lets read it, but for what is confidential."""
        if not user.is_active:
            return self.none()
        if user.sees_everything:
            return self
        alone = AboutQuerySet.visible_to(self.model._default_manager.all(), user).order_by()
        documents = Document.objects.visible_to(user).order_by()
        return self.filter(
            Q(document=None, pk__in=alone.values("pk"))
            | Q(document__in=documents.values("pk"))
            | (Q(document=None, is_confidential=False) & granted(user))
        )

    def current(self):
        return self.filter(archived_at=None)


class Attachment(AboutSubject, TimestampedModel):
    """A file beside a record or in a field of a document (附件, R-ACC-38)."""

    untold = ABOUT

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    document = models.ForeignKey(
        Document,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="attachments",
        verbose_name=_("document"),
    )
    field = models.CharField(_("field"), max_length=40, blank=True)
    file = models.FileField(upload_to=place_of, max_length=120)
    name = models.CharField(_("name"), max_length=200)
    media_type = models.CharField(_("media type"), max_length=100)
    size = models.PositiveBigIntegerField(_("size"))
    digest = models.CharField(max_length=64, editable=False)
    category = models.ForeignKey(
        ArchiveCategory,
        models.PROTECT,
        to_field="code",
        db_column="category",
        related_name="attachments",
        verbose_name=_("category"),
    )
    is_confidential = models.BooleanField(_("confidential"), default=False)
    uploaded_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("uploaded by")
    )
    archived_at = models.DateTimeField(_("archived at"), null=True, blank=True, editable=False)

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["subject_type", "subject_id"], name="attachment_subject")]

    def __str__(self):
        return self.name


class CommentQuerySet(AboutQuerySet):
    def current(self):
        return self.filter(archived_at=None)


class Comment(AboutSubject, VersionedModel):
    """A remark on a record that colleagues may be named in (评论)."""

    untold = ABOUT

    author = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("author")
    )
    text = models.TextField(_("comment"), max_length=4000)
    archived_at = models.DateTimeField(_("archived at"), null=True, blank=True, editable=False)

    objects = CommentQuerySet.as_manager()

    class Meta:
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        ordering = ["created_at", "pk"]
        indexes = [models.Index(fields=["subject_type", "subject_id"], name="comment_subject")]

    def __str__(self):
        return self.text[:60]


class Mention(models.Model):
    """A colleague named in a comment (提及); they were able to open the record then."""

    comment = models.ForeignKey(Comment, models.CASCADE, related_name="mentions")
    user = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("person"))

    class Meta:
        verbose_name = _("mention")
        verbose_name_plural = _("mentions")
        constraints = [models.UniqueConstraint(fields=["comment", "user"], name="mention_once")]

    def __str__(self):
        return f"{self.comment_id}: {self.user_id}"
