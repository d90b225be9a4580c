"""Taking an import back: only what nobody touched since; the rest is listed, with the reason."""

from collections import defaultdict

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.utils import timezone

from core.importing import bulk
from core.models import (
    AuditEntry,
    Channel,
    ImportBatch,
    ImportRow,
    ImportState,
    RowAction,
    RowState,
)

CHUNK = 500
CHANGED, USED, GONE, OTHER = "changed", "used", "gone", "line"  # notes; see services.NOTES


def undo(batch: ImportBatch, importer, advance, finish) -> None:
    """Undo chunk by chunk, the last line first. `advance` is the fence of the engine."""
    while True:
        with transaction.atomic():
            advance(batch, 0)
            rows = list(
                batch.rows.filter(
                    state=RowState.DONE, action__in=[RowAction.CREATE, RowAction.UPDATE]
                ).order_by("-pk")[:CHUNK]
            )
            if not rows:
                counts = {
                    **batch.counts,
                    "undone": batch.rows.filter(state=RowState.UNDONE).count(),
                    "kept": batch.rows.filter(state=RowState.KEPT).count(),
                }
                finish(batch, ImportState.UNDONE, counts=counts, finished_at=timezone.now())
                return
            _undo_rows(batch, importer, rows)


def _undo_rows(batch: ImportBatch, importer, rows: list[ImportRow]):
    chunk = _Chunk(importer, rows)
    chunk.find_changed()
    chunk.find_used()
    free = [row for row in rows if row.pk not in chunk.kept]
    context = importer.before_undo([row.target_id for row in free])
    chunk.remove(free)
    chunk.restore(free)
    importer.after_undo(context)
    _history(batch, importer.model, free)
    for row in rows:
        note = chunk.kept.get(row.pk, "")
        row.state, row.note = (RowState.KEPT if note else RowState.UNDONE), note
    ImportRow.objects.bulk_update(rows, ["state", "note"], batch_size=200)


class _Chunk:
    """The rows of one transaction and what is known about the records behind them."""

    def __init__(self, importer, rows):
        self.importer, self.model, self.rows = importer, importer.model, rows
        self.kept: dict[int, str] = {}
        self.stays: set = set()  # records beside a main one that others use by now
        self.versions: dict = {}
        self.made = [
            (row, apps.get_model(label), pk, version, before)
            for row in rows
            for label, pk, version, before in row.made
        ]

    def find_changed(self):
        """Keep what somebody edited, or removed, since."""
        wanted = defaultdict(set)
        for row in self.rows:
            wanted[self.model].add(row.target_id)
        for _row, model, pk, _version, _before in self.made:
            wanted[model].add(pk)
        for model, ids in wanted.items():
            names = ["version"] if _versioned(model) else []
            self.versions[model] = {
                pk: values.get("version") for pk, values in bulk.locked(model, ids, names).items()
            }
        for row in self.rows:
            now = self.versions[self.model]
            if row.target_id not in now:
                self.kept[row.pk] = GONE
            elif row.target_version and now[row.target_id] != row.target_version:
                self.kept[row.pk] = CHANGED
        for row, model, pk, version, _before in self.made:
            now = self.versions[model]
            if pk not in now or (now[pk] is not None and now[pk] != version):
                self.kept.setdefault(row.pk, CHANGED)

    def find_used(self):
        """Keep a created record that anything outside this import refers to. What was made
        beside it (a contact, an industry) may stay without keeping the row."""
        while True:
            going = self._going()
            used = {
                model: _referrers(model, ids, going, self.importer) for model, ids in going.items()
            }
            more = {
                row.pk: USED
                for row in self.rows
                if row.pk not in self.kept
                and row.action == RowAction.CREATE
                and row.target_id in used.get(self.model, ())
            }
            stay = {
                (model, pk)
                for row, model, pk, _version, before in self.made
                if before is None and pk in used.get(model, ())
            } - self.stays
            if not more and not stay:
                return
            self.kept.update(more)
            self.stays |= stay

    def _going(self) -> dict:
        going = defaultdict(set)
        for row in self.rows:
            if row.action == RowAction.CREATE and row.pk not in self.kept:
                going[self.model].add(row.target_id)
        for model, pk in self._made_by(self.rows):
            going[model].add(pk)
        return going

    def _made_by(self, rows) -> list:
        keys = {row.pk for row in rows} - set(self.kept)
        return [
            (model, pk)
            for row, model, pk, _version, before in self.made
            if before is None and row.pk in keys and (model, pk) not in self.stays
        ]

    def remove(self, free):
        sides = defaultdict(list)
        for model, pk in self._made_by(free):
            sides[model].append(pk)
        for model in reversed(list(sides)):  # what refers goes before what is referred to
            if model not in self.importer.shared:
                _delete(model, sides[model])
        mains = [row.target_id for row in free if row.action == RowAction.CREATE]
        for label in self.importer.owned:
            owned = apps.get_model(label)
            link = next(f for f in owned._meta.concrete_fields if f.related_model is self.model)
            _delete(owned, mains, link.attname)
        _delete(self.model, mains)
        for model in self.importer.shared:
            _delete(model, sides.get(model, []))

    def restore(self, free):
        now = timezone.now()
        groups = defaultdict(list)
        for row in free:
            if row.action == RowAction.UPDATE and row.before:
                groups[self.model].append((row.target_id, row.target_version, row.before))
        keys = {row.pk for row in free}
        for row, model, pk, version, before in self.made:
            if before is not None and row.pk in keys:
                groups[model].append((pk, version, before))
        for model, items in groups.items():
            bulk.update(
                model,
                [
                    (pk, {**_typed(model, before), "version": version + 1, "updated_at": now})
                    for pk, version, before in items
                ],
            )


