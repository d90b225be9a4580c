"""What a column may hold and how its text becomes a value. Problems are data, never exceptions."""

import dataclasses
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from difflib import get_close_matches

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone, translation
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _

MESSAGES = {
    "required": _("Missing: a row needs this."),
    "control": _("There is a character here that cannot be typed. Write the text again."),
    "formula": _("This looks like a formula. Write the value instead."),
    "too_long": _("Too long: %(length)s characters, at most %(limit)s."),
    "not_number": _("Not a number. Write it like 1200.50."),
    "not_whole": _("Must be a whole number."),
    "too_large": _("The number is too large."),
    "negative": _("Must not be negative."),
    "out_of_range": _("Must lie between %(low)s and %(high)s."),
    "not_date": _("Not a date. Write it like 2027-06-30."),
    "ambiguous_date": _("Day or month first? Write it like 2027-06-30."),
    "not_bool": _("Write yes or no."),
    "bad_email": _("Not an e-mail address."),
    "bad_phone": _("Not a phone number."),
    "bad_url": _("Not a web address."),
    "unknown_choice": _("Not one of the possible values."),
    "unknown": _("Nothing of this name is known."),
    "unknown_person": _("Nobody of this name is known."),
    "ambiguous": _("Several have this name. Use the number or code instead."),
    "bad_length": _("Must have %(wanted)s characters; there are %(length)s."),
    "duplicate_key": _("The same as line %(line)s of this file."),
    "disagrees": _("Line %(line)s of this file says something else about the same record."),
    "keys_disagree": _("The keys of this row belong to different records."),
    "not_yours": _("This record exists but is not yours to change."),
    "no_right": _("You may not set this."),
    "archived": _("This record is archived. Restore it first."),
    "not_found": _("No such record, and only existing ones are to be updated."),
    "cycle": _("The rows belong to each other in a circle."),
    "parent_error": _("Line %(line)s, on which this one depends, has an error."),
    "too_many_cells": _("There are more cells than titles in this row."),
    "conflict": _("The database refused this row: something else was changed at the same time."),
    "no_rate": _("There is no exchange rate for %(currency)s on that day."),
}


@dataclass(frozen=True)
class Problem:
    """Why a cell (or, with an empty field, a row) cannot be imported, and what may be meant."""

    code: str
    field: str = ""
    value: str = ""
    params: dict = dataclasses.field(default_factory=dict)
    suggestions: tuple[str, ...] = ()
    close: bool = True  # the suggestions look like what was written, else they are all there is

    def as_json(self) -> dict:
        return {
            "code": self.code,
            "field": self.field,
            "value": self.value[:200],
            "params": self.params,
            "suggestions": list(self.suggestions),
            "close": self.close and bool(self.suggestions),
        }


def message_of(error: dict) -> str:
    """The stored problem in the language of the reader."""
    if error["code"] == "rule":  # a sentence of the importer, kept untranslated
        reason = error["params"]["reason"]
        return translated(reason)
    text = str(MESSAGES[error["code"]])
    return text % error["params"] if error["params"] else text


class BadCell(ValueError):
    """Raised by parsers, caught by `Field.parse`; never leaves this package."""

    def __init__(self, code, suggestions=(), **params):
        super().__init__(code)
        self.code, self.suggestions, self.params = code, tuple(suggestions), params


@dataclass(frozen=True)
class Options:
    """What the mapping says about reading one column."""

    factor: Decimal = Decimal(1)  # a column "in 万" has 10,000
    order: str = ""  # dmy or mdy for dates like 3/4/2017


EMPTY = {"-", "–", "—", "--", "/", "n/a", "#n/a", "null", "none", "nan", "（空）", "(空)", "暂无"}
CELL_CHARS = 32_767
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffd\ufffe\uffff]")
QUOTED = re.compile(r"^'[=+\-@\t\r\0＝＋－＠]")


def fold(text: str) -> str:
    """How two spellings of a title, a choice or a name are compared: width, case, blanks apart."""
    return re.sub(
        r"[\s_\-:：*（）()【】\[\]/·.]+", "", unicodedata.normalize("NFKC", text)
    ).casefold()


