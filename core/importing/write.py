"""One chunk of a plan, written: records, what hangs on them, history, and the marks of its lines.

Everything here runs inside the one transaction of the chunk.
"""

from django.contrib.contenttypes.models import ContentType
from django.utils import timezone

from core.audit import plain
from core.importing import bulk
from core.importing.base import MAIN, InFile, Outcome, Side
from core.importing.plan import Plan
from core.models import AuditEntry, Channel, ImportBatch, ImportRow, RowAction, RowState

MARKED = (RowAction.CREATE, RowAction.UPDATE)


def write_chunk(batch: ImportBatch, plan: Plan, positions: list[int]) -> dict[str, int]:
    """Write these rows; returns how many came to what."""
    outcomes = plan.outcomes(positions, lock=True)
    now = timezone.now()
    creates = [o for o in outcomes if o.action == RowAction.CREATE]
    updates = [o for o in outcomes if o.action == RowAction.UPDATE and o.values]
    sides = [(o, side) for o in outcomes for side in o.sides]
    _give_ids(plan, outcomes, creates)
    tables = _give_side_ids(sides)
    _resolve(plan, outcomes)
    plan.importer.before_write(plan, creates)
    for outcome in creates:
        outcome.values["id"] = outcome.pk
        outcome.values.setdefault("created_at", now)
        outcome.values.setdefault("updated_at", outcome.values["created_at"])
    bulk.insert(plan.importer.model, [o.values for o in creates])
    bulk.update(
        plan.importer.model,
        [(o.pk, {**o.values, "version": o.version + 1, "updated_at": now}) for o in updates],
    )
    for outcome in updates:
        outcome.version += 1
    _write_sides(tables, now)
    plan.importer.after_chunk(plan, outcomes)
    _write_history(batch, plan, outcomes, now)
    _mark_lines(batch, plan, outcomes)
    counts: dict[str, int] = {}
    for outcome in outcomes:
        counts[outcome.action] = counts.get(outcome.action, 0) + 1
    return counts


def _give_ids(plan: Plan, outcomes: list[Outcome], creates: list[Outcome]):
    for outcome, pk in zip(
        creates, bulk.reserve_ids(plan.importer.model, len(creates)), strict=True
    ):
        outcome.pk = pk
        plan.ids[outcome.position] = pk
    for outcome in outcomes:
        if outcome.position in plan.continues:
            outcome.pk = plan.id_of(plan.continues[outcome.position])


def _give_side_ids(sides: list[tuple[Outcome, Side]]) -> dict:
    """Ids for the records beside the main ones, table by table in the order they are named."""
    tables: dict = {}
    for outcome, side in sides:
        tables.setdefault(side.model, []).append((outcome, side))
    for model, pairs in tables.items():
        new = [side for _, side in pairs if side.pk is None]
        for side, pk in zip(new, bulk.reserve_ids(model, len(new)), strict=True):
            side.pk, side.before, side.version = pk, None, 1
    return tables


def _resolve(plan: Plan, outcomes: list[Outcome]):
    """Put ids where rows refer to rows."""
    for outcome in outcomes:
        for name, value in outcome.values.items():
            if isinstance(value, InFile):
                outcome.values[name] = plan.id_of(value.position)
            elif isinstance(value, Side):
                outcome.values[name] = value.pk
        for side in outcome.sides:
            side.values = {
                name: outcome.pk
                if value is MAIN
                else value.pk
                if isinstance(value, Side)
                else value
                for name, value in side.values.items()
            }


def _write_sides(tables: dict, now):
    for model, pairs in tables.items():
        changed = [side for _, side in pairs if side.before is not None]
        for side in changed:
            side.version += 1
        bulk.update(  # before the insert: the old manager goes, then the new one comes
            model,
            [(s.pk, {**s.values, "version": s.version, "updated_at": now}) for s in changed],
        )
        new = [side for _, side in pairs if side.before is None]
        stamps = {"created_at": now, "updated_at": now} if _has(model, "created_at") else {}
        bulk.insert(model, [{**stamps, **side.values, "id": side.pk} for side in new])


def _has(model, name: str) -> bool:
    return any(field.attname == name for field in model._meta.concrete_fields)


