"""Nothing that a stranger sends is opened in this process (reliability.md 3b).

`read_table` hands the bytes to a child with little memory and little time and gets back checked
rows of text, or a refusal worded for the person. It never raises anything but `FileRefused`.
"""

import json
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePath

from django.utils.translation import gettext_lazy as _

from core.exceptions import DomainError

CHILD = Path(__file__).with_name("child.py")
EXTENSIONS = {"csv": "csv", "txt": "csv", "tsv": "csv", "xlsx": "xlsx"}
ENCODINGS = {
    "": _("Find out"),
    "utf-8": "UTF-8",
    "gb18030": "GB18030 (GBK)",
    "utf-16-le": "UTF-16 LE",
    "utf-16-be": "UTF-16 BE",
    "big5": "Big5",
    "cp1252": "Windows-1252",
}

REFUSALS = {
    "extension": _("Only .csv and .xlsx files can be imported. Save the table as one of them."),
    "too_big": _("The file is larger than %(limit)s MB. Split it, or ask an administrator."),
    "empty": _("There is nothing in this file."),
    "only_titles": _("There is a title row but no rows below it."),
    "not_a_workbook": _("This is not an Excel workbook, although its name ends in .xlsx."),
    "not_text": _("This is not a text table, although its name says so."),
    "old_office": _("This is an old Excel file. Save it as .xlsx and try again."),
    "protected": _("The workbook is protected by a password. Remove it and try again."),
    "macros": _("Workbooks with macros are not accepted. Save it as a plain .xlsx."),
    "doctype": _("The workbook holds instructions that no table needs; it was not opened."),
    "damaged": _("The workbook is damaged. Open it in Excel, save it again and try once more."),
    "too_many_parts": _("The workbook has more than %(limit)s parts; it was not opened."),
    "unpacks_too_big": _("Unpacked, the workbook would exceed %(limit)s MB or a sane ratio."),
    "too_many_rows": _("There are more than %(limit)s rows. Split the file."),
    "too_many_columns": _("There are more than %(limit)s columns. Remove those you do not need."),
    "too_many_cells": _("There are more than %(limit)s cells. Split the file."),
    "titles_too_long": _(
        "The first row does not look like titles. Put one short title per column."
    ),
    "no_such_sheet": _("There is no sheet “%(sheet)s” in this workbook."),
    "unknown_encoding": _("The encoding could not be recognised. Choose it yourself."),
    "wrong_encoding": _("The file cannot be read as %(encoding)s. Choose another encoding."),
    "bad_csv": _("Line %(line)s cannot be read: a quotation mark is open or a cell is endless."),
    "too_much_memory": _("Reading this file needs more memory than one file may take."),
    "too_much_time": _("Reading this file takes too long. Split it, or save it again."),
}


class FileRefused(DomainError):
    """The file as a whole cannot be imported; the message says why and what to do."""

    def __init__(self, code: str, **params):
        self.code = code
        super().__init__(REFUSALS[code] % params if params else REFUSALS[code])


@dataclass(frozen=True)
class Limits:
    """What one file may cost. The first three are company settings."""

    megabytes: int = 20
    rows: int = 100_000
    columns: int = 200
    cells: int = 3_000_000
    unpacked: int = 60_000_000
    ratio: int = 120
    members: int = 200
    memory: int = 700 * 1024 * 1024
    cpu_seconds: int = 20


@dataclass(frozen=True)
class Table:
    """The checked content of one sheet: text only, one title per column."""

    columns: list[str]
    rows: list[list[str]]
    lines: list[int]  # the row number a person sees in the file, title row included
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    sheets: list[str] = field(default_factory=list)
    head_line: int = 1


def extension_of(name: str) -> str:
    """csv or xlsx; anything else is refused."""
    suffix = PurePath(name.replace("\\", "/")).suffix.lower().lstrip(".")
    if suffix not in EXTENSIONS:
        raise FileRefused("extension")
    return EXTENSIONS[suffix]


def read_table(
    name: str, data: bytes, *, limits: Limits | None = None, encoding: str = "", sheet: str = ""
) -> Table:
    """The rows of a .csv or .xlsx file; empty `encoding` and `sheet` mean: find out."""
    limits = limits or Limits()
    extension = extension_of(name)
    if len(data) > limits.megabytes * 1_000_000:
        raise FileRefused("too_big", limit=limits.megabytes)
    request = {
        "extension": extension,
        "encoding": encoding if encoding in ENCODINGS else "",
        "sheet": sheet,
        "limits": asdict(limits),
    }
    answer = _ask_child(json.dumps(request).encode() + b"\n" + data, limits)
    if "refused" in answer:
        raise FileRefused(answer["refused"], **answer["params"])
    return Table(**answer)


def _ask_child(message: bytes, limits: Limits) -> dict:
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(CHILD)],
            input=message,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=limits.cpu_seconds * 1.5,
            check=False,
            env={"PYTHONIOENCODING": "utf-8", "MALLOC_ARENA_MAX": "1"},
        )
    except subprocess.TimeoutExpired as error:
        raise FileRefused("too_much_time") from error
    if done.returncode != 0:
        raise FileRefused("too_much_time" if done.returncode in (-24, -9) else "too_much_memory")
    try:
        return json.loads(done.stdout)
    except ValueError as error:
        raise FileRefused("damaged") from error
