"""Building a form without writing it: what the builder sends becomes the mapping of a draft.

Pure. The builder shows the draft in order and sends it back in the same order, so every part keeps
what the page does not show. An action then adds, moves or removes a part.
"""

import re

from documents.definition import IN_EXPRESSIONS

HEAD = ("zh", "en", "kind", "subject", "print")
FIELD = ("zh", "en", "kind", "refers", "weight", "scale", "min", "max", "from")
PAIRS = ("help", "unit", "text")
MARKS = ("required", "reportable", "evidence")
BLANKS = 2
SIMPLE = re.compile(
    r"(?P<name>\w+)\s*(?P<sign>!=|<=|>=|=|<|>)\s*"
    r"(?P<value>'[^']*'|date\s*'[^']*'|true|false|-?\d+(?:\.\d+)?)"
)
SIGNS = ("=", "!=", ">", ">=", "<", "<=")
TRUE, FALSE = ("true", "yes", "是"), ("false", "no", "否")


def read_posted(mapping: dict, data) -> dict:
    """The draft with what the page says."""
    new = {**mapping}
    _take(new, data, "", HEAD)
    _pairs(new, data, "", PAIRS)
    number = {key: data.get(f"number_{key}", "").strip() for key in ("prefix", "width")}
    new["number"] = {key: value for key, value in number.items() if value}
    if not new["number"]:
        del new["number"]
    new["sections"] = [
        _section(section, data, f"s{i}-", new)
        for i, section in enumerate(_list(mapping, "sections"))
    ]
    return new


def act(mapping: dict, action: str) -> str:
    """Carry out `verb.place` on the mapping, for instance field.add.0 or section.up.2; the anchor
    of the part to look at is returned."""
    noun, verb, *rest = action.split(".")
    numbers = [int(n) for n in rest if n.isascii() and n.isdigit() and len(n) < 4]
    sections = mapping.setdefault("sections", [])
    if noun == "section" and verb == "add":
        sections.append({"section": _free("section", _codes(mapping)), "fields": []})
        return f"s{len(sections) - 1}-"
    if not numbers or numbers[0] >= len(sections):
        return ""
    if noun == "section":
        return f"s{_move(sections, numbers[0], verb)}-"
    fields = sections[numbers[0]].setdefault("fields", [])
    if verb == "add":
        fields.append({"field": _free("field", _codes(mapping)), "kind": "text"})
        return f"s{numbers[0]}f{len(fields) - 1}-"
    if len(numbers) < 2 or numbers[1] >= len(fields):
        return ""
    return f"s{numbers[0]}f{_move(fields, numbers[1], verb)}-"


def condition_of(text: str) -> dict | None:
    """A condition of one comparison as its three parts; None where it says more than that."""
    found = SIMPLE.fullmatch(text.strip())
    if found is None:
        return None
    value = re.sub(r"^date\s*", "", found["value"]).strip("'")
    return {"name": found["name"], "sign": found["sign"], "value": value}


def _move(rows: list, at: int, verb: str) -> int:
    to = {"up": at - 1, "down": at + 1}.get(verb)
    if verb == "remove":
        del rows[at]
        return max(at - 1, 0)
    if to is not None and 0 <= to < len(rows):
        rows[at], rows[to] = rows[to], rows[at]
        return to
    return at


def _section(section, data, prefix, mapping) -> dict:
    new = {**section}
    _take(new, data, prefix, ("zh", "en"))
    _pairs(new, data, prefix, ("help",))
    new["fields"] = [
        _field(field, data, f"{prefix[:-1]}f{j}-", mapping)
        for j, field in enumerate(_list(section, "fields"))
    ]
    return new


def _field(field, data, prefix, mapping) -> dict:
    if f"{prefix}kind" not in data:
        return field
    new = {**field}
    _take(new, data, prefix, FIELD)
    _pairs(new, data, prefix, ("help", "unit"))
    for mark in MARKS:
        new[mark] = "yes"
        if f"{prefix}{mark}" not in data:
            del new[mark]
    _show(new, data, prefix, mapping)
    for key, noun, names in (
        ("options", "option", ("zh", "en", "score")),
        ("columns", "column", ("zh", "en", "kind")),
    ):
        new[key] = _rows(field, data, prefix, key, noun, names)
        if not new[key]:
            del new[key]
    return new