def _write_history(batch: ImportBatch, plan: Plan, outcomes: list[Outcome], now):
    """One line for each record made or changed."""
    importer = plan.importer
    main_type = ContentType.objects.get_for_model(importer.model)
    common = {
        "actor_id": batch.started_by_id,
        "channel": Channel.IMPORT,
        "batch_id": batch.pk,
        "happened_at": now,
    }
    name = importer.model._meta.model_name
    rows = []
    for outcome in outcomes:
        if outcome.action not in MARKED:
            continue
        made = outcome.action == RowAction.CREATE
        changes = _told(importer, outcome, made)
        for side in outcome.sides:
            changes.update(side.note)
            if side.action:
                rows.append({**common, **_side_entry(side, outcome, main_type)})
        if not changes and not made:
            continue
        parent = importer.parent_of(plan, outcome)
        rows.append(
            {
                **common,
                "action": f"{name}.{'created' if made else 'edited'}",
                "target_type_id": main_type.pk,
                "target_id": outcome.pk,
                "target_label": importer.label_of(plan, outcome)[:200],
                "parent_type_id": (
                    ContentType.objects.get_for_model(parent[0]).pk if parent else None
                ),
                "parent_id": parent[1] if parent else None,
                "changes": changes,
            }
        )
    bulk.insert(AuditEntry, rows)


def _told(importer, outcome: Outcome, made: bool) -> dict:
    """What history tells: of a new record what it has, of another what changed."""
    silent, tell = importer.silent, importer.tell
    told = {}
    for name, value in outcome.values.items():
        if name in silent or (made and (value is None or value == "" or name in STAMPS)):
            continue
        before = None if made else tell(name, outcome.before.get(name))
        told[name.removesuffix("_id")] = [before, tell(name, value)]
    return told


STAMPS = {"id", "created_at", "updated_at"}


def _side_entry(side: Side, outcome: Outcome, main_type) -> dict:
    before = side.before or {}
    return {
        "action": side.action,
        "target_type_id": ContentType.objects.get_for_model(side.model).pk,
        "target_id": side.pk,
        "target_label": side.label[:200],
        "parent_type_id": main_type.pk,
        "parent_id": outcome.pk,
        "changes": {
            name.removesuffix("_id"): [plain(before.get(name)), plain(value)]
            for name, value in side.values.items()
            if name not in Side.SILENT and value not in (None, "")
        },
    }


def _mark_lines(batch: ImportBatch, plan: Plan, outcomes: list[Outcome]):
    """A row for each line that wrote, and for each that needs a person; the rest leave none."""
    lines = [plan.lines[o.position] for o in outcomes]
    kept = _kept_rows(batch, lines)
    rows = []
    for outcome in outcomes:
        line = plan.lines[outcome.position]
        was = kept.get(line)
        if outcome.action == RowAction.UNCHANGED and was is None:
            continue
        rows.append(row_of(batch, plan, outcome, was))
    if kept:
        ImportRow.objects.filter(batch=batch, line__in=list(kept)).delete()
    bulk.insert(ImportRow, rows)


def _kept_rows(batch: ImportBatch, lines: list[int]) -> dict[int, ImportRow]:
    """What the dry run left about these lines: corrections and decisions stay on record."""
    if not lines:
        return {}
    found = ImportRow.objects.filter(batch=batch, line__gte=min(lines), line__lte=max(lines))
    wanted = set(lines)
    return {row.line: row for row in found if row.line in wanted}


def row_of(batch: ImportBatch, plan: Plan, outcome: Outcome, was: ImportRow | None) -> dict:
    """The columns of an ImportRow."""
    written = outcome.action in MARKED
    row = {"batch_id": batch.pk, "line": plan.lines[outcome.position], "action": outcome.action}
    if was is not None:
        row |= {"corrected": was.corrected, "decision": was.decision, "same_as": was.same_as}
    if written:
        row |= {
            "state": RowState.DONE,
            "target_id": outcome.pk,
            "target_version": outcome.version or None,
            "before": {name: plain(value) for name, value in outcome.before.items()},
            "made": [
                [s.model._meta.label_lower, s.pk, s.version, _before(s)] for s in outcome.sides
            ],
        }
    else:
        done = outcome.action == RowAction.UNCHANGED
        row |= {
            "state": RowState.DONE if done else RowState.SKIPPED,
            "raw": plan.table.rows[outcome.position],
            "errors": problems_of(plan, outcome.position),
        }
    return row


def _before(side: Side) -> dict | None:
    if side.before is None:
        return None
    return {name: plain(value) for name, value in side.before.items()}


def problems_of(plan: Plan, position: int) -> list[dict]:
    """The errors of a line, or what it may be a duplicate of."""
    errors = [problem.as_json() for problem in plan.problems.get(position, ())]
    if not errors:
        errors = [suspect.as_json() for suspect in plan.suspects.get(position, ())]
    return errors
