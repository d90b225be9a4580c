"""Building a flow without writing it: what the builder sends becomes the mapping of its text.

Pure. The page sends the general part, the ends and the one step it shows; whatever it does not
show stays as it was. `flows.reshaping` adds, moves and removes; `flows.definition` reads the text.
"""

import copy
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import yaml

from core.worktime import LIMIT
from documents.building import SIGNS, condition_of
from flows.definition import CARD_KEYS, MODE, OUTCOMES

FLOW_ORDER = ("flow", "number", "version", "subject", "zh", "en", "start", "steers", "cancel")
FLOW_ORDER += ("source", *CARD_KEYS, "outcomes", "steps", "ends")
STEP_ORDER = ("step", "kind", "zh", "en", "help", "who", "mode", "status", "within", "green")
STEP_ORDER += ("within_when",)
STEP_ORDER += ("milestone", "fills", "copy", "flow", "do", "until", "when", "else", "branches")
STEP_ORDER += ("then", "needs", "reason", "own_request", "signs_once", "skip", "proposed")
HEAD = ("zh", "en", "number", "subject", "start", "cancel")
STEP_WORDS = ("zh", "en", "status", "do", "flow", "else")
MARKS = {"own_request": "allowed", "signs_once": "no", "skip": "allowed", "proposed": "yes"}
NEW, USER, N_OF_M = "new", "user", "n_of_m"
LIMITS = ("within", "green")
BLANKS = 1


@dataclass(frozen=True)
class Known:
    """What the builder knows about the subject: kinds of its fields, the values some can have,
    and how a person is found by what was typed."""

    fields: Mapping[str, str] = field(default_factory=dict)
    choices: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    find_user: Callable[[str], str] = str


@dataclass(frozen=True)
class Place:
    """A step with the line it stands in; `block` and `branch` are empty on the main line."""

    row: dict
    line: list
    at: int
    block: str = ""
    branch: str = ""
    depth: int = 0


def places(mapping) -> Iterator[Place]:
    """Every step in the order written, with those of branches below their block."""
    yield from _walk(mapping.setdefault("steps", []), "", "", 0)


def _walk(line, block, branch, depth):
    for at, row in enumerate(line):
        yield Place(row, line, at, block, branch, depth)
        for code, inner in branches_of(row).items():
            yield from _walk(inner.setdefault("steps", []), row["step"], code, depth + 1)


def branches_of(row) -> dict:
    return row.get("branches") or {}


def find(mapping, code) -> Place | None:
    return next((place for place in places(mapping) if place.row.get("step") == code), None)


# ---------- the text ----------


class _Dumper(yaml.SafeDumper):
    """Every value is a word, so none needs quotes to stay one; lists stand in from their key."""

    yaml_implicit_resolvers: dict = {}

    def increase_indent(self, flow=False, indentless=False):
        return super().increase_indent(flow, False)


def text_of(mapping: Mapping) -> str:
    """The mapping as people read and write it."""
    tidy = _in_order(mapping, FLOW_ORDER)
    tidy["steps"] = [_tidy_step(row) for row in mapping.get("steps") or []]
    return yaml.dump(tidy, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=100)


def _tidy_step(row) -> dict:
    tidy = _in_order(row, STEP_ORDER)
    if branches_of(row):
        tidy["branches"] = {
            code: {**inner, "steps": [_tidy_step(one) for one in inner.get("steps") or []]}
            for code, inner in branches_of(row).items()
        }
    return tidy


def _in_order(mapping, order) -> dict:
    known = {key: mapping[key] for key in order if key in mapping}
    return known | {key: value for key, value in mapping.items() if key not in known}


# ---------- what the page sends ----------


def read_posted(mapping: dict, data, known: Known) -> dict:
    """The flow with what the page says; a step that is gone meanwhile is put at the end again."""
    new = copy.deepcopy(mapping)
    _take(new, data, "f-", HEAD)
    for key in CARD_KEYS:
        _pair(new, data, "f-", key)
    if "f-steers-shown" in data:
        _set(new, "steers", "" if "f-steers" in data else "no")
    _ends(new, data)
    if code := data.get("step", ""):
        place = find(new, code)
        if place is None:
            new["steps"].append({"step": code})
            place = find(new, code)
        _step(new, place.row, data, known)
    return new


