"""Working a batch off: one worker at a time, chunk by chunk, from wherever the last one stopped.

A chunk is one transaction: the records, the marks of their lines and `ImportBatch.done`. Its first
statement moves `done` from where this worker believes it to be, under its lease: a second worker,
or one that lost its lease, finds nothing to move and stops (reliability.md, 4).
"""

from datetime import timedelta
from functools import lru_cache
from uuid import uuid4

import structlog
from django.conf import settings
from django.db import DatabaseError, IntegrityError, OperationalError, transaction
from django.db.models import Case, F, PositiveSmallIntegerField, Q, When
from django.utils import timezone, translation
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from core import audit
from core.importing import bulk, undo
from core.importing.base import Importer
from core.importing.fields import Problem
from core.importing.guard import FileRefused, Limits, Table, read_table
from core.importing.mapping import Mapping
from core.importing.plan import Plan
from core.importing.write import row_of, write_chunk
from core.models import (
    BUSY,
    Channel,
    ImportBatch,
    ImportRow,
    ImportState,
    RowAction,
    RowState,
    company,
)

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=2)


class LeaseLost(Exception):
    """Another worker has the batch; whatever this one held was rolled back."""


@lru_cache(maxsize=1)
def importers() -> dict[str, type[Importer]]:
    """The importers of the house by kind, in the order in which a fresh install needs them."""
    found = [import_string(path) for path in settings.KAM_IMPORTERS]
    return {importer.kind: importer for importer in found}


def limits() -> Limits:
    row = company()
    return Limits(
        megabytes=row.import_max_megabytes,
        rows=row.import_max_rows,
        columns=row.import_max_columns,
    )


def table_of(batch: ImportBatch) -> Table:
    """The file of a batch, read again through the guard."""
    try:
        with batch.file.open("rb") as stored:
            content = stored.read()
    except OSError as error:
        raise FileRefused("empty") from error
    return read_table(
        batch.file_name, content, limits=limits(), encoding=batch.encoding, sheet=batch.sheet
    )


def plan_of(batch: ImportBatch, table: Table) -> Plan:
    """The plan of a batch as its starter may carry it out now."""
    importer_class = importers()[batch.kind]
    own = frozenset()
    if batch.done:
        own = frozenset(
            batch.rows.filter(state=RowState.DONE, action=RowAction.CREATE).values_list(
                "target_id", flat=True
            )
        )
    importer = importer_class(batch.started_by, mode=batch.mode, own_ids=own)
    kept = batch.rows.exclude(corrected={}, decision="")
    kept = list(kept.values_list("line", "corrected", "decision", "same_as"))
    return Plan(
        table,
        Mapping.from_json(batch.mapping),
        importer,
        corrections={line: fixed for line, fixed, _d, _s in kept if fixed},
        decisions={line: (decision, same) for line, _c, decision, same in kept if decision},
    )


# ------------------------------------------------------------------------------------------- leases


def claim(batch_id: int) -> ImportBatch | None:
    """Take the batch if it is busy and nobody holds it."""
    now = timezone.now()
    token = uuid4().hex
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    orphaned = When(~Q(lease_token=""), then=F("resumed") + 1)  # its holder never gave it back
    taken = ImportBatch.objects.filter(free, pk=batch_id, state__in=BUSY).update(
        lease_token=token,
        lease_until=now + LEASE,
        resumed=Case(orphaned, default=F("resumed"), output_field=PositiveSmallIntegerField()),
    )
    if not taken:
        return None
    return ImportBatch.objects.select_related("started_by").get(pk=batch_id, lease_token=token)


def advance(batch: ImportBatch, step: int, **columns) -> None:
    """Move `done` and renew the lease; the fence of every chunk."""
    moved = ImportBatch.objects.filter(
        pk=batch.pk, lease_token=batch.lease_token, state=batch.state, done=batch.done
    ).update(done=F("done") + step, lease_until=timezone.now() + LEASE, **columns)
    if not moved:
        raise LeaseLost
    batch.done += step


def finish(batch: ImportBatch, state: str, **columns) -> None:
    """Leave the busy state and give the lease back."""
    ImportBatch.objects.filter(pk=batch.pk, lease_token=batch.lease_token).update(
        state=state,
        lease_token="",
        lease_until=None,
        updated_at=timezone.now(),
        version=F("version") + 1,
        **columns,
    )
    batch.state = state
    for name, value in columns.items():
        setattr(batch, name, value)


# ---------------------------------------------------------------------------------------------- run


def run(batch_id: int, *, table: Table | None = None) -> bool:
    """Do what the batch waits for. False when somebody else is at it or nothing waits."""
    batch = claim(batch_id)
    if batch is None:
        return False
    try:
        with translation.override(_language(batch)):
            _work(batch, table)
    except LeaseLost:
        return False
    except OperationalError:
        raise  # the database is away; the lease runs out and somebody goes on
    except FileRefused as refused:
        finish(batch, ImportState.FAILED, error=str(refused))
    except Exception:
        finish(batch, ImportState.FAILED, error=_("An unexpected error stopped this import."))
        log.exception("import failed", batch=batch_id)
        raise
    return True


