"""What people answer: checked, made comparable, weighed. Pure; refusals are codes.

An answer lies in the document's JSON in one plain form a kind:
  text, long_text, choice, date (ISO) -> text;  number -> text of a decimal
  money -> {"amount", "currency"};  multiple -> list of codes;  rating -> whole number
  yes_no -> {"yes": bool, "evidence": text};  reference -> {"id"};  file -> list of ids
  table -> list of {column: value}
Nothing answered is the absence of the key.
"""

import datetime
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from core.expressions import holds
from documents.definition import SCORED, Column, Definition, Field

TEXT_LENGTH, LONG_LENGTH, LINES = 500, 20_000, 200
LIMIT = Decimal(10) ** 13


class AnswerError(Exception):
    """`code` and `params` let documents.wording say it; `where` is a column and a line, if any."""

    def __init__(self, code, *params, where=()):
        super().__init__(code)
        self.code, self.params, self.where = code, params, where


@dataclass(frozen=True)
class Missing:
    """A field (and a line of its table) that has to be answered; code "evidence" or "empty"."""

    field: Field
    code: str = "empty"
    line: int = 0
    column: Column | None = None


# ---------- checking what came in ----------


def clean(field: Field, raw):
    """The answer in its plain form; None for none. Raises AnswerError."""
    if raw is None or raw in ("", [], {}):
        return None
    return _CLEAN[field.kind](field, raw)


def _text(field, raw, length=TEXT_LENGTH):
    if not isinstance(raw, str | int | float):
        raise AnswerError("text")
    text = str(raw).replace("\0", "").replace("\r\n", "\n").strip()
    if len(text) > length:
        raise AnswerError("too_long", length)
    return text or None


def _long(field, raw):
    return _text(field, raw, LONG_LENGTH)


def _decimal(raw) -> Decimal:
    try:
        number = Decimal(str(raw).replace(",", "").replace("，", "").strip())
    except InvalidOperation:
        raise AnswerError("number") from None
    if not number.is_finite() or abs(number) >= LIMIT:
        raise AnswerError("number")
    return number


def _number(field, raw):
    if isinstance(raw, bool | list | dict):
        raise AnswerError("number")
    if not str(raw).strip():
        return None
    number = _decimal(raw)
    _within(field, number)
    if number.as_tuple().exponent < -6:
        raise AnswerError("number")
    return f"{number:f}"


def _within(field, number):
    low, high = getattr(field, "low", None), getattr(field, "high", None)
    if low is not None and number < low:
        raise AnswerError("at_least", f"{low:f}")
    if high is not None and number > high:
        raise AnswerError("at_most", f"{high:f}")


def _money(field, raw):
    if not isinstance(raw, dict):
        raw = {"amount": raw, "currency": ""}
    amount, currency = raw.get("amount"), str(raw.get("currency") or "").strip()[:3]
    if isinstance(amount, bool | list | dict):
        raise AnswerError("number")
    if amount is None or not str(amount).strip():
        return None
    number = _decimal(amount)
    _within(field, number)
    if number != number.quantize(Decimal("0.01")):
        raise AnswerError("cents")
    return {"amount": f"{number.quantize(Decimal('0.01')):f}", "currency": currency}


def _date(field, raw):
    if isinstance(raw, datetime.date):
        return raw.isoformat()[:10]
    try:
        return datetime.date.fromisoformat(str(raw).strip()).isoformat()
    except ValueError:
        raise AnswerError("date") from None


def _choice(field, raw):
    if raw not in [option.code for option in field.options]:
        raise AnswerError("choice")
    return raw


def _multiple(field, raw):
    chosen = raw if isinstance(raw, list | tuple) else [raw]
    known = [option.code for option in field.options]
    if any(code not in known for code in chosen):
        raise AnswerError("choice")
    return [code for code in known if code in chosen] or None


def _rating(field, raw):
    number = _decimal(raw)
    if number != number.to_integral_value() or not 1 <= number <= field.scale:
        raise AnswerError("rating", field.scale)
    return int(number)


def _yes_no(field, raw):
    if not isinstance(raw, dict):
        raw = {"yes": raw}
    said = {"yes": True, "no": False, "true": True, "false": False, True: True, False: False}
    value = raw.get("yes")
    evidence = _text(field, raw.get("evidence") or "", 2000) or ""
    if value in (None, ""):
        return {"yes": None, "evidence": evidence} if evidence else None
    if not isinstance(value, str | bool) or value not in said:
        raise AnswerError("yes_no")
    return {"yes": said[value], "evidence": evidence}


def _reference(field, raw):
    if isinstance(raw, dict):
        raw = raw.get("id")
    if raw in (None, ""):
        return None
    text = str(raw)
    if isinstance(raw, bool) or not (text.isascii() and text.isdigit() and len(text) < 18):
        raise AnswerError("reference")
    return {"id": int(text)}


def _file(field, raw):
    rows = raw if isinstance(raw, list | tuple) else [raw]
    ids = [str(row).strip() for row in rows if str(row).strip()]
    if len(ids) > LINES or any(len(one) > 36 for one in ids):
        raise AnswerError("file")
    return list(dict.fromkeys(ids)) or None


def _table(field, raw):
    if not isinstance(raw, list) or len(raw) > LINES:
        raise AnswerError("table")
    lines = []
    for at, row in enumerate(raw, start=1):
        if not isinstance(row, dict) or not row.keys() <= {c.code for c in field.columns}:
            raise AnswerError("table")
        line = {}
        for column in field.columns:
            try:
                value = clean(column, row.get(column.code))
            except AnswerError as error:
                raise AnswerError(error.code, *error.params, where=(column, at)) from error
            if value is not None:
                line[column.code] = value
        if line:
            lines.append(line)
    return lines or None


