"""Every write to imports: begin one, correct it, run it, take it back."""

import hashlib
from uuid import uuid4

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core import audit, tasks
from core.exceptions import DomainError
from core.importing import engine
from core.importing.guard import ENCODINGS, Table, extension_of, read_table
from core.importing.mapping import Mapping, guess
from core.importing.write import problems_of
from core.models import (
    BUSY,
    ImportBatch,
    ImportMapping,
    ImportMode,
    ImportRow,
    ImportState,
    RowAction,
    RowDecision,
    RowState,
)

NOTES = {
    "changed": _("Somebody changed it since."),
    "used": _("Something else refers to it by now."),
    "gone": _("It was removed before."),
}
WAIT_FOR = 3_000  # rows that a dry run in the request may have; more go to a worker


class UnknownKind(DomainError):
    """Nothing of this kind can be imported."""


class WrongState(DomainError):
    """The step does not fit where the import stands."""


class UnknownMapping(DomainError):
    """No mapping of this name for this kind."""


def _importer(kind: str, user):
    importer = engine.importers().get(kind)
    if importer is None:
        raise UnknownKind(_("This kind of data cannot be imported."), field="kind")
    if not importer.open_to(user):
        raise PermissionDenied
    return importer


def _mine(batch: ImportBatch, user):
    if batch.started_by_id != user.pk and not user.sees_everything:
        raise PermissionDenied
    return _importer(batch.kind, user)


# -------------------------------------------------------------------------------------- beginning


def create_batch(
    *,
    kind: str,
    file_name: str,
    content: bytes,
    user,
    encoding: str = "",
    sheet: str = "",
    mapping: Mapping | dict | str | None = None,
    mode: str = ImportMode.BOTH,
) -> ImportBatch:
    """Take in a file. Raises FileRefused; `mapping` is a Mapping, its JSON, or a saved name."""
    importer = _importer(kind, user)
    table = read_table(file_name, content, limits=engine.limits(), encoding=encoding, sheet=sheet)
    batch = ImportBatch(
        kind=kind,
        mode=ImportMode(mode),
        started_by=user,
        file_name=file_name.replace("\0", "").replace("\\", "/").rpartition("/")[2][-200:],
        sha256=hashlib.sha256(content).hexdigest(),
    )
    _take_table(batch, table, _mapping_for(importer, table, user, mapping))
    batch.file.save(f"{uuid4().hex}.{extension_of(file_name)}", ContentFile(content), save=False)
    with transaction.atomic():
        batch.full_clean(exclude=["file", "undone_by", "counts", "columns", "mapping"])
        batch.save(force_insert=True)
        audit.record(
            actor=user,
            action="importbatch.created",
            target=batch,
            batch=batch,
            kind=kind,
            file=batch.file_name,
            rows=batch.row_count,
        )
    return batch


def _take_table(batch: ImportBatch, table: Table, mapping: Mapping):
    batch.encoding, batch.sheet = table.encoding, table.sheet[:120]
    batch.columns, batch.row_count = table.columns, len(table.rows)
    batch.mapping = mapping.as_json()
    batch.counts = {"samples": _samples(table), "sheets": table.sheets}


def _samples(table: Table, count: int = 3) -> list[list[str]]:
    """The first different values of each column, for the page that maps columns."""
    found: list[list[str]] = []
    for index in range(len(table.columns)):
        values = dict.fromkeys(row[index].strip()[:60] for row in table.rows[:200])
        found.append([value for value in values if value][:count])
    return found


def _kept(batch: ImportBatch) -> dict:
    """What a new dry run keeps of the counts."""
    return {name: batch.counts[name] for name in ("samples", "sheets") if name in batch.counts}


def _mapping_for(importer, table: Table, user, mapping) -> Mapping:
    fields = importer.fields_for(user)
    if isinstance(mapping, str) and mapping:
        mapping = find_mapping(kind=importer.kind, name=mapping, user=user)
    elif isinstance(mapping, dict):
        mapping = Mapping.from_json(mapping)
    if mapping is None or mapping == "":
        mapping = _shipped_for(importer.kind, table.columns, user)
    if mapping is None:
        mapping = guess(importer.kind, fields, table.columns)
    return mapping.only(fields, table.columns)


def _shipped_for(kind: str, columns: list[str], user) -> Mapping | None:
    """The shipped mapping whose columns are all in the file, if there is one."""
    rows = ImportMapping.objects.visible_to(user).filter(kind=kind, library_code__isnull=False)
    mappings = [Mapping.from_json(row.definition) for row in rows]
    fitting = [mapping for mapping in mappings if mapping.columns() <= set(columns)]
    return max(fitting, key=lambda mapping: len(mapping.columns()), default=None)