def clean_text(raw: str, limit: int = CELL_CHARS) -> str:
    """The text of a cell without the quote that an export puts before formulas."""
    text = raw.strip(" \t\r\n\u3000\xa0")
    if len(text) > CELL_CHARS or len(text) > limit:
        raise BadCell("too_long", length=len(text), limit=min(limit, CELL_CHARS))
    if CONTROL.search(text):
        raise BadCell("control")
    if text[:1] in ("=", "＝"):
        raise BadCell("formula")
    return text[1:] if QUOTED.match(text) else text


def is_empty(text: str) -> bool:
    return not text or text.casefold() in EMPTY


# ----------------------------------------------------------------------------------------- parsers

GROUPED = re.compile(r"^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$")
PLAIN = re.compile(r"^[+-]?(\d+(\.\d*)?|\.\d+)$")
EXPONENT = re.compile(r"^[+-]?\d+(\.\d+)?e[+-]?\d{1,2}$", re.IGNORECASE)
MONEY_MARK = re.compile(r"(rmb|cny|usd|eur|hkd|人民币|us\$|[¥￥$€£元圆])", re.IGNORECASE)
SCALES = {"万亿": 10**12, "亿": 10**8, "千万": 10**7, "百万": 10**6, "万": 10**4, "千": 10**3}
FLOAT_NOISE = re.compile(r"^[+-]?\d+\.\d{10,}$")


def parse_decimal(text: str, options: Options, places: int = 2) -> Decimal:
    """1,234.5 · 88.6万元 · （1,200） · １２８．０ ; 1.2e3 is refused with what it would be."""
    bare = (
        MONEY_MARK.sub("", unicodedata.normalize("NFKC", text)).replace(" ", "").replace("−", "-")
    )
    if bare.startswith("(") and bare.endswith(")"):
        bare = "-" + bare[1:-1]
    factor = options.factor
    for word, scale in SCALES.items():
        if bare.endswith(word):
            bare, factor = bare.removesuffix(word), Decimal(scale)
            break
    if GROUPED.match(bare):
        bare = bare.replace(",", "")
    if EXPONENT.match(bare):
        raise BadCell("not_number", suggestions=[format(Decimal(bare), "f")])
    if not PLAIN.match(bare):
        digits = bare.replace(",", "")
        raise BadCell("not_number", suggestions=[digits] if PLAIN.match(digits) else [])
    if len(bare) > 40:
        raise BadCell("too_large")
    try:
        value = (Decimal(bare) * factor).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    except InvalidOperation as error:
        raise BadCell("too_large") from error
    if len(value.as_tuple().digits) > 15:
        raise BadCell("too_large")
    return value


def parse_integer(text: str, options: Options) -> int:
    value = parse_decimal(text, options, places=6)
    if value != value.to_integral_value():
        raise BadCell("not_whole")
    return int(value)


YES = {"是", "y", "yes", "true", "1", "√", "✓", "有", "对", "重点"}
NO = {"否", "n", "no", "false", "0", "×", "x", "无", "不", "非重点"}


def parse_bool(text: str, options: Options) -> bool:
    word = unicodedata.normalize("NFKC", text).strip().casefold()
    if word in YES:
        return True
    if word in NO:
        return False
    raise BadCell("not_bool")


YMD = re.compile(r"^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?$")
SLASHED = re.compile(r"^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})$")
COMPACT = re.compile(r"^(19|20|21)(\d{2})(\d{2})(\d{2})$")
SERIAL = re.compile(r"^\d{5}(\.\d+)?$")
CLOCK = re.compile(r"[T\s]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})?$")
MONTH_NAMES = "jan feb mar apr may jun jul aug sep oct nov dec"
MONTHS = {name: number for number, name in enumerate(MONTH_NAMES.split(), 1)}
WORDED = re.compile(r"^(\d{1,2})[-\s]([A-Za-z]{3})[A-Za-z]*[-\s,]+(\d{4})$")
WORDED_US = re.compile(r"^([A-Za-z]{3})[A-Za-z]*\.?\s+(\d{1,2}),?\s+(\d{4})$")
EXCEL_EPOCH = date(1899, 12, 30)


