"""Files that an import hands out: the lines with errors and why, and an empty sheet to fill in."""

import csv
import io

from django.utils.translation import gettext as _

from core.deferred import deferred
from core.importing import engine
from core.importing.fields import message_of
from core.models import ImportBatch, RowAction

openpyxl = deferred("openpyxl")
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\0", "＝", "＋", "－", "＠")


def neutral(text: str) -> str:
    """A cell that no spreadsheet takes for a formula; the reader takes the quote off again."""
    return f"'{text}" if text.startswith(DANGEROUS) and not _is_number(text) else text


def _is_number(text: str) -> bool:
    return text.lstrip("+-").replace(".", "", 1).isdigit()


def error_rows(batch: ImportBatch) -> list[list[str]]:
    """The original columns and the reasons; titles first."""
    by_code = {f.code: f for f in engine.importers()[batch.kind].fields}
    rows = [[*map(neutral, batch.columns), _("Line"), _("Reason")]]
    found = batch.rows.filter(action__in=[RowAction.ERROR, RowAction.DUPLICATE]).order_by("line")
    for row in found.iterator(chunk_size=2000):
        cells = row.raw + [""] * (len(batch.columns) - len(row.raw))
        rows.append([*map(neutral, cells), str(row.line), neutral(_why(row, by_code))])
    return rows


def _why(row, by_code) -> str:
    reasons = []
    for error in row.errors:
        if "code" in error:
            field = by_code.get(error["field"])
            reasons.append(f"{field.label}: {message_of(error)}" if field else message_of(error))
        else:
            reasons.append(
                _("May be a duplicate of %(record)s") % {"record": error.get("label", "")}
            )
    return "; ".join(reasons)


def template_rows(kind: str, user) -> list[list[str]]:
    """One row of titles, the necessary ones first."""
    fields = engine.importers()[kind].fields_for(user)
    ordered = sorted(fields, key=lambda f: not (f.required or f.key))
    return [[str(f.label) for f in ordered]]


def as_csv(rows: list[list[str]]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    return out.getvalue().encode("utf-8-sig")


def as_xlsx(rows: list[list[str]]) -> bytes:
    """Text cells only: nothing is ever a formula."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet(_("Import"))
    for row in rows:
        sheet.append([_printable(cell) for cell in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _printable(text: str) -> str:
    return "".join(c for c in text[:32_767] if c in "\t\n\r" or ord(c) >= 32)
