"""The dashboard as a workbook: one sheet for each figure, the numbers as numbers."""

import tempfile

from django.http import FileResponse
from django.utils.translation import gettext as _

from core.deferred import deferred
from core.exports import attachment, cell_value

openpyxl = deferred("openpyxl")
TITLE_LENGTH = 31
FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\", " "))
CONTENT = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def dashboard_file(board) -> FileResponse:
    book = openpyxl.Workbook(write_only=True)
    for figure in board.figures:
        _sheet(book, figure, board)
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    book.save(file)
    file.seek(0)
    response = FileResponse(file, content_type=CONTENT)
    name = f"{_('dashboard')}-{board.context.today:%Y-%m-%d}.xlsx"
    response["Content-Disposition"] = attachment(name)
    response["Cache-Control"] = "private, no-store"
    return response


def heads_of(figure, board) -> list[str]:
    """The columns of a figure's table; the open pipeline knows no losses and no year before."""
    amount = _("Amount (%(currency)s)") % {"currency": board.context.currency}
    if figure.code == "pipeline":
        return [figure.head, amount, _("Open opportunities")]
    return [
        figure.head,
        amount,
        _("Year before (%(currency)s)") % {"currency": board.context.currency},
        _("Won opportunities"),
        _("Lost opportunities"),
        _("Win rate"),
        _("Share"),
    ]


def values_of(figure, row) -> list:
    if figure.code == "pipeline":
        return [row.label, row.amount, row.won]
    return [row.label, row.amount, row.before, row.won, row.lost, row.win_rate, row.share]


def _sheet(book, figure, board):
    sheet = book.create_sheet(str(figure.head).translate(FORBIDDEN)[:TITLE_LENGTH])
    sheet.column_dimensions["A"].width = 32
    for letter in "BCDEFG":
        sheet.column_dimensions[letter].width = 18
    sheet.append([cell_value(f"{board.period}: {figure.title}")])
    heads = []
    for label in heads_of(figure, board):
        cell = openpyxl.cell.WriteOnlyCell(sheet, value=cell_value(label))
        cell.font = openpyxl.styles.Font(bold=True)
        heads.append(cell)
    sheet.append(heads)
    for row in [*figure.rows, figure.whole]:
        sheet.append([cell_value(value) for value in values_of(figure, row)])
