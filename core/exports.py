"""Files people open in a spreadsheet: CSV and xlsx of a header and any number of rows.

Cells that a spreadsheet would take for a formula are made text, headers included.
"""

import csv
import datetime
import re
import tempfile
from collections.abc import Iterable
from decimal import Decimal
from urllib.parse import quote

from django.db.models import Model
from django.http import FileResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.utils.functional import Promise

from core.deferred import deferred

openpyxl = deferred("openpyxl")
FORMATS = ("xlsx", "csv")
# What starts a formula in some spreadsheet, full-width forms included.
FORMULA = tuple("=+-@\t\r\n\0|＝＋－＠")
# Control characters that xlsx refuses.
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
CELL_LENGTH = 32_767


def harmless(text: str) -> str:
    """The text, with a leading apostrophe where a spreadsheet would calculate it."""
    if text.startswith(FORMULA) or text.lstrip(" \u3000\ufeff").startswith(FORMULA):
        text = f"'{text}"
    return CONTROL.sub("", text)[:CELL_LENGTH]


def cell_value(value):
    """A value as a file holds it: numbers and dates stay what they are, the rest is text."""
    if value is None:
        return ""
    if isinstance(value, bool | Promise | Model):
        return harmless(str(value))
    if isinstance(value, datetime.datetime):
        local = timezone.localtime(value) if timezone.is_aware(value) else value
        return local.replace(tzinfo=None, microsecond=0)
    if isinstance(value, int | float | Decimal | datetime.date):
        return value
    return harmless(str(value))


class _Echo:
    def write(self, value):
        return value


def _csv_lines(header: list, rows: Iterable[list]):
    writer = csv.writer(_Echo(), lineterminator="\r\n")
    yield "\ufeff" + writer.writerow([cell_value(value) for value in header])
    for row in rows:
        yield writer.writerow([cell_value(value) for value in row])


def _xlsx_file(header: list, rows: Iterable[list]):
    """A temporary file, written row by row so that memory does not grow with the list."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.freeze_panes = "A2"
    for number, label in enumerate(header, start=1):
        width = sum(2 if ord(c) > 0x2E80 else 1 for c in str(label)) + 4
        letter = openpyxl.utils.get_column_letter(number)
        sheet.column_dimensions[letter].width = max(12, min(width, 40))
    heads = []
    for label in header:
        cell = openpyxl.cell.WriteOnlyCell(sheet, value=cell_value(label))
        cell.font = openpyxl.styles.Font(bold=True)
        heads.append(cell)
    sheet.append(heads)
    for row in rows:
        sheet.append([cell_value(value) for value in row])
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    book.save(file)
    file.seek(0)
    return file


def attachment(name: str) -> str:
    """A Content-Disposition for any name, Chinese ones included."""
    plain = re.sub(r"[^\w.-]+", "-", name, flags=re.ASCII).strip("-") or "export"
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def export_response(
    *, kind: str, name: str, header: list, rows: Iterable[list]
) -> HttpResponseBase:
    """The file as an answer. `name` is without ending; `kind` is one of FORMATS."""
    if kind == "csv":
        response = StreamingHttpResponse(
            _csv_lines(header, rows), content_type="text/csv; charset=utf-8"
        )
    else:
        response = FileResponse(
            _xlsx_file(header, rows),
            content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        )
    response["Content-Disposition"] = attachment(f"{name}.{kind}")
    response["Cache-Control"] = "private, no-store"
    return response