def _versioned(model) -> bool:
    return any(field.attname == "version" for field in model._meta.concrete_fields)


def _typed(model, before: dict) -> dict:
    by_name = {field.attname: field for field in model._meta.concrete_fields}
    return {
        name: by_name[name].to_python(value)
        if not by_name[name].is_relation
        else by_name[name].target_field.to_python(value)
        for name, value in before.items()
    }


def _referrers(model, ids: set, going: dict, importer) -> set:
    """Those of `ids` that a row outside `going` points to."""
    used: set = set()
    if not ids:
        return used
    owned = set(importer.owned)
    for relation in model._meta.get_fields(include_hidden=True):
        if not (relation.auto_created and (relation.one_to_many or relation.one_to_one)):
            continue
        other, link = relation.related_model, relation.field
        if other._meta.label_lower in owned or other._meta.auto_created or other is AuditEntry:
            continue
        used |= _pointing(other, link, ids, going.get(other, set()))
    return used


def _pointing(other, link: models.Field, ids: set, going: set) -> set:
    found: set = set()
    listed = list(ids)
    for start in range(0, len(listed), 500):
        rows = other._base_manager.filter(**{f"{link.name}__in": listed[start : start + 500]})
        for pk, target in rows.values_list("pk", link.attname):
            if pk not in going:
                found.add(target)
    return found


def _delete(model, ids: list, attname: str = "pk"):
    for start in range(0, len(ids), 500):
        rows = model._base_manager.filter(**{f"{attname}__in": ids[start : start + 500]})
        rows._raw_delete(rows.db)


def _history(batch: ImportBatch, model, rows: list[ImportRow]):
    kind = ContentType.objects.get_for_model(model)
    name = model._meta.model_name
    bulk.insert(
        AuditEntry,
        [
            {
                "actor_id": batch.undone_by_id,
                "channel": Channel.IMPORT,
                "batch_id": batch.pk,
                "happened_at": timezone.now(),
                "action": f"{name}.import_undone",
                "target_type_id": kind.pk,
                "target_id": row.target_id,
                "changes": {key: [None, value] for key, value in row.before.items()},
            }
            for row in rows
        ],
    )
