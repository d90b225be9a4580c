"""What the fill page sends, as values by field code.

Names: `f-code`; `f-code.currency`, `f-code.evidence`; of a table `f-code.3.column`. `asked` lists
the fields that stood on the page, `touched` those the person changed (sent by the script).
"""

from documents.definition import Definition, Field


def values_of(definition: Definition, data) -> dict:
    """The answers sent for the fields that were touched, or without a script for all asked."""
    codes = data.getlist("touched") or data.getlist("asked")
    fields = definition.by_code
    return {
        code: value_of(fields[code], data)
        for code in dict.fromkeys(codes)
        if code in fields and fields[code].kind != "file"
    }


def value_of(field: Field, data):
    name = f"f-{field.code}"
    if field.kind == "multiple":
        return data.getlist(name)
    if field.kind == "table":
        return _lines(field, data)
    return _cell(field, name, data)


def _cell(field, name, data):
    value = data.get(name, "")
    if field.kind == "money":
        return {"amount": value, "currency": data.get(f"{name}.currency", "")}
    if field.kind == "yes_no":
        return {"yes": value, "evidence": data.get(f"{name}.evidence", "")}
    return value


def _lines(field, data) -> list[dict]:
    prefix = f"f-{field.code}."
    numbers = {
        name[len(prefix) :].partition(".")[0] for name in data if name.startswith(prefix)
    }
    lines = sorted(int(n) for n in numbers if n.isascii() and n.isdigit() and len(n) < 4)
    return [
        {column.code: _cell(column, f"{prefix}{n}.{column.code}", data) for column in field.columns}
        for n in lines
    ]
