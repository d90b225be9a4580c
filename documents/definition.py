"""Reads a form written in YAML into frozen values; says what it cannot read (R-PLT-09).

The definition is text for people who do not program: every value is a word. Nothing here touches
the database or knows a language; `documents.wording` says problems in the reader's words.

Keys of a form
  document    its code, unique in the house
  version     rises with every change that is shipped
  kind        form, sheet, checklist, questionnaire, assessment, report or policy
  zh, en      its name; help (zh, en) what it is for; text (zh, en) the body of a policy
  offered     no: nobody begins one by hand; the product keeps what it says in another place
  subject     the kind of subject it is about (an adapter of KAM_SUBJECTS); empty: the company
  number      {prefix, width}: how its documents are numbered
  print       portrait (the default) or landscape; signatures: list of {zh, en}
  rows        requirement rows it carries, for instance [R-ACC-31]
  sections    list of {section: code, zh, en, help, show, fields: list of fields}

Keys of a field
  field       its code, unique in the form
  kind        text, long_text, number, money, date, choice, multiple, rating, yes_no, reference,
              table or file
  zh, en      its label; help (zh, en); unit (zh, en); placeholder is the help
  required    yes: the document is not complete without it
  reportable  yes: its answer can be filtered by, counted and used by gates
  weight      how much it counts in the score; scale: the highest mark of a rating (5)
  min, max    bounds of a number or of money
  show        an expression over other fields: the field is asked for only while it holds
  from        name of a field of the subject: what it says there is offered
  refers      account, contact, person or product
  evidence    yes: a yes needs its evidence in words
  options     list of {option: code, zh, en, score}
  columns     of a table: list of {column: code, kind, zh, en, required, options}
  lines       empty lines a table offers
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cached_property, lru_cache

import yaml

from core.expressions import Expression, ExpressionError, parse

FORM_KINDS = ("form", "sheet", "checklist", "questionnaire", "assessment", "report", "policy")
FIELD_KINDS = (
    "text",
    "long_text",
    "number",
    "money",
    "date",
    "choice",
    "multiple",
    "rating",
    "yes_no",
    "reference",
    "table",
    "file",
)
COLUMN_KINDS = ("text", "long_text", "number", "money", "date", "choice", "yes_no")
REFERS = ("account", "contact", "person", "product")
# What a kind counts as in an expression; the others cannot be used in one.
IN_EXPRESSIONS = {
    "text": "text",
    "number": "number",
    "money": "money",
    "date": "date",
    "choice": "choice",
    "rating": "number",
    "yes_no": "yes_no",
}
SCORED = frozenset({"choice", "multiple", "rating", "yes_no"})
MAX_TEXT, MAX_FIELDS = 200_000, 300
CODE_LENGTH = 40
FORM_KEYS = frozenset(
    ("document", "version", "kind", "zh", "en", "help", "text", "subject", "number", "print")
    + ("signatures", "rows", "sections", "offered")
)
SECTION_KEYS = frozenset(("section", "zh", "en", "help", "show", "fields"))
FIELD_KEYS = frozenset(
    ("field", "kind", "zh", "en", "help", "unit", "required", "reportable", "weight", "scale")
    + ("min", "max", "show", "from", "refers", "evidence", "options", "columns", "lines")
)
OPTION_KEYS = frozenset(("option", "zh", "en", "score"))
COLUMN_KEYS = frozenset(("column", "kind", "zh", "en", "required", "options"))


@dataclass(frozen=True)
class Problem:
    """What is wrong and where: `place` leads from the form to the key, as ("sections", 0, "zh")."""

    place: tuple
    code: str
    params: tuple = ()


class InvalidDefinition(Exception):
    def __init__(self, problems):
        super().__init__(f"{len(problems)} problems, first {problems[0]}")
        self.problems = tuple(problems)


@dataclass(frozen=True)
class Words:
    zh: str = ""
    en: str = ""


@dataclass(frozen=True)
class Option(Words):
    code: str = ""
    score: Decimal | None = None


@dataclass(frozen=True)
class Column(Words):
    code: str = ""
    kind: str = "text"
    required: bool = False
    options: tuple[Option, ...] = ()


@dataclass(frozen=True)
class Field(Words):
    code: str = ""
    kind: str = "text"
    help: Words = Words()
    unit: Words = Words()
    required: bool = False
    reportable: bool = False
    weight: Decimal = Decimal(0)
    scale: int = 5
    low: Decimal | None = None
    high: Decimal | None = None
    show: str = ""
    source: str = ""
    refers: str = ""
    evidence: bool = False
    options: tuple[Option, ...] = ()
    columns: tuple[Column, ...] = ()
    lines: int = 3

    def option(self, code) -> Option | None:
        return next((option for option in self.options if option.code == code), None)


@dataclass(frozen=True)
class Section(Words):
    code: str = ""
    help: Words = Words()
    show: str = ""
    fields: tuple[Field, ...] = ()


@dataclass(frozen=True)
class Definition(Words):
    code: str = ""
    kind: str = "form"
    subject: str = ""
    prefix: str = ""
    width: int = 4
    landscape: bool = False
    offered: bool = True
    help: Words = Words()
    text: Words = Words()
    signatures: tuple[Words, ...] = ()
    rows: tuple[str, ...] = ()
    sections: tuple[Section, ...] = ()

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        return tuple(field for section in self.sections for field in section.fields)

    @cached_property
    def by_code(self) -> dict[str, Field]:
        return {field.code: field for field in self.fields}

    @cached_property
    def names(self) -> dict[str, str]:
        """Names that conditions may use, with their kinds."""
        return names_of(self.fields)

    @cached_property
    def conditions(self) -> dict[str, Expression]:
        """Parsed conditions of fields by code, of sections by code with a leading slash."""
        found = {f"/{section.code}": section.show for section in self.sections}
        found |= {field.code: field.show for field in self.fields}
        return {code: parse(text, self.names) for code, text in found.items() if text}

    @property
    def is_scored(self) -> bool:
        return any(field.weight for field in self.fields)


def names_of(fields) -> dict[str, str]:
    return {f.code: IN_EXPRESSIONS[f.kind] for f in fields if f.kind in IN_EXPRESSIONS}


@lru_cache(maxsize=512)
def definition_of(text: str) -> Definition:
    """The form. Raises InvalidDefinition; kept per process, because active text never changes."""
    definition, problems = read(text)
    if problems:
        raise InvalidDefinition(problems)
    return definition


def mapping_of(text: str):
    """The raw mapping, every value a text; None where it is no YAML mapping."""
    try:
        found = yaml.load(text[:MAX_TEXT], Loader=yaml.CBaseLoader)  # noqa: S506
    except yaml.YAMLError:
        return None
    return found if isinstance(found, dict) else None


def text_of(mapping: Mapping) -> str:
    """The mapping as people read it."""
    return yaml.safe_dump(dict(mapping), allow_unicode=True, sort_keys=False, width=100)


def read(text: str) -> tuple[Definition | None, list[Problem]]:
    """The form and everything that is wrong with it."""
    mapping = mapping_of(text)
    if mapping is None or len(text) > MAX_TEXT:
        return None, [Problem((), "unreadable")]
    reader = _Reader()
    definition = reader.form(mapping)
    return definition, reader.problems


class _Reader:
    def __init__(self):
        self.problems: list[Problem] = []

    def wrong(self, place, code, *params):
        self.problems.append(Problem(tuple(place), code, params))

    # ---------- parts ----------

    def keys(self, mapping, known, place):
        if not isinstance(mapping, dict):
            self.wrong(place, "mapping")
            return {}
        for key in mapping.keys() - known:
            self.wrong((*place, key), "unknown_key", key)
        return mapping

    def rows(self, mapping, key, place) -> list:
        found = mapping.get(key) or []
        if not isinstance(found, list):
            self.wrong((*place, key), "list")
            return []
        return found

    def words(self, mapping, key, place) -> Words:
        found = mapping.get(key) or {}
        if not isinstance(found, dict) or not found.keys() <= {"zh", "en"}:
            self.wrong((*place, key), "pair")
            return Words()
        return Words(**{name: str(text).strip() for name, text in found.items()})

    def names(self, mapping, place) -> dict:
        zh, en = self.plain(mapping, "zh", place), self.plain(mapping, "en", place)
        if not zh and not en:
            self.wrong((*place, "zh"), "unnamed")
        return {"zh": zh, "en": en}

    def plain(self, mapping, key, place) -> str:
        value = mapping.get(key, "")
        if isinstance(value, dict | list):
            self.wrong((*place, key), "text")
            return ""
        return value.strip()

    def yes(self, mapping, key, place) -> bool:
        value = self.plain(mapping, key, place)
        if value not in ("", "yes", "no", "true", "false"):
            self.wrong((*place, key), "yes_no")
        return value in ("yes", "true")

    def number(self, mapping, key, place, default=None) -> Decimal | None:
        value = self.plain(mapping, key, place)
        if not value:
            return default
        try:
            number = Decimal(value)
        except InvalidOperation:
            number = None
        if number is None or not number.is_finite() or abs(number) >= Decimal(10) ** 13:
            self.wrong((*place, key), "number")
            return default
        return number

    def whole(self, mapping, key, place, default, low, high) -> int:
        number = self.number(mapping, key, place, Decimal(default))
        if number != number.to_integral_value() or not low <= number <= high:
            self.wrong((*place, key), "between", low, high)
            return default
        return int(number)

    def one_of(self, mapping, key, place, known, default="") -> str:
        value = self.plain(mapping, key, place) or default
        if value not in known:
            self.wrong((*place, key), "one_of", ", ".join(known))
            return default or known[0]
        return value

    def code(self, mapping, key, place, taken: set) -> str:
        value = self.plain(mapping, key, place)
        sound = value.isascii() and value.isidentifier() and value == value.lower()
        if not sound or len(value) > CODE_LENGTH:
            self.wrong((*place, key), "code")
        elif value in taken:
            self.wrong((*place, key), "twice", value)
        taken.add(value)
        return value

    # ---------- the form ----------

    def form(self, mapping) -> Definition:
        mapping = self.keys(mapping, FORM_KEYS, ())
        number = mapping.get("number") or {}
        number = self.keys(number, {"prefix", "width"}, ("number",))
        sections, taken, fields = [], set(), set()
        for at, row in enumerate(self.rows(mapping, "sections", ())):
            sections.append(self.section(row, ("sections", at), taken, fields))
        kind = self.one_of(mapping, "kind", (), FORM_KINDS, "form")
        definition = Definition(
            **self.names(mapping, ()),
            code=self.code(mapping, "document", (), set()),
            kind=kind,
            subject=self.plain(mapping, "subject", ()),
            prefix=self.plain(number, "prefix", ("number",))[:12],
            width=self.whole(number, "width", ("number",), 4, 1, 9),
            landscape=self.one_of(mapping, "print", (), ("portrait", "landscape"), "portrait")
            == "landscape",
            offered=self.one_of(mapping, "offered", (), ("yes", "no"), "yes") == "yes",
            help=self.words(mapping, "help", ()),
            text=self.words(mapping, "text", ()),
            signatures=tuple(self.signatures(mapping)),
            rows=tuple(row for row in self.rows(mapping, "rows", ()) if isinstance(row, str)),
            sections=tuple(sections),
        )
        if not definition.fields and kind != "policy":
            self.wrong(("sections",), "no_fields")
        if len(definition.fields) > MAX_FIELDS:
            self.wrong(("sections",), "too_many", MAX_FIELDS)
        self.conditions(definition)
        return definition

    def signatures(self, mapping):
        for at, row in enumerate(self.rows(mapping, "signatures", ())):
            row = self.keys(row, {"zh", "en"}, ("signatures", at))
            yield Words(**{name: str(text) for name, text in row.items() if name in ("zh", "en")})

    def section(self, row, place, taken, fields) -> Section:
        row = self.keys(row, SECTION_KEYS, place)
        return Section(
            **self.names(row, place),
            code=self.code(row, "section", place, taken),
            help=self.words(row, "help", place),
            show=self.plain(row, "show", place),
            fields=tuple(
                self.field(one, (*place, "fields", at), fields)
                for at, one in enumerate(self.rows(row, "fields", place))
            ),
        )

    def field(self, row, place, taken) -> Field:
        row = self.keys(row, FIELD_KEYS, place)
        kind = self.one_of(row, "kind", place, FIELD_KINDS, "text")
        field = Field(
            **self.names(row, place),
            code=self.code(row, "field", place, taken),
            kind=kind,
            help=self.words(row, "help", place),
            unit=self.words(row, "unit", place),
            required=self.yes(row, "required", place),
            reportable=self.yes(row, "reportable", place),
            weight=self.number(row, "weight", place, Decimal(0)),
            scale=self.whole(row, "scale", place, 5, 2, 10),
            low=self.number(row, "min", place),
            high=self.number(row, "max", place),
            show=self.plain(row, "show", place),
            source=self.plain(row, "from", place),
            refers=self.plain(row, "refers", place),
            evidence=self.yes(row, "evidence", place),
            options=self.options(row, place),
            columns=self.columns(row, place),
            lines=self.whole(row, "lines", place, 3, 1, 50),
        )
        self.fits(field, place)
        return field

    def fits(self, field, place):
        """What each kind needs, and what it cannot have."""
        if field.kind in ("choice", "multiple") and len(field.options) < 2:
            self.wrong((*place, "options"), "few_options")
        if field.kind == "table" and not field.columns:
            self.wrong((*place, "columns"), "no_columns")
        if field.kind == "reference" and field.refers not in REFERS:
            self.wrong((*place, "refers"), "one_of", ", ".join(REFERS))
        if field.weight < 0 or (field.weight and field.kind not in SCORED):
            self.wrong((*place, "weight"), "weight")
        if field.reportable and field.kind in ("table", "file"):
            self.wrong((*place, "reportable"), "reportable")
        if None not in (field.low, field.high) and field.low > field.high:
            self.wrong((*place, "max"), "bounds")
        scored = field.weight and field.kind in ("choice", "multiple")
        if scored and not any(option.score for option in field.options):
            self.wrong((*place, "options"), "no_scores")

    def options(self, row, place) -> tuple[Option, ...]:
        taken, found = set(), []
        for at, one in enumerate(self.rows(row, "options", place)):
            here = (*place, "options", at)
            one = self.keys(one, OPTION_KEYS, here)
            found.append(
                Option(
                    **self.names(one, here),
                    code=self.code(one, "option", here, taken),
                    score=self.number(one, "score", here),
                )
            )
        return tuple(found)

    def columns(self, row, place) -> tuple[Column, ...]:
        taken, found = set(), []
        for at, one in enumerate(self.rows(row, "columns", place)):
            here = (*place, "columns", at)
            one = self.keys(one, COLUMN_KEYS, here)
            column = Column(
                **self.names(one, here),
                code=self.code(one, "column", here, taken),
                kind=self.one_of(one, "kind", here, COLUMN_KINDS, "text"),
                required=self.yes(one, "required", here),
                options=self.options(one, here),
            )
            if column.kind == "choice" and len(column.options) < 2:
                self.wrong((*here, "options"), "few_options")
            found.append(column)
        return tuple(found)

    def conditions(self, definition):
        """Every condition reads, names only fields of the form, and none waits for itself."""
        waits = {}
        for at, section in enumerate(definition.sections):
            self.condition(definition, section.show, ("sections", at, "show"))
            for n, field in enumerate(section.fields):
                place = ("sections", at, "fields", n, "show")
                waits[field.code] = self.condition(definition, field.show, place), place
        for code, (names, place) in waits.items():
            if code in _reached(names, waits):
                self.wrong(place, "circle")

    def condition(self, definition, text, place) -> frozenset:
        if not text:
            return frozenset()
        try:
            return parse(text, definition.names, "yes_no").names
        except ExpressionError as error:
            self.wrong(place, "expression", error)
            return frozenset()


def _reached(names, waits) -> set:
    """Everything that these names wait for, directly or through others."""
    found, todo = set(), list(names)
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo.extend(waits.get(name, (frozenset(),))[0])
    return found
