"""Which column goes into which field: guessed from titles, corrected by people, kept by name."""

import re
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path

import yaml

from core.importing.fields import Field, Options, fold

IN_BRACKETS = re.compile(r"[（(\[【].*?[)）\]】]")
FACTORS = (
    (re.compile(r"亿"), 100_000_000),
    (re.compile(r"百万|million|\bmn?\b", re.IGNORECASE), 1_000_000),
    (re.compile(r"万"), 10_000),
    (re.compile(r"千元|thousand", re.IGNORECASE), 1_000),
)


@dataclass(frozen=True)
class Source:
    """Where the values of a field come from."""

    column: str = ""
    constant: str = ""
    values: dict = field(default_factory=dict)  # what the file says -> what is meant
    factor: str = ""
    order: str = ""

    def options(self) -> Options:
        try:
            return Options(Decimal(self.factor or 1), self.order)
        except InvalidOperation:
            return Options(order=self.order)

    def meaning(self, text: str) -> str:
        if not self.values:
            return text
        if text in self.values:
            return self.values[text]
        return self._folded().get(fold(text), text)

    def _folded(self) -> dict:
        return {fold(key): value for key, value in self.values.items()}

    def as_json(self) -> dict:
        return {name: value for name, value in vars(self).items() if value}


@dataclass(frozen=True)
class Mapping:
    """A source for each field that the file fills."""

    sources: dict[str, Source]

    @classmethod
    def from_json(cls, data: dict) -> "Mapping":
        """Tolerant reading: unknown keys and odd types are dropped, they may come from anywhere."""
        fields = data.get("fields", {}) if isinstance(data, dict) else {}
        sources = {}
        for code, given in fields.items() if isinstance(fields, dict) else ():
            if isinstance(given, str):
                given = {"column": given}
            if not isinstance(given, dict):
                continue
            values = given.get("values")
            source = Source(
                column=str(given.get("column") or ""),
                constant=str(given.get("constant") or ""),
                values={str(k): str(v) for k, v in values.items()}
                if isinstance(values, dict)
                else {},
                factor=str(given.get("factor") or ""),
                order=str(given.get("order") or ""),
            )
            if source.column or source.constant:
                sources[str(code)] = source
        return cls(sources)

    def as_json(self) -> dict:
        return {"fields": {code: source.as_json() for code, source in self.sources.items()}}

    def columns(self) -> set[str]:
        return {source.column for source in self.sources.values() if source.column}

    def only(self, fields, columns) -> "Mapping":
        """Without fields the kind lacks and columns the file lacks."""
        known, there = {f.code for f in fields}, set(columns)
        return Mapping(
            {
                code: source
                for code, source in self.sources.items()
                if code in known and (not source.column or source.column in there)
            }
        )


@lru_cache(maxsize=1)
def titles() -> dict[str, dict[str, list[str]]]:
    """What columns are called in practice, by kind and field code."""
    path = Path(__file__).with_name("titles.yaml")
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def guess(kind: str, fields: tuple[Field, ...], columns: list[str]) -> Mapping:
    """The field each title means: by its name or a usual title, then by closeness."""
    names: dict[str, Field] = {}
    usual = titles().get(kind, {})
    for one in fields:
        for name in one.names():
            names.setdefault(name, one)
    for one in fields:
        for title in usual.get(one.code, ()):
            names.setdefault(fold(str(title)), one)
    sources: dict[str, Source] = {}
    later = []
    for column in columns:
        found = names.get(fold(column)) or names.get(fold(_bare(column)))
        if found and found.code not in sources:
            sources[found.code] = _source(found, column)
        elif not found:
            later.append(column)
    for column in later:
        close = get_close_matches(fold(_bare(column)), names, n=1, cutoff=0.84)
        if close and names[close[0]].code not in sources:
            sources[names[close[0]].code] = _source(names[close[0]], column)
    return Mapping(sources)


def _bare(column: str) -> str:
    """The title without its unit: 年收入（万元） and 年收入 万 are both 年收入."""
    return re.sub(r"[\s_]*(万元|万|元|亿元)$", "", IN_BRACKETS.sub("", column)) or column


def _source(field_: Field, column: str) -> Source:
    if field_.kind != "decimal":
        return Source(column)
    for pattern, factor in FACTORS:
        if pattern.search(column.replace(_bare(column), "", 1)):
            return Source(column, factor=str(factor))
    return Source(column)
