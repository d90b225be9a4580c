"""An import, from the uploaded file to its undoing."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.models.base import LibraryModel, TimestampedModel, VersionedModel


class ImportMappingQuerySet(models.QuerySet):
    def visible_to(self, user):
        """One's own mappings and those shared with everybody."""
        return self.filter(Q(owner=user) | Q(is_shared=True))


class ImportMapping(LibraryModel, VersionedModel):
    """Which column of a file goes into which field (列映射), kept under a name."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("owner"),
    )
    kind = models.CharField(_("kind"), max_length=40)
    name = models.CharField(_("name"), max_length=80)
    definition = models.JSONField(_("columns and values"), default=dict)
    is_shared = models.BooleanField(_("shared with everybody"), default=False)

    objects = ImportMappingQuerySet.as_manager()

    class Meta:
        verbose_name = _("import mapping")
        verbose_name_plural = _("import mappings")
        ordering = ["kind", "name"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "kind", "name"], name="mapping_name_once")
        ]

    def __str__(self):
        return self.name


class ImportMode(models.TextChoices):
    CREATE = "create", _("create new records only")
    UPDATE = "update", _("update existing records only")
    BOTH = "both", _("create and update")


class ImportState(models.TextChoices):
    UPLOADED = "uploaded", _("uploaded")
    CHECKING = "checking", _("checking")
    CHECKED = "checked", _("checked")
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")
    UNDOING = "undoing", _("undoing")
    UNDONE = "undone", _("undone")


# States in which a worker holds, or should hold, a lease.
BUSY = (ImportState.CHECKING, ImportState.RUNNING, ImportState.UNDOING)


class ImportBatchQuerySet(models.QuerySet):
    def visible_to(self, user):
        """One's own imports; who sees the whole company sees all of them."""
        if not user.has_right("import_data"):
            return self.none()
        return self if user.sees_everything else self.filter(started_by=user)


class ImportBatch(VersionedModel):
    """One file on its way into the database (导入批次).

    `done` is the number of rows worked off, in the importer's order; it moves in the transaction
    that writes them, so a killed batch goes on where it stopped. `counts` holds the outcome.
    """

    kind = models.CharField(_("kind"), max_length=40)
    state = models.CharField(
        _("state"), max_length=8, choices=ImportState, default=ImportState.UPLOADED
    )
    mode = models.CharField(_("mode"), max_length=6, choices=ImportMode, default=ImportMode.BOTH)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("started by"),
    )
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("undone by"),
    )
    file = models.FileField(upload_to="imports/%Y/%m/", max_length=200, blank=True)
    file_name = models.CharField(_("file"), max_length=200)
    sha256 = models.CharField(max_length=64, blank=True)
    encoding = models.CharField(_("encoding"), max_length=20, blank=True)
    sheet = models.CharField(_("sheet"), max_length=120, blank=True)
    columns = models.JSONField(default=list)
    mapping = models.JSONField(default=dict)
    row_count = models.PositiveIntegerField(_("rows"), default=0)
    counts = models.JSONField(default=dict)
    done = models.PositiveIntegerField(default=0)
    resumed = models.PositiveSmallIntegerField(_("times resumed"), default=0)
    lease_token = models.CharField(max_length=32, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    error = models.TextField(_("error"), blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

    objects = ImportBatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-created_at"]
        indexes = [
            models.Index(
                fields=["lease_until"],
                name="import_busy",
                condition=Q(state__in=["checking", "running", "undoing"]),
            )
        ]

    def __str__(self):
        return f"{self.file_name} ({timezone.localtime(self.created_at):%Y-%m-%d %H:%M})"


class RowAction(models.TextChoices):
    CREATE = "create", _("new")
    UPDATE = "update", _("update")
    UNCHANGED = "unchanged", _("unchanged")
    DUPLICATE = "duplicate", _("suspected duplicate")
    ERROR = "error", _("error")


class RowDecision(models.TextChoices):
    """What the person said about a suspected duplicate."""

    NEW = "new", _("is new")
    SAME = "same", _("merge into the existing record")
    SKIP = "skip", _("leave out")


class RowState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    DONE = "done", _("done")
    SKIPPED = "skipped", _("skipped")
    UNDONE = "undone", _("undone")
    KEPT = "kept", _("kept")


class ImportRow(models.Model):
    """One line of the file that needs a person or that wrote something (导入行).

    A dry run keeps only lines with errors, suspected duplicates or corrections, with what they
    said (`raw`). Writing adds one row for each record made or changed: `before` holds the old
    values of its fields, `made` the other records of the line as [model, id, version, before];
    `before` is null there for a record that was created. Unchanged lines leave no row.
    """

    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="rows")
    line = models.PositiveIntegerField(_("line"))
    raw = models.JSONField(default=list, blank=True)
    corrected = models.JSONField(default=dict, blank=True)
    action = models.CharField(max_length=10, choices=RowAction, blank=True)
    errors = models.JSONField(default=list, blank=True)
    decision = models.CharField(max_length=4, choices=RowDecision, blank=True)
    same_as = models.PositiveBigIntegerField(null=True, blank=True)
    state = models.CharField(max_length=8, choices=RowState, default=RowState.WAITING)
    target_id = models.PositiveBigIntegerField(null=True)
    target_version = models.PositiveIntegerField(null=True)
    before = models.JSONField(default=dict, blank=True)
    made = models.JSONField(default=list, blank=True)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("import row")
        verbose_name_plural = _("import rows")
        ordering = ["batch", "line"]
        constraints = [models.UniqueConstraint(fields=["batch", "line"], name="import_line_once")]

    def __str__(self):
        return f"{self.batch_id}:{self.line}"


class LibraryTombstone(TimestampedModel):
    """A shipped row that an administrator deleted, so that it does not come back."""

    library_code = models.CharField(max_length=80, unique=True)

    class Meta:
        verbose_name = _("removed library row")
        verbose_name_plural = _("removed library rows")

    def __str__(self):
        return self.library_code