def _rows(field, data, prefix, key, noun, names) -> list[dict]:
    """Choices or columns: those kept, then the new ones; a row without a name is taken away."""
    old = _list(field, key)
    taken = {row.get(noun) for row in old}
    rows = []
    for k in range(len(old) + BLANKS):
        place = f"{prefix}{key}{k}-"
        row = {**old[k]} if k < len(old) else {}
        if f"{place}zh" not in data and row:
            rows.append(row)
            continue
        _take(row, data, place, names)
        if key == "columns":
            row["required"] = "yes" if f"{place}required" in data else "no"
            _column_options(row, data, place)
        if not row.get("zh") and not row.get("en"):
            continue
        if not row.get(noun):
            row = {noun: _free(noun, taken), **row}
            taken.add(row[noun])
        rows.append(row)
    return rows


def _column_options(row, data, place):
    """The choices of a column, as words separated by commas; known ones keep their codes."""
    if f"{place}choices" not in data:
        return
    old = {words_of(option): option for option in _list(row, "options")}
    taken = {option.get("option") for option in old.values()}
    new = []
    for text in re.split(r"[,，;；\n]", data.get(f"{place}choices", "")):
        zh, _bar, en = (part.strip() for part in text.partition("/"))
        if not zh and not en:
            continue
        option = old.get(words_of({"zh": zh, "en": en}))
        if option is None:
            option = {"option": _free("option", taken), "zh": zh, "en": en}
            taken.add(option["option"])
        new.append(option)
    row["options"] = new
    if not new:
        del row["options"]


def words_of(option) -> str:
    zh, en = option.get("zh", ""), option.get("en", "")
    return f"{zh} / {en}" if en else zh


def _show(new, data, prefix, mapping):
    """The condition from its three parts, or as it was written."""
    if f"{prefix}show" in data:
        written = data.get(f"{prefix}show", "").strip()
    else:
        name = data.get(f"{prefix}if", "")
        sign, value = data.get(f"{prefix}sign", "="), data.get(f"{prefix}value", "").strip()
        asked = next((f for f in _fields(mapping) if f.get("field") == name), None)
        written = ""
        if asked is not None and sign in SIGNS:
            written = f"{name} {sign} {_literal(asked, value)}"
    new["show"] = written
    if not written:
        del new["show"]


def _literal(asked, value) -> str:
    family = IN_EXPRESSIONS.get(asked.get("kind", "text"))
    if family == "yes_no":
        return "false" if value.lower() in FALSE else "true"
    if family in ("number", "money"):
        return value or "0"
    if family == "date":
        return f"date '{value}'"
    if family == "choice":
        for option in _list(asked, "options"):
            if value in (option.get("option"), option.get("zh"), option.get("en")):
                value = option.get("option", "")
    return "'{}'".format(value.replace("'", ""))


def _take(new, data, prefix, names):
    for name in names:
        if f"{prefix}{name}" not in data:
            continue
        value = data.get(f"{prefix}{name}", "").strip()
        if value:
            new[name] = value
        else:
            new.pop(name, None)


def _pairs(new, data, prefix, names):
    for name in names:
        if f"{prefix}{name}_zh" not in data:
            continue
        pair = {lang: data.get(f"{prefix}{name}_{lang}", "").strip() for lang in ("zh", "en")}
        new[name] = {lang: text for lang, text in pair.items() if text}
        if not new[name]:
            del new[name]


def _list(mapping, key) -> list[dict]:
    found = mapping.get(key)
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []


def _fields(mapping) -> list[dict]:
    return [f for section in _list(mapping, "sections") for f in _list(section, "fields")]


def _codes(mapping) -> set:
    return {s.get("section") for s in _list(mapping, "sections")} | {
        f.get("field") for f in _fields(mapping)
    }


def _free(word, taken) -> str:
    number = 1
    while f"{word}_{number}" in taken:
        number += 1
    return f"{word}_{number}"