def _ends(mapping, data):
    """Those kept and one more; an end without names is taken away."""
    old = list((mapping.get("ends") or {}).items())
    taken, found = {code for code, _row in old}, {}
    for k in range(len(old) + BLANKS):
        code, row = old[k] if k < len(old) else ("", {})
        if f"end{k}-zh" in data:
            row = {**row}
            _take(row, data, f"end{k}-", ("zh", "en", "status"))
        if row.get("zh") or row.get("en"):
            code = code or free("end", taken)
            found[code] = row
    mapping["ends"] = found


def _step(mapping, row, data, known):
    _take(row, data, "s-", STEP_WORDS)
    _pair(row, data, "s-", "help")
    for key in ("who", "copy"):
        _rules(row, data, key, known)
    _mode(row, data)
    for key in LIMITS:
        _limit(row, data, "s-", key)
    _limits_when(row, data, known)
    if "s-milestones-shown" in data:
        _set_words(row, "milestone", data.getlist("s-milestone"))
    _set_rows(row, data, "fills")
    _outcomes(mapping, row, data)
    _cases(row, data, known)
    if "until-name" in data:
        _set(row, "until", _condition(data, "until-", row.get("until", ""), known))
    for code, inner in branches_of(row).items():
        _take(inner, data, f"branch-{code}-", ("zh", "en"))
    for mark, word in MARKS.items() if "s-marks-shown" in data else ():
        _set(row, mark, word if f"s-{mark}" in data else "")


def _rules(row, data, key, known):
    """Who does it or is told: rules picked from words, and people by what was typed."""
    if f"{key}0-rule" not in data:
        return
    found = []
    for k in _numbers(data, f"{key}%s-rule"):
        rule = data.get(f"{key}{k}-rule", "").strip()
        if rule == USER:
            typed = data.get(f"{key}{k}-user", "").strip()
            rule = f"{USER} {known.find_user(typed)}" if typed else USER
        found.append(rule)
    _set_words(row, key, found)


def _mode(row, data):
    if "s-mode" not in data:
        return
    mode, need = data.get("s-mode", "any"), data.get("s-need", "").strip()
    if mode == N_OF_M:
        old = MODE.fullmatch(row.get("mode", ""))
        seats = len(words(row.get("who")))
        if old and old["need"] == need:
            return
        mode = f"{need} of {max(seats, int(need) if _is_number(need) else 1)}"
    _set(row, "mode", "" if mode == "any" else mode)


def _limit(row, data, prefix, key):
    """A number and a unit; written again only where they say something else."""
    if f"{prefix}{key}-number" not in data:
        return
    number = data.get(f"{prefix}{key}-number", "").strip()
    unit = data.get(f"{prefix}{key}-unit", "")
    old = limit_parts(row.get(key, ""))
    if (number, unit) == (old["number"], old["unit"]):
        return
    plural = "s" if number != "1" else ""
    _set(row, key, f"{number} {unit}{plural}" if number else "")


def _limits_when(row, data, known):
    """Limits by condition: a condition picked or written, and by when. Empty lines go."""
    if "limit0-name" not in data:
        return
    old, lines = row.get("within_when") or [], []
    for k in _numbers(data, "limit%s-name"):
        line = {**old[k]} if k < len(old) else {}
        _set(line, "if", _condition(data, f"limit{k}-", line.get("if", ""), known))
        for key in LIMITS:
            _limit(line, data, f"limit{k}-", key)
        if line:
            lines.append({key: line[key] for key in ("if", *LIMITS) if key in line})
    _set(row, "within_when", lines)


def limit_parts(text: str) -> dict:
    """ "2 working days" as number 2 and unit day; calendar time has units of its own."""
    match = LIMIT.fullmatch(text or "")
    if match is None:
        number, _blank, unit = (text or "").partition(" ")
        return {"number": number, "unit": unit.removesuffix("s") or "day"}
    amount, manner, unit = match.groups()
    calendar = "calendar " if (manner or "").lower() == "calendar" else ""
    return {"number": amount, "unit": calendar + unit.lower()}