def find_mapping(*, kind: str, name: str, user) -> Mapping:
    """A mapping by name: one's own first, else a shared one, the shipped ones among them."""
    saved = ImportMapping.objects.visible_to(user).filter(kind=kind, name=name)
    row = saved.filter(owner=user).first() or saved.first()
    if row is None:
        raise UnknownMapping(
            _("There is no mapping “%(name)s” for this kind.") % {"name": name}, field="mapping"
        )
    return Mapping.from_json(row.definition)


@transaction.atomic
def read_again(*, batch: ImportBatch, user, encoding: str = "", sheet: str = "") -> ImportBatch:
    """Read the same file with another encoding or another sheet; columns are guessed anew."""
    importer = _mine(batch, user)
    _expect(batch, ImportState.UPLOADED, ImportState.CHECKED)
    if encoding not in ENCODINGS and not encoding.endswith("-sig"):
        raise DomainError(_("This encoding is not supported."), field="encoding")
    batch.encoding, batch.sheet = encoding.removesuffix("-sig"), sheet
    table = engine.table_of(batch)
    _take_table(batch, table, _mapping_for(importer, table, user, None))
    batch.rows.all().delete()
    _set(batch, ImportState.UPLOADED, counts=batch.counts,
         encoding=batch.encoding, sheet=batch.sheet,
         columns=batch.columns, row_count=batch.row_count, mapping=batch.mapping)  # fmt: skip
    return batch


@transaction.atomic
def set_mapping(*, batch: ImportBatch, user, mapping: Mapping, mode: str = "") -> ImportBatch:
    """Say which column goes where, and whether to create, update or both."""
    importer = _mine(batch, user)
    _expect(batch, ImportState.UPLOADED, ImportState.CHECKED)
    mapping = mapping.only(importer.fields_for(user), batch.columns)
    if not mapping.sources:
        raise DomainError(_("Choose at least one column."))
    _set(
        batch, ImportState.UPLOADED, mapping=mapping.as_json(), mode=ImportMode(mode or batch.mode)
    )
    return batch


@transaction.atomic
def save_mapping(*, batch: ImportBatch, user, name: str, shared: bool = False) -> ImportMapping:
    """Keep the mapping of a batch under a name; the same name again replaces one's own."""
    _mine(batch, user)
    name = name.strip()[:80]
    if not name:
        raise DomainError(_("Give the mapping a name."), field="name")
    if shared and not user.has_right("share_views"):
        raise PermissionDenied
    row, created = ImportMapping.objects.update_or_create(
        owner=user,
        kind=batch.kind,
        name=name,
        defaults={
            "definition": batch.mapping,
            "is_shared": shared,
            "updated_at": timezone.now(),
        },
    )
    audit.record(
        actor=user,
        action="importmapping.created" if created else "importmapping.edited",
        target=row,
        kind=batch.kind,
        shared=shared,
    )
    return row


# ------------------------------------------------------------------------------------------- steps


def check_batch(*, batch: ImportBatch, user, wait: bool | None = None) -> ImportBatch:
    """The dry run. Small files are checked at once, large ones (or `wait=False`) by a worker."""
    _mine(batch, user)
    _expect(batch, ImportState.UPLOADED, ImportState.CHECKED, ImportState.FAILED)
    if batch.done:
        raise WrongState(_("Part of this import is written. Go on with it, or undo it."))
    _set(batch, ImportState.CHECKING, counts=_kept(batch), error="")
    if wait is None:
        wait = batch.row_count <= WAIT_FOR
    return _go(batch, wait=wait)


def commit_batch(*, batch: ImportBatch, user, wait: bool = False, table=None) -> ImportBatch:
    """Write the rows that have no errors, in the background unless told to wait. A failed batch
    goes on where it stopped."""
    _mine(batch, user)
    _expect(batch, ImportState.UPLOADED, ImportState.CHECKED, ImportState.FAILED)
    with transaction.atomic():
        _set(batch, ImportState.RUNNING, error="")
        audit.record(actor=user, action="importbatch.started", target=batch, batch=batch)
    return _go(batch, wait=wait, table=table)


def undo_batch(*, batch: ImportBatch, user, wait: bool = False) -> ImportBatch:
    """Take back what the batch wrote and nobody touched since."""
    _mine(batch, user)
    _expect(batch, ImportState.DONE, ImportState.FAILED)
    with transaction.atomic():
        _set(batch, ImportState.UNDOING, error="", undone_by=user)
        audit.record(actor=user, action="importbatch.undone", target=batch, batch=batch)
    return _go(batch, wait=wait)


def _go(batch: ImportBatch, *, wait: bool, table=None) -> ImportBatch:
    if wait:
        engine.run(batch.pk, table=table)
    else:
        transaction.on_commit(lambda: wake(batch.pk), robust=True)
    batch.refresh_from_db()
    return batch