_CLEAN = {
    "text": _text,
    "long_text": _long,
    "number": _number,
    "money": _money,
    "date": _date,
    "choice": _choice,
    "multiple": _multiple,
    "rating": _rating,
    "yes_no": _yes_no,
    "reference": _reference,
    "file": _file,
    "table": _table,
}


# ---------- what is asked for ----------


def shown_fields(definition: Definition, answers: dict) -> list[Field]:
    """The fields whose conditions hold. A hidden field's answer counts for nothing, so it makes
    no other field appear."""
    settled: dict[str, bool] = {}
    section_of = {f.code: s for s in definition.sections for f in s.fields}

    def get(name):
        return value_of(definition.by_code[name], answers.get(name)) if shown(name) else None

    def shown(code):
        if code not in settled:
            settled[code] = False  # a condition that asks for itself gets no
            settled[code] = all(
                holds(definition.conditions[key], get)
                for key in (f"/{section_of[code].code}", code)
                if key in definition.conditions
            )
        return settled[code]

    return [field for field in definition.fields if shown(field.code)]


def value_of(field: Field, answer):
    """An answer as conditions see it; None where nothing was answered."""
    if answer is None:
        return None
    if field.kind == "number":
        return Decimal(answer)
    if field.kind == "money":
        return Decimal(answer["amount"])
    if field.kind == "rating":
        return Decimal(answer)
    if field.kind == "date":
        return datetime.date.fromisoformat(answer)
    return answer["yes"] if field.kind == "yes_no" else answer


def missing(definition: Definition, answers: dict) -> list[Missing]:
    """What a complete document still needs, in the order of the form."""
    found = []
    for field in shown_fields(definition, answers):
        answer = answers.get(field.code)
        if field.required and not is_answered(field, answer):
            found.append(Missing(field))
        elif field.kind == "yes_no" and field.evidence and answer and answer["yes"]:
            if not answer["evidence"]:
                found.append(Missing(field, "evidence"))
        elif field.kind == "table":
            found += _missing_cells(field, answer)
    return found


def _missing_cells(field, answer):
    return [
        Missing(field, line=at, column=column)
        for at, line in enumerate(answer or (), start=1)
        for column in field.columns
        if column.required and column.code not in line
    ]


def is_answered(field: Field, answer) -> bool:
    if field.kind == "yes_no":
        return bool(answer) and answer["yes"] is not None
    return answer is not None


def completeness(definition: Definition, answers: dict) -> int:
    """Percent of the fields asked for that are answered, rounded down; 100 where none is."""
    fields = shown_fields(definition, answers)
    done = sum(is_answered(field, answers.get(field.code)) for field in fields)
    return 100 if not fields else done * 100 // len(fields)


# ---------- scoring ----------


def score(definition: Definition, answers: dict) -> Decimal | None:
    """Weighted marks of what is answered, 0 to 100 with one decimal; None while nothing is.

    A rating counts from 1 (nothing) to its scale (all), a choice by its score out of the best
    one, several choices by their sum out of all positive ones, a yes in full.
    """
    got, of = Decimal(0), Decimal(0)
    for field in shown_fields(definition, answers):
        share = mark(field, answers.get(field.code)) if field.weight else None
        if share is not None:
            got, of = got + field.weight * share, of + field.weight
    return (got * 100 / of).quantize(Decimal("0.1")) if of else None


def mark(field: Field, answer) -> Decimal | None:
    """The share of a field's weight, 0 to 1."""
    if field.kind not in SCORED or not is_answered(field, answer):
        return None
    if field.kind == "rating":
        return Decimal(answer - 1) / (field.scale - 1)
    if field.kind == "yes_no":
        return Decimal(answer["yes"])
    scores = {option.code: option.score or Decimal(0) for option in field.options}
    chosen = answer if isinstance(answer, list) else [answer]
    positive = [s for s in scores.values() if s > 0]
    best = sum(positive) if field.kind == "multiple" else max(positive, default=Decimal(0))
    if not best:
        return None
    got = sum((scores.get(code, Decimal(0)) for code in chosen), Decimal(0))
    return min(max(got / best, Decimal(0)), Decimal(1))


# ---------- typed rows and comparison ----------


def typed(field: Field, answer) -> list[dict]:
    """The rows a reportable answer writes: one, or one a choice."""
    if answer is None:
        return []
    if field.kind in ("number", "rating"):
        return [{"number": Decimal(str(answer))}]
    if field.kind == "money":
        return [{"number": Decimal(answer["amount"]), "choice": answer["currency"]}]
    if field.kind == "date":
        return [{"day": datetime.date.fromisoformat(answer)}]
    if field.kind == "yes_no":
        return [] if answer["yes"] is None else [{"choice": "yes" if answer["yes"] else "no"}]
    if field.kind == "reference":
        return [{"refers": field.refers, "reference_id": answer["id"]}]
    if field.kind in ("choice", "multiple"):
        chosen = answer if isinstance(answer, list) else [answer]
        return [{"choice": code} for code in chosen]
    return [{"text": str(answer)[:TEXT_LENGTH]}]


def differences(before: dict, after: dict) -> list[str]:
    """Codes of the answers that differ, those of the older one first."""
    codes = dict.fromkeys([*before, *after])
    return [code for code in codes if before.get(code) != after.get(code)]