def _language(batch: ImportBatch) -> str:
    """What is written in words is written in the language of the person who imports."""
    return getattr(batch.started_by, "language", "") or settings.LANGUAGE_CODE


def _work(batch: ImportBatch, table: Table | None):
    if batch.state == ImportState.UNDOING:
        undo.undo(batch, importers()[batch.kind], advance, finish)
        return
    if not importers()[batch.kind].open_to(batch.started_by):
        finish(batch, ImportState.FAILED, error=_("You may no longer import this kind of data."))
        return
    plan = plan_of(batch, table or table_of(batch)).build()
    _remember(batch, plan)
    if batch.state == ImportState.CHECKING:
        check(batch, plan)
    else:
        commit(batch, plan)


def check(batch: ImportBatch, plan: Plan):
    """The dry run: counts, and a row for each line that needs a person. Writes nothing else."""
    counts: dict[str, int] = dict.fromkeys(RowAction.values, 0)
    changed, rows = 0, []
    kept = {row.line: row for row in batch.rows.exclude(corrected={}, decision="")}
    for start in range(batch.done, plan.count, plan.importer.chunk_size):
        for outcome in plan.outcomes(plan.order[start : start + plan.importer.chunk_size]):
            counts[outcome.action] += 1
            was = kept.get(plan.lines[outcome.position])
            if outcome.action == RowAction.UPDATE:
                changed += len(outcome.values)
            if was or outcome.action in (RowAction.ERROR, RowAction.DUPLICATE):
                row = row_of(batch, plan, outcome, was)
                waiting = {"state": RowState.WAITING, "target_id": None, "target_version": None}
                rows.append({**row, **waiting, "before": {}, "made": []})
                rows[-1]["raw"] = plan.table.rows[outcome.position]
        ImportBatch.objects.filter(pk=batch.pk, lease_token=batch.lease_token).update(
            lease_until=timezone.now() + LEASE
        )
    cells = sum(1 for problems in plan.problems.values() for p in problems if p.field)
    kinds = {(p.field, p.code, p.value) for ps in plan.problems.values() for p in ps}
    result = {**counts, "cells": cells, "kinds": len(kinds), "changed": changed}
    with transaction.atomic():
        advance(batch, 0)
        ImportRow.objects.filter(batch=batch).delete()
        bulk.insert(ImportRow, rows)
        counts = {**batch.counts, "plan": result}
        finish(batch, ImportState.CHECKED, counts=counts, row_count=plan.count)


def _remember(batch: ImportBatch, plan: Plan):
    """After a kill: the ids that the lines already written got."""
    if batch.done and batch.state == ImportState.RUNNING:
        where = {line: position for position, line in enumerate(plan.lines)}
        written = batch.rows.filter(state=RowState.DONE).exclude(target_id=None)
        for line, pk in written.values_list("line", "target_id"):
            plan.ids[where[line]] = pk


def commit(batch: ImportBatch, plan: Plan):
    """Write the rest of the batch."""
    size = plan.importer.chunk_size
    while batch.done < plan.count:
        positions = plan.order[batch.done : batch.done + size]
        plan = _commit_chunk(batch, plan, positions)
    with transaction.atomic():
        advance(batch, 0)
        finish(batch, ImportState.DONE, finished_at=timezone.now())
        audit.record(
            actor=batch.started_by,
            action="importbatch.done",
            target=batch,
            batch=batch,
            channel=Channel.IMPORT,
            **{f"rows_{name}": count for name, count in sorted(batch.counts["done"].items())},
        )


def _commit_chunk(batch: ImportBatch, plan: Plan, positions: list[int]) -> Plan:
    """One transaction. A clash with somebody else's change is met by planning anew, once."""
    done, counts, ids = batch.done, batch.counts, dict(plan.ids)
    try:
        _one_transaction(batch, plan, positions)
        return plan
    except (IntegrityError, DatabaseError) as error:
        if isinstance(error, OperationalError):
            raise
        batch.done, batch.counts = done, counts
    plan = plan_of(batch, plan.table).build()
    plan.ids.update(ids)
    for position in positions:
        done, counts = batch.done, batch.counts
        try:
            _one_transaction(batch, plan, [position])
        except (IntegrityError, DatabaseError) as error:
            if isinstance(error, OperationalError):
                raise
            log.warning("import row refused", batch=batch.pk, error=str(error))
            batch.done, batch.counts = done, counts
            plan.problem(position, Problem("conflict"))
            _one_transaction(batch, plan, [position])
    return plan


def _one_transaction(batch: ImportBatch, plan: Plan, positions: list[int]):
    with transaction.atomic():
        advance(batch, len(positions))
        done = dict(batch.counts.get("done", {}))
        for action, count in write_chunk(batch, plan, positions).items():
            done[action] = done.get(action, 0) + count
        counts = {**batch.counts, "done": done}
        ImportBatch.objects.filter(pk=batch.pk).update(counts=counts)
    batch.counts = counts


def resume() -> int:
    """Start every busy batch that nobody holds; the job of each minute."""
    now = timezone.now()
    waiting = ImportBatch.objects.filter(
        Q(lease_until=None) | Q(lease_until__lt=now), state__in=BUSY
    )
    return sum(run(pk) for pk in waiting.order_by("pk").values_list("pk", flat=True))