def wake(batch_id: int) -> None:
    """Tell a worker to look now; without a broker the job of each minute finds the batch."""
    if settings.BROKER_URL or settings.CELERY_TASK_ALWAYS_EAGER:
        tasks.run_import.delay(batch_id)


def _expect(batch: ImportBatch, *states):
    if batch.state not in states:
        if batch.state in BUSY:
            raise WrongState(_("This import is being worked on."))
        raise WrongState(_("This import is past that step."))


def _set(batch: ImportBatch, state: str, **columns):
    """Move to a state by a conditional update, so that two clicks make one move."""
    moved = ImportBatch.objects.filter(pk=batch.pk, state=batch.state).update(
        state=state, version=F("version") + 1, updated_at=timezone.now(), **columns
    )
    if not moved:
        raise WrongState(_("This import is being worked on."))
    batch.state = state
    batch.version += 1
    for name, value in columns.items():
        setattr(batch, name, value)


# -------------------------------------------------------------------------------------- corrections


@transaction.atomic
def correct_cell(*, batch: ImportBatch, user, line: int, field: str, value: str) -> ImportRow:
    """Replace one bad cell; the line is checked again at once."""
    _mine(batch, user)
    _expect(batch, ImportState.CHECKED)
    row = _row(batch, line)
    row.corrected = {**row.corrected, field: value[:32_000].replace("\0", "\ufffd")}
    row.save(update_fields=["corrected"])
    _check_lines(batch, [row])
    return row


@transaction.atomic
def correct_alike(*, batch: ImportBatch, user, field: str, value: str, to: str) -> int:
    """Replace a bad value wherever it stands in a column, now and in later files of the mapping."""
    _mine(batch, user)
    _expect(batch, ImportState.CHECKED)
    mapping = Mapping.from_json(batch.mapping)
    source = mapping.sources.get(field)
    if source is None:
        raise DomainError(_("This column is not imported."), field="field")
    source.values[value.strip()] = to.strip()
    batch.mapping = mapping.as_json()
    ImportBatch.objects.filter(pk=batch.pk).update(mapping=batch.mapping)
    rows = [
        row
        for row in batch.rows.filter(action=RowAction.ERROR)
        if any(e.get("field") == field and e.get("value") == value for e in row.errors)
    ]
    _check_lines(batch, rows)
    return len(rows)


@transaction.atomic
def decide(
    *, batch: ImportBatch, user, line: int, decision: str, same_as: int | None = None
) -> ImportRow:
    """Say whether a suspected duplicate is a new record, an existing one, or left out."""
    _mine(batch, user)
    _expect(batch, ImportState.CHECKED)
    row = _row(batch, line)
    choices = {error.get("id") for error in row.errors if "why" in error}
    if decision == RowDecision.SAME and same_as not in choices - {None}:
        raise DomainError(_("Choose one of the records shown."))
    row.decision = RowDecision(decision)
    row.same_as = same_as if decision == RowDecision.SAME else None
    row.save(update_fields=["decision", "same_as"])
    _check_lines(batch, [row])
    return row


def _row(batch: ImportBatch, line: int) -> ImportRow:
    row = batch.rows.filter(line=line, state=RowState.WAITING).first()
    if row is None:
        raise DomainError(_("This line is not waiting for anybody."))
    return row


def _check_lines(batch: ImportBatch, rows: list[ImportRow]):
    """Check these lines again. What depends on other lines is seen by the next full dry run and
    by the commit, which plans everything anew."""
    if not rows:
        return
    table = Table(batch.columns, [row.raw for row in rows], [row.line for row in rows])
    plan = engine.plan_of(batch, table).build()
    plan_counts = dict(batch.counts.get("plan", {}))
    for row, outcome in zip(rows, plan.outcomes(range(plan.count)), strict=True):
        plan_counts[row.action] = plan_counts.get(row.action, 0) - 1
        plan_counts[outcome.action] = plan_counts.get(outcome.action, 0) + 1
        row.action = outcome.action
        row.errors = problems_of(plan, outcome.position)
    ImportRow.objects.bulk_update(rows, ["action", "errors"], batch_size=200)
    errors = batch.rows.filter(action=RowAction.ERROR).values_list("errors", flat=True)
    found = [error for row in errors for error in row if "code" in error]
    plan_counts["cells"] = sum(1 for error in found if error["field"])
    plan_counts["kinds"] = len({(e["field"], e["code"], e["value"]) for e in found})
    batch.counts = {**batch.counts, "plan": plan_counts}
    ImportBatch.objects.filter(pk=batch.pk).update(counts=batch.counts)
