"""Tables with a person: history, saved views, stars, tokens, jobs."""

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.models.base import TimestampedModel, VersionedModel


class Channel(models.TextChoices):
    """The way by which a change came in."""

    PAGE = "page", _("page")
    API = "api", _("API")
    IMPORT = "import", _("import")
    ADMIN = "admin", _("admin")
    JOB = "job", _("job")
    SHELL = "shell", _("command line")


class AuditEntry(models.Model):
    """One line of history (历史): who did what to which record, when, what was before and after.

    Written by services only, one per action; triggers on both databases refuse every update and
    delete but one: blanking what an anonymised person said (`redacted_at`, `changes`, label and
    reason). `changes` is {field: [before, after]}. `parent` is the record on whose page the line
    also shows (the account of a contact).
    """

    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("who"),
    )
    action = models.CharField(_("action"), max_length=60)
    channel = models.CharField(_("channel"), max_length=8, choices=Channel, default=Channel.PAGE)
    target_type = models.ForeignKey(ContentType, models.PROTECT, related_name="+")
    target_id = models.PositiveBigIntegerField()
    target = GenericForeignKey("target_type", "target_id")
    target_label = models.CharField(_("record"), max_length=200, blank=True)
    parent_type = models.ForeignKey(ContentType, models.PROTECT, related_name="+", null=True)
    parent_id = models.PositiveBigIntegerField(null=True)
    batch_id = models.PositiveBigIntegerField(_("import batch"), null=True, blank=True)
    changes = models.JSONField(_("changes"), default=dict)
    reason = models.TextField(_("reason"), blank=True)
    happened_at = models.DateTimeField(_("when"), default=timezone.now)
    redacted_at = models.DateTimeField(_("personal data removed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("history entry")
        verbose_name_plural = _("history")
        ordering = ["-happened_at", "-id"]
        indexes = [
            models.Index(fields=["target_type", "target_id", "-happened_at"], name="audit_target"),
            models.Index(
                fields=["parent_type", "parent_id", "-happened_at"],
                name="audit_parent",
                condition=Q(parent_id__isnull=False),
            ),
            models.Index(fields=["-happened_at"], name="audit_when"),
        ]

    def __str__(self):
        return f"{self.action}: {self.target_label}"


class SavedView(VersionedModel):
    """A list as somebody wants to see it again (保存的视图): filters, order and columns."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="saved_views",
        verbose_name=_("owner"),
    )
    page = models.CharField(_("page"), max_length=60)
    name = models.CharField(_("name"), max_length=80)
    query = models.CharField(_("filters, order and columns"), max_length=2000, blank=True)
    is_shared = models.BooleanField(_("shared with everybody"), default=False)

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "page", "name"], name="view_name_once")
        ]

    def __str__(self):
        return self.name


class Star(models.Model):
    """A record somebody keeps at hand (收藏)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="stars")
    target_type = models.ForeignKey(ContentType, models.CASCADE, related_name="+")
    target_id = models.PositiveBigIntegerField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("star")
        verbose_name_plural = _("stars")
        constraints = [
            models.UniqueConstraint(fields=["user", "target_type", "target_id"], name="star_once")
        ]

    def __str__(self):
        return f"{self.user_id}: {self.target_type_id}/{self.target_id}"


class TokenScope(models.TextChoices):
    READ = "read", _("read")
    WRITE = "write", _("read and write")


class ApiToken(TimestampedModel):
    """A bearer token (令牌) of one person. Only its SHA-256 is stored, and how it begins."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="api_tokens", verbose_name=_("user")
    )
    name = models.CharField(_("name"), max_length=80, blank=True)
    prefix = models.CharField(_("begins with"), max_length=8, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scope = models.CharField(_("scope"), max_length=5, choices=TokenScope, default=TokenScope.READ)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True, editable=False)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        ordering = ["-created_at"]

    def __str__(self):
        return f"{self.name or self.prefix} ({self.get_scope_display()})"


class IdempotencyKey(models.Model):
    """A POST that was already answered: the same key and body get the same answer for a day."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("idempotency key")
        verbose_name_plural = _("idempotency keys")
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="idempotency_once")]
        indexes = [models.Index(fields=["created_at"], name="idempotency_age")]

    def __str__(self):
        return self.key


class JobState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")


class JobRun(models.Model):
    """One run of a job (作业运行): progress and result, for who waits and who operates."""

    code = models.CharField(_("job"), max_length=80)
    state = models.CharField(_("state"), max_length=8, choices=JobState, default=JobState.WAITING)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("started by"),
    )
    done = models.PositiveIntegerField(_("done"), default=0)
    total = models.PositiveIntegerField(_("total"), default=0)
    result = models.JSONField(_("result"), default=dict, blank=True)
    error = models.TextField(_("error"), blank=True)
    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

    class Meta:
        verbose_name = _("job run")
        verbose_name_plural = _("job runs")
        ordering = ["-created_at"]
        indexes = [models.Index(F("code"), F("created_at").desc(), name="jobrun_latest")]

    def __str__(self):
        return f"{self.code} {self.created_at:%Y-%m-%d %H:%M}"