def _outcomes(mapping, row, data):
    """Answers in their order, where each leads, what it needs and whether it wants a reason."""
    if "out0-code" not in data:
        return
    then, needs, reasons = {}, {}, []
    for k in _numbers(data, "out%s-code"):
        code = _answer(mapping, data, f"out{k}-", then)
        if not code:
            continue
        then[code] = data.get(f"out{k}-to", "")
        gates = [data.get(f"out{k}-need{n}", "") for n in _numbers(data, f"out{k}-need%s")]
        _set_words(needs, code, gates)
        if f"out{k}-reason" in data:
            reasons.append(code)
    if isinstance(row.get("then"), str) and list(then) == ["done"]:
        then = then["done"]
    _set(row, "then", then)
    _set(row, "needs", needs)
    _set_words(row, "reason", reasons)


def _answer(mapping, data, prefix, taken) -> str:
    """The code of an answer, with its names kept where the flow calls it its own."""
    code = data.get(f"{prefix}code", "")
    names = {lang: data.get(f"{prefix}{lang}", "").strip() for lang in ("zh", "en")}
    own = mapping.get("outcomes") or {}
    if code == NEW or (not code and any(names.values())) or code in taken:
        code = free("answer", own.keys() | OUTCOMES.keys() | taken.keys())
    if code and f"{prefix}zh" in data and (code in own or code not in OUTCOMES):
        own = {**own, code: {lang: text for lang, text in names.items() if text}}
        mapping["outcomes"] = own
    return code


def _cases(row, data, known):
    """The ways of a decision: a condition picked or written, and where it leads."""
    if "case0-name" not in data:
        return
    old, cases = row.get("when") or [], []
    for k in _numbers(data, "case%s-name"):
        written = old[k].get("if", "") if k < len(old) else ""
        condition = _condition(data, f"case{k}-", written, known)
        to = data.get(f"case{k}-to", "")
        if condition or (k < len(old) and to):
            cases.append({"if": condition, "then": to})
    row["when"] = cases


def _condition(data, prefix, old, known) -> str:
    """From a field, a comparison and a value, or as written; unchanged parts keep their text."""
    if written := data.get(f"{prefix}text", "").strip():
        return written
    name, sign = data.get(f"{prefix}name", ""), data.get(f"{prefix}sign", "=")
    value = data.get(f"{prefix}value", "").strip()
    if not name or sign not in SIGNS:
        return ""
    if condition_of(old) == {"name": name, "sign": sign, "value": value}:
        return old
    return f"{name} {sign} {_literal(known, name, value)}"


def _literal(known, name, value) -> str:
    kind = known.fields.get(name, "text")
    if kind == "yes_no":
        return "false" if value == "false" else "true"
    if kind in ("number", "money"):
        return value or "0"
    if kind == "date":
        return f"date '{value}'"
    codes = {label: code for code, label in known.choices.get(name, {}).items()}
    return "'{}'".format(codes.get(value, value).replace("'", ""))


# ---------- small things ----------


def words(value) -> list[str]:
    """One word or a list of words, as a list."""
    found = [value] if isinstance(value, str) else list(value or ())
    return [word for word in found if word]


def free(word, taken) -> str:
    number = 1
    while f"{word}_{number}" in taken:
        number += 1
    return f"{word}_{number}"


def then_of(row) -> dict:
    then = row.get("then") or {}
    return {"done": then} if isinstance(then, str) else then


def _numbers(data, pattern) -> Iterator[int]:
    k = 0
    while pattern % k in data and k < 100:
        yield k
        k += 1


def _is_number(text) -> bool:
    return bool(re.fullmatch(r"[1-9]\d?", text))


def _clean(text) -> str:
    return text.replace("\r\n", "\n").strip()


def _set(row, key, value):
    if value:
        row[key] = value
    else:
        row.pop(key, None)


def _set_words(row, key, found):
    """One word alone, several as a list; what says the same stays as it was written."""
    found = list(dict.fromkeys(word for word in found if word))
    if found != words(row.get(key)):
        _set(row, key, found[0] if len(found) == 1 else found)


def _set_rows(row, data, key):
    if f"{key}0" in data:
        _set_words(row, key, [data.get(f"{key}{k}", "") for k in _numbers(data, f"{key}%s")])


def _take(row, data, prefix, names):
    for name in names:
        if f"{prefix}{name}" in data:
            _set(row, name, _clean(data.get(f"{prefix}{name}", "")))


def _pair(row, data, prefix, name):
    if f"{prefix}{name}_zh" not in data:
        return
    pair = {lang: _clean(data.get(f"{prefix}{name}_{lang}", "")) for lang in ("zh", "en")}
    _set(row, name, {lang: text for lang, text in pair.items() if text})
