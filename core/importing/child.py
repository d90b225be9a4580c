"""The half of the reader that meets strange bytes. Runs alone, in a process that may die.

Only the standard library and calamine: it starts in a few hundredths of a second. `guard.py` starts
it by its path, gives it one JSON line and the bytes of the file, and gets one JSON document back.
"""

import codecs
import csv
import io
import json
import re
import resource
import struct
import sys
import zipfile
import zlib
from datetime import date, datetime, time, timedelta

import python_calamine

BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# What a file that calls itself a text table must not begin with.
BINARY_MAGIC = (
    b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"Rar!",
    b"\x28\xb5\x2f\xfd", b"%PDF", b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"RIFF", b"\x7fELF",
    b"MZ\x90", b"\xd0\xcf\x11\xe0", b"SQLite format 3", b"{\\rtf", b"PAR1", b"\xca\xfe\xba\xbe",
)  # fmt: skip
OLD_OFFICE = b"\xd0\xcf\x11\xe0"
MARKUP = re.compile(rb"^\s*<(!doctype|html|\?xml|svg|script|table)", re.IGNORECASE)
WORKSHEET = re.compile(r"^xl/worksheets/[^/]+\.xml$", re.IGNORECASE)
DELIMITERS = ",\t;|，"
FIELD_CHARS = 200_000  # a longer cell refuses the file; one beyond Excel's 32,767 is a row error
HEADER_CHARS = 200


class RefusedError(Exception):
    def __init__(self, code, **params):
        super().__init__(code)
        self.code, self.params = code, params


