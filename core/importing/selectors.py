"""What the pages of an import show."""

from collections import Counter
from dataclasses import dataclass, field

from django.db.models import Q

from core.importing import engine
from core.importing.fields import Field, message_of
from core.importing.mapping import FACTORS, Mapping
from core.models import ImportBatch, ImportRow, RowAction, RowState

PAGE = 50
FIRST = 3  # columns that are shown beside the bad ones, so that one knows the row


@dataclass
class Cell:
    """One cell of a line as the page shows it."""

    field: Field
    value: str
    errors: list[str] = field(default_factory=list)
    suggestions: list[str] = field(default_factory=list)
    close: bool = False
    was: str | None = None  # what stood here before somebody corrected it

    @property
    def id(self) -> str:
        return self.field.code


@dataclass
class Line:
    """A line that needs a person, or that one has just corrected."""

    row: ImportRow
    cells: list[Cell]
    notes: list[str]  # errors of the line as a whole

    @property
    def number(self) -> int:
        return self.row.line

    @property
    def title(self) -> str:
        return next((cell.value for cell in self.cells if cell.value), "")

    @property
    def bad(self) -> list[Cell]:
        return [cell for cell in self.cells if cell.errors]


def fields_of(batch: ImportBatch) -> list[Field]:
    """The mapped fields in the order of the file's columns."""
    importer = engine.importers()[batch.kind]
    sources = Mapping.from_json(batch.mapping).sources
    where = {title: index for index, title in enumerate(batch.columns)}
    mapped = [f for f in importer.fields if f.code in sources]
    return sorted(mapped, key=lambda f: where.get(sources[f.code].column, len(where)))


def line_of(batch: ImportBatch, row: ImportRow, fields: list[Field]) -> Line:
    sources = Mapping.from_json(batch.mapping).sources
    where = {title: index for index, title in enumerate(batch.columns)}
    cells = []
    for one in fields:
        source = sources[one.code]
        at = where.get(source.column)
        raw = row.raw[at] if at is not None and at < len(row.raw) else source.constant
        fixed = row.corrected.get(one.code)
        cells.append(Cell(one, raw if fixed is None else fixed, was=None if fixed is None else raw))
    by_code = {cell.field.code: cell for cell in cells}
    notes = []
    for error in row.errors:
        if "code" not in error:
            continue
        cell = by_code.get(error["field"])
        if cell is None:
            missing = next((f for f in _all_fields(batch) if f.code == error["field"]), None)
            notes.append(f"{missing.label}: {message_of(error)}" if missing else message_of(error))
        else:
            cell.errors.append(message_of(error))
            cell.suggestions.extend(error.get("suggestions", ()))
            cell.close = error.get("close", False)
    return Line(row, cells, notes)


def _all_fields(batch: ImportBatch):
    return engine.importers()[batch.kind].fields


def bad_rows(batch: ImportBatch):
    """Lines with errors, and those already corrected."""
    needs = Q(action=RowAction.ERROR) | ~Q(corrected={})
    return batch.rows.filter(needs).exclude(action=RowAction.DUPLICATE).order_by("line")


def sheet(batch: ImportBatch, *, after: int = 0, everything: bool = False) -> dict:
    """One page of the lines to correct, with the columns that matter for them."""
    rows = list(bad_rows(batch).filter(line__gt=after)[: PAGE + 1])
    fields = fields_of(batch)
    lines = [line_of(batch, row, fields) for row in rows[:PAGE]]
    shown = fields if everything else _columns_worth(fields, lines)
    keep = {one.code for one in shown}
    for line in lines:
        line.cells = [cell for cell in line.cells if cell.field.code in keep]
    return {
        "fields": shown,
        "codes": ",".join(f.code for f in shown),
        "hidden": len(fields) - len(shown),
        "lines": lines,
        "next": rows[PAGE - 1].line if len(rows) > PAGE else None,
        "has_notes": any(line.notes for line in lines),
    }


def _columns_worth(fields: list[Field], lines: list[Line]) -> list[Field]:
    bad = {c.field.code for line in lines for c in line.cells if c.errors or c.was is not None}
    first = {f.code for f in fields[:FIRST]}
    return [f for f in fields if f.code in bad | first]


def one_line(batch: ImportBatch, row: ImportRow, codes: list[str]) -> Line:
    """One line with the columns that the page has at the moment."""
    line = line_of(batch, row, fields_of(batch))
    if codes:
        line.cells = [cell for cell in line.cells if cell.field.code in codes]
    return line


def alike(batch: ImportBatch, limit: int = 20) -> list[dict]:
    """Equal bad values with how often they stand: (field, value, code) groups of the file."""
    counts: Counter = Counter()
    first: dict[tuple, dict] = {}
    rows = batch.rows.filter(action=RowAction.ERROR).values_list("errors", flat=True)
    for errors in rows.iterator(chunk_size=2000):
        for error in errors:
            if error.get("field") and error.get("value"):
                key = (error["field"], error["value"], error["code"])
                counts[key] += 1
                first.setdefault(key, error)
    by_code = {f.code: f for f in fields_of(batch)}
    groups = []
    for key, count in counts.most_common(limit):
        code, value, _problem = key
        if code in by_code and (count > 1 or first[key].get("suggestions")):
            error = first[key]
            groups.append(
                {
                    "field": by_code[code],
                    "value": value,
                    "count": count,
                    "message": message_of(error),
                    "suggestions": error.get("suggestions", [])[:4],
                }
            )
    return groups


def duplicates(batch: ImportBatch, limit: int = 50) -> list[dict]:
    """Suspected duplicates that wait for a decision."""
    fields = fields_of(batch)
    rows = batch.rows.filter(action=RowAction.DUPLICATE).order_by("line")
    return [
        {"line": line_of(batch, row, fields), "suspects": [e for e in row.errors if "why" in e]}
        for row in rows[:limit]
    ]


def mapped_columns(batch: ImportBatch) -> list[dict]:
    """Each column of the file, with samples and the fields it fills."""
    sources = Mapping.from_json(batch.mapping).sources
    samples = batch.counts.get("samples", [])
    by_code = {f.code: f for f in _all_fields(batch)}
    rows = []
    for index, title in enumerate(batch.columns):
        filled = [c for c, s in sources.items() if s.column == title and c in by_code]
        source = sources[filled[0]] if filled else None
        some = samples[index] if index < len(samples) else []
        rows.append(
            {
                "index": index,
                "title": title,
                "samples": some,
                "field": by_code[filled[0]] if filled else None,
                "also": [by_code[code] for code in filled[1:]],
                "factor": source.factor if source else "",
                "order": source.order if source else "",
                "numeric": any(text[:1].isdigit() for text in some),
            }
        )
    return rows


def constants(batch: ImportBatch) -> list[dict]:
    """Fields that get the same value in every row."""
    by_code = {f.code: f for f in _all_fields(batch)}
    sources = Mapping.from_json(batch.mapping).sources
    return [
        {"field": by_code[code], "value": source.constant}
        for code, source in sources.items()
        if source.constant and not source.column and code in by_code
    ]


def kept_rows(batch: ImportBatch, limit: int = 100) -> list[dict]:
    """What an undo left as it is, with the record behind each line."""
    rows = list(batch.rows.filter(state=RowState.KEPT).order_by("line")[:limit])
    model = engine.importers()[batch.kind].model
    records = model._base_manager.in_bulk([row.target_id for row in rows])
    return [{"row": row, "record": records.get(row.target_id)} for row in rows]


FACTOR_CHOICES = sorted({factor for _pattern, factor in FACTORS})