def parse_date(text: str, options: Options) -> date:
    bare = CLOCK.sub("", unicodedata.normalize("NFKC", text).strip())
    if match := YMD.match(bare):
        return _date(*match.groups())
    if match := COMPACT.match(bare):
        century, year, month, day = match.groups()
        return _date(century + year, month, day)
    if SERIAL.match(bare) and 20_000 <= float(bare) < 80_000:
        return EXCEL_EPOCH + timedelta(days=int(float(bare)))
    if match := SLASHED.match(bare):
        return _slashed(*match.groups(), options.order)
    if match := WORDED.match(bare):
        day, month, year = match.groups()
        return _date(year, MONTHS.get(month.lower(), 0), day)
    if match := WORDED_US.match(bare):
        month, day, year = match.groups()
        return _date(year, MONTHS.get(month.lower(), 0), day)
    raise BadCell("not_date")


def _date(year, month, day) -> date:
    try:
        value = date(int(year), int(month), int(day))
    except ValueError as error:
        raise BadCell("not_date") from error
    if not 1900 <= value.year <= 2200:
        raise BadCell("not_date")
    return value


def _slashed(first, second, year, order) -> date:
    if int(first) > 12 or order == "dmy":
        return _date(year, second, first)
    if int(second) > 12 or order == "mdy" or first == second:
        return _date(year, first, second)
    choices = [_date(year, first, second).isoformat(), _date(year, second, first).isoformat()]
    raise BadCell("ambiguous_date", suggestions=choices)


def day_order(texts: Iterable[str]) -> str:
    """Whether a column writes day or month first, where one of its cells gives it away."""
    orders = set()
    for text in texts:
        if match := SLASHED.match(CLOCK.sub("", text.strip())):
            first, second = int(match[1]), int(match[2])
            if first > 12 >= second:
                orders.add("dmy")
            elif second > 12 >= first:
                orders.add("mdy")
    return orders.pop() if len(orders) == 1 else ""


def parse_datetime(text: str, options: Options) -> datetime:
    """Without an offset the time is the company's."""
    text = unicodedata.normalize("NFKC", text).strip()
    day = parse_date(text, options)
    moment = datetime(day.year, day.month, day.day)
    if match := CLOCK.search(text):
        hour, minute, second, offset = match.groups()
        try:
            moment = moment.replace(hour=int(hour), minute=int(minute), second=int(second or 0))
        except ValueError as error:
            raise BadCell("not_date") from error
        if offset:
            return datetime.fromisoformat(f"{moment.isoformat()}{offset.replace('Z', '+00:00')}")
    return timezone.make_aware(moment)


def parse_email(text: str, options: Options) -> str:
    text = unicodedata.normalize("NFKC", text).lower()
    try:
        validate_email(text)
    except ValidationError as error:
        raise BadCell("bad_email") from error
    return text


PHONE = re.compile(r"^[\d+()（） \-#*/;,、转extEXT.]+$")


def parse_phone(text: str, options: Options) -> str:
    text = unicodedata.normalize("NFKC", text)
    if not PHONE.match(text) or sum(c.isdigit() for c in text) < 5:
        raise BadCell("bad_phone")
    return text


URL = re.compile(r"^(https?://)?[\w.-]+\.[a-z]{2,}(:\d+)?(/\S*)?$", re.IGNORECASE)


def parse_url(text: str, options: Options) -> str:
    if not URL.match(text):
        raise BadCell("bad_url")
    return text if "://" in text else f"https://{text}"


PARSERS: dict[str, Callable] = {
    "decimal": parse_decimal,
    "integer": parse_integer,
    "bool": parse_bool,
    "date": parse_date,
    "datetime": parse_datetime,
    "email": parse_email,
    "phone": parse_phone,
    "url": parse_url,
}


# ----------------------------------------------------------------------------------------- lookups


FEW = 5