def limit_process(limits):
    resource.setrlimit(resource.RLIMIT_AS, (limits["memory"], limits["memory"]))
    resource.setrlimit(resource.RLIMIT_CPU, (limits["cpu_seconds"], limits["cpu_seconds"]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


# ---------------------------------------------------------------------------------------- workbook


def check_archive(data, limits):
    """Refuse what could unpack into more than it says: sizes are inflated here, not believed."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, struct.error, NotImplementedError) as error:
        raise RefusedError("not_a_workbook") from error
    names = [member.filename for member in members]
    if len(members) > limits["members"]:
        raise RefusedError("too_many_parts", limit=limits["members"])
    if len(set(names)) != len(names) or any(n.startswith("/") or ".." in n for n in names):
        raise RefusedError("damaged")
    if any(member.flag_bits & 0x1 for member in members):
        raise RefusedError("protected")
    if "[Content_Types].xml" not in names or not any(n.lower() == "xl/workbook.xml" for n in names):
        raise RefusedError("not_a_workbook")
    if any(n.lower().endswith("vbaproject.bin") for n in names):
        raise RefusedError("macros")
    if sum(member.file_size for member in members) > limits["unpacked"]:
        raise RefusedError("unpacks_too_big", limit=limits["unpacked"] // 1_000_000)
    left = limits["unpacked"]
    for member in members:
        left -= check_member(data, member, left, limits)


def check_member(data, member, left, limits):
    content = inflate(data, member, left, limits)
    if len(content) > 1_000_000 and len(content) > limits["ratio"] * max(member.compress_size, 1):
        raise RefusedError("unpacks_too_big", limit=limits["unpacked"] // 1_000_000)
    if content[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, b"<\0", b"\0<"):
        raise RefusedError("damaged")
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise RefusedError("doctype")
    if WORKSHEET.match(member.filename):
        if content.count(b"<row") > limits["rows"] * 2 + 1000:
            raise RefusedError("too_many_rows", limit=limits["rows"])
        if content.count(b"<c ") + content.count(b"<c>") > limits["cells"]:
            raise RefusedError("too_many_cells", limit=limits["cells"])
    return len(content)


def inflate(data, member, left, limits):
    header = data[member.header_offset : member.header_offset + 30]
    if len(header) < 30 or header[:4] != b"PK\x03\x04" or member.compress_type not in (0, 8):
        raise RefusedError("damaged")
    name_length, extra_length = struct.unpack("<HH", header[26:30])
    start = member.header_offset + 30 + name_length + extra_length
    packed = data[start : start + member.compress_size]
    if member.compress_type == 0:
        content = packed
    else:
        try:
            content = zlib.decompressobj(-15).decompress(packed, left + 1)
        except zlib.error as error:
            raise RefusedError("damaged") from error
    if len(content) > left:
        raise RefusedError("unpacks_too_big", limit=limits["unpacked"] // 1_000_000)
    return content


def read_workbook(data, request):
    limits = request["limits"]
    check_archive(data, limits)
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        names = [
            sheet.name
            for sheet in book.sheets_metadata
            if sheet.typ == python_calamine.SheetTypeEnum.WorkSheet
        ]
        if not names:
            raise RefusedError("empty")
        name = request["sheet"] or first_filled(book, names)
        if name not in names:
            raise RefusedError("no_such_sheet", sheet=name)
        sheet = book.get_sheet_by_name(name)
        if sheet.total_height and sheet.width > limits["columns"]:
            raise RefusedError("too_many_columns", limit=limits["columns"])
        rows = sheet.to_python(skip_empty_area=True)
        first = (sheet.start or (0, 0))[0] + 1
    except python_calamine.PasswordError as error:
        raise RefusedError("protected") from error
    except (python_calamine.CalamineError, ValueError, OSError, OverflowError) as error:
        raise RefusedError("damaged") from error
    lines = [(first + index, [cell_text(cell) for cell in row]) for index, row in enumerate(rows)]
    return {"sheets": names, "sheet": name, "encoding": "", "delimiter": ""}, lines


def first_filled(book, names):
    """The sheet to offer: the first, unless it is empty."""
    for name in names[:20]:
        if book.get_sheet_by_name(name).height:
            return name
    return names[0]


def cell_text(cell):
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(" ") if cell.time() != time() else cell.date().isoformat()
    if isinstance(cell, (date, time, timedelta)):
        return str(cell)
    return "" if cell is None else str(cell)


# -------------------------------------------------------------------------------------------- text


def decode(data, encoding):
    for bom, name in BOMS:
        if data.startswith(bom) and encoding in ("", name, name.removesuffix("-sig"), "utf-16"):
            return strict(data[len(bom) :], name.removesuffix("-sig"), name)
    if encoding:
        return strict(data, encoding, encoding)
    sample = data[:4096]
    zeros = sample.count(0)
    if zeros > len(sample) // 8:
        odd = sample[1::2].count(0)
        if max(odd, zeros - odd) < 0.95 * zeros or zeros == len(sample):
            raise RefusedError("not_text")
        name = "utf-16-le" if odd * 2 > zeros else "utf-16-be"
        return strict(data, name, name)
    for name in ("utf-8", "gb18030"):
        try:
            return data.decode(name), name
        except UnicodeDecodeError:
            continue
    raise RefusedError("unknown_encoding")


def strict(data, codec, name):
    try:
        return data.decode(codec), name
    except UnicodeDecodeError as error:
        raise RefusedError("wrong_encoding", encoding=name) from error
    except LookupError as error:
        raise RefusedError("unknown_encoding") from error


def find_delimiter(text):
    """The separator that cuts the first filled line into most pieces, outside quotes."""
    for line in text[:20_000].splitlines():
        if line.strip():
            bare = re.sub(r'"[^"]*"', "", line)
            return max(DELIMITERS, key=lambda mark: (bare.count(mark), -DELIMITERS.index(mark)))
    return ","


def read_text(data, request):
    limits = request["limits"]
    if data.startswith(BINARY_MAGIC):
        raise RefusedError("old_office" if data.startswith(OLD_OFFICE) else "not_text")
    if MARKUP.match(data[:200]):
        raise RefusedError("not_text")
    text, encoding = decode(data, request["encoding"])
    if text.count("\0") > max(20, len(text) // 1000):
        raise RefusedError("not_text")
    text = text.replace("\0", "\ufffd")  # no database stores it; the cell becomes a row error
    csv.field_size_limit(FIELD_CHARS)
    delimiter = find_delimiter(text)
    lines, number = [], 0
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text, ""), delimiter=delimiter), 1):
            if len(row) > limits["columns"] and any(row[limits["columns"] :]):
                raise RefusedError("too_many_columns", limit=limits["columns"])
            if row:
                lines.append((number, row))
                if len(lines) > limits["rows"] + 1:
                    raise RefusedError("too_many_rows", limit=limits["rows"])
    except csv.Error as error:
        raise RefusedError("bad_csv", line=number + 1) from error
    return {"sheets": [], "sheet": "", "encoding": encoding, "delimiter": delimiter}, lines


# ------------------------------------------------------------------------------------------- table


def tidy(about, lines, limits):
    """Titles from the first filled row; blank rows, and columns empty from top to bottom, go."""
    at = next((i for i, (_, row) in enumerate(lines) if any(c.strip() for c in row)), None)
    if at is None:
        raise RefusedError("empty")
    head_line, head = lines[at]
    body = [(n, row) for n, row in lines[at + 1 :] if any(row) and any(c.strip() for c in row)]
    if not body:
        raise RefusedError("only_titles")
    if len(body) > limits["rows"]:
        raise RefusedError("too_many_rows", limit=limits["rows"])
    width = max(len(head), max(len(row) for _, row in body))
    head = head + [""] * (width - len(head))
    keep = [i for i in range(width) if head[i].strip() or any(i < len(r) and r[i] for _, r in body)]
    if len(keep) > limits["columns"]:
        raise RefusedError("too_many_columns", limit=limits["columns"])
    if any(len(head[i]) > HEADER_CHARS * 5 for i in keep):
        raise RefusedError("titles_too_long")
    if keep == list(range(width)):
        rows = [row if len(row) == width else row + [""] * (width - len(row)) for _, row in body]
    else:
        rows = [[row[i] if i < len(row) else "" for i in keep] for _, row in body]
    return {
        **about,
        "head_line": head_line,
        "columns": titles([head[i] for i in keep]),
        "lines": [number for number, _ in body],
        "rows": rows,
    }


def titles(head):
    """One distinct title per column; an untitled column is called by its letter."""
    seen, out = set(), []
    for index, title in enumerate(head):
        name = " ".join(title.replace("\0", "").split())[:HEADER_CHARS] or f"#{index + 1}"
        base, again = name, 2
        while name in seen:
            name, again = f"{base} ({again})", again + 1
        seen.add(name)
        out.append(name)
    return out


def main():
    request = json.loads(sys.stdin.buffer.readline())
    limit_process(request["limits"])
    data = sys.stdin.buffer.read()
    try:
        if not data:
            raise RefusedError("empty")
        if request["extension"] == "xlsx":
            if data.startswith(OLD_OFFICE):
                raise RefusedError("protected")
            if not data.startswith(b"PK\x03\x04"):
                raise RefusedError("not_a_workbook")
            about, lines = read_workbook(data, request)
        else:
            about, lines = read_text(data, request)
        answer = tidy(about, lines, request["limits"])
    except RefusedError as refused:
        answer = {"refused": refused.code, "params": refused.params}
    except (MemoryError, RecursionError):
        answer = {"refused": "too_much_memory", "params": {}}
    out = json.dumps(answer, ensure_ascii=False, separators=(",", ":"))
    sys.stdout.buffer.write(out.encode("utf-8", "surrogatepass"))


if __name__ == "__main__":
    main()