class Lookup:
    """Names and numbers of what is already there, folded, with the id (or value) of each."""

    def __init__(self, missing: str = "unknown"):
        self.missing = missing
        self.ids: dict[str, object] = {}
        self.strong: set[str] = set()
        self.ambiguous: set[str] = set()
        self.labels: dict[str, str] = {}

    def add(self, value, *names: str, strong: Iterable[str] = ()):
        """`strong` names (numbers, codes) win over plain ones that read the same."""
        for name in strong:
            if name:
                key = fold(name)
                self.ids[key] = value
                self.strong.add(key)
                self.labels.setdefault(key, name)
        for name in names:
            key = fold(name or "")
            if not key or key in self.strong:
                continue
            if key in self.ids and self.ids[key] != value:
                self.ambiguous.add(key)
            self.ids.setdefault(key, value)
            self.labels.setdefault(key, name)

    def get(self, text: str):
        return self.ids.get(fold(text))

    def find(self, text: str):
        key = fold(text)
        if key in self.ambiguous and key not in self.strong:
            raise BadCell("ambiguous")
        if key in self.ids:
            return self.ids[key]
        raise BadCell(self.missing)

    def close_to(self, text: str, count: int = 3) -> tuple[tuple[str, ...], bool]:
        """Labels that may be meant, and whether they look like the text; where nothing does but
        there are only a few, all of them."""
        keys = get_close_matches(fold(text), self.ids, n=count * 2, cutoff=0.5)
        close = bool(keys)
        if not close and len(set(self.ids.values())) <= FEW:
            keys, count = list(self.ids), FEW
        out: dict = {}
        for key in keys:
            if key not in self.ambiguous:
                out.setdefault(self.ids[key], self.labels[key])
        return tuple(out.values())[:count], close


def choices_lookup(choices) -> Lookup:
    """Codes and labels of a TextChoices, in both languages."""
    lookup = Lookup("unknown_choice")
    for member in choices:
        said = str(member.label)
        names = [said]
        for language in ("zh-hans", "en"):
            with translation.override(language):
                names.append(str(member.label))
        lookup.add(member.value, *names, strong=[member.value])
        # Suggestions are read by people: the label, not the code.
        lookup.labels[fold(member.value)] = said
    return lookup


# ------------------------------------------------------------------------------------------ fields


@dataclass(frozen=True)
class Field:
    """One field of a kind: its names, how it is read, and which column of the model it fills.

    `kind`: text, decimal, integer, bool, date, datetime, email, phone, url, choice, lookup (one
    of `Importer.lookups`), many (several, separated by ; or 、), self (another row of the file or
    an existing record). `attr` empty means that the importer uses the value itself.
    """

    code: str
    label: str
    kind: str = "text"
    attr: str = ""
    required: bool = False
    key: bool = False
    limit: int = 200
    low: int | None = None
    high: int | None = None
    choices: object = None
    lookup: str = ""
    right: str = ""
    help: str = ""

    def names(self) -> set[str]:
        """Its own names in both languages, folded."""
        out = {fold(self.code)}
        for language in ("zh-hans", "en"):
            with translation.override(language):
                out.add(fold(str(self.label)))
        return out - {""}

    def read(self, raw: str, options: Options, lookup: Lookup | None):
        """The value of one cell, None where it is empty; raises BadCell."""
        text = clean_text(raw, CELL_CHARS if self.kind != "text" else self.limit)
        if not text or (is_empty(text) and not (self.kind == "text" and self.required)):
            return None
        if self.kind == "text":
            return text
        if self.kind in ("choice", "lookup"):
            return lookup.find(text)
        if self.kind == "many":
            return [lookup.find(part) for part in re.split(r"[;；、|]", text) if part.strip()]
        if self.kind == "self":
            return text
        value = PARSERS[self.kind](text, options)
        if self.low is not None and value < self.low and self.high is None:
            raise BadCell("negative" if self.low == 0 else "out_of_range", low=self.low, high="…")
        if self.high is not None and not self.low <= value <= self.high:
            raise BadCell("out_of_range", low=self.low, high=self.high)
        if isinstance(value, str) and len(value) > self.limit:
            raise BadCell("too_long", length=len(value), limit=self.limit)
        return value
