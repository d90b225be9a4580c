"""The library: definitions shipped as YAML, loaded into tables that people may change.

A row loaded from the library keeps the code, version and digest of what was loaded. While it
still holds those values it follows the library. Once somebody changed it, it is kept and a newer
shipped definition is offered as an update. A row somebody deleted leaves a tombstone and stays
away. `settings.KAM_LIBRARIES` names the shelves of all apps, lowest floor first.
"""

import datetime
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from pathlib import Path

import yaml
from django.conf import settings
from django.db import models, transaction
from django.db.models.deletion import Collector
from django.utils import timezone
from django.utils.module_loading import import_string

from core import audit
from core.models import Channel, CompanySettings, LibraryModel, LibraryTombstone, in_language

YES, NO = {"yes", "true"}, {"no", "false", ""}


@dataclass(frozen=True, eq=False)
class Shelf:
    """One YAML file and the table it fills, or a folder of files with one row each.

    `columns` maps a key of the file to a field; `natural` are the fields that tell whether the
    row is already there though it never came from the library. `rows` turns the document into
    flat rows where the file nests them.
    """

    name: str
    model: type[models.Model]
    path: Path
    list_key: str
    columns: dict[str, str]
    natural: tuple[str, ...]
    rows: Callable[[dict], list[dict]] | None = None
    # Marks only one row may bear; a shipped row goes without where another bears it already.
    single: tuple[str, ...] = ()
    # Words for the items of a field that holds a list of codes: {field: {code: label}}.
    words: dict[str, dict] = field(default_factory=dict)
    # Of a folder: the row of one file, from what was read and from its text.
    row_of: Callable[[dict, str], dict] | None = None
    # Called with the rows that took shipped values and with who did it, in the same transaction.
    after: Callable[[list, object], None] | None = None

    def code(self, key: str) -> str:
        return f"{self.name}:{key}"


@dataclass(frozen=True)
class Shipped:
    """One row of a shelf as the product ships it. `values` are comparable with `values_of`."""

    code: str
    version: int
    values: dict
    digest: str


@dataclass
class Report:
    """What a load did, as library codes."""

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    adopted: list[str] = field(default_factory=list)

    @property
    def changed(self) -> bool:
        return bool(self.created or self.updated or self.adopted)


@dataclass(frozen=True)
class Update:
    """A shipped definition newer than the row an administrator changed."""

    row: LibraryModel
    shelf: Shelf
    shipped: Shipped

    @property
    def code(self) -> str:
        return self.shipped.code

    def differences(self) -> list[tuple[models.Field, object, object]]:
        """(field, what the row holds, what is shipped) for each field that differs."""
        held = values_of(self.shelf, self.row)
        meta = self.shelf.model._meta
        return [
            (meta.get_field(name), held[name], value)
            for name, value in self.shipped.values.items()
            if held[name] != value
        ]


class LibraryError(Exception):
    """A shipped file is wrong; the message names the file and the row."""


# Reading


@cache
def shelves() -> tuple[Shelf, ...]:
    return tuple(shelf for dotted in settings.KAM_LIBRARIES for shelf in import_string(dotted))


def shelf_of(model) -> Shelf | None:
    return next((shelf for shelf in shelves() if shelf.model is model), None)


@cache
def shipped_rows(shelf: Shelf) -> tuple[Shipped, ...]:
    """The rows of a shelf; strings only are read, the model's fields give them their type."""
    if not shelf.path.exists():
        return ()
    if shelf.row_of:
        return tuple(_file_row(shelf, path) for path in sorted(shelf.path.glob("*.yaml")))
    document = read_yaml(shelf.path.read_text(encoding="utf-8"))
    rows = shelf.rows(document) if shelf.rows else document[shelf.list_key]
    return tuple(_shipped(shelf, row, int(document["version"])) for row in rows)


def read_yaml(text: str):
    """YAML with nothing but texts, lists and mappings in it."""
    return yaml.load(text, Loader=yaml.CBaseLoader)  # noqa: S506


def _file_row(shelf, path) -> Shipped:
    text = path.read_text(encoding="utf-8")
    document = read_yaml(text)
    return _shipped(shelf, shelf.row_of(document, text), int(document.get("version", 1)))


def _shipped(shelf, row, version) -> Shipped:
    row = dict(row)
    key = row.pop("key", None) or row["code"]
    flat = {}
    for name, value in row.items():
        if isinstance(value, dict) and value.keys() <= {"zh", "en"}:
            flat |= {f"{name}_{language}": text for language, text in value.items()}
        else:
            flat[name] = value
    has_code = any(f.name == "code" for f in shelf.model._meta.concrete_fields)
    columns = {"zh": "name_zh", "en": "name_en", **shelf.columns}
    if has_code:
        columns["code"] = "code"
    elif "code" in flat:
        del flat["code"]
    unknown = flat.keys() - columns.keys()
    if unknown:
        raise LibraryError(f"{shelf.path.name}: {key}: unknown {', '.join(sorted(unknown))}")
    values = {
        columns[name]: _typed(shelf.model._meta.get_field(columns[name]), value)
        for name, value in flat.items()
    }
    fields = {column.name: column for column in shelf.model._meta.concrete_fields}
    for name in columns.values():
        if name not in values and name in fields:
            values[name] = _comparable(_exact(fields[name], fields[name].get_default()))
    return Shipped(shelf.code(key), version, values, _digest(values))


def _typed(column, value):
    """The value of a field from the string of the file, in its comparable form."""
    if isinstance(column, models.ForeignKey):
        return value
    if isinstance(column, models.BooleanField):
        word = value.strip().lower()
        if word not in YES | NO:
            raise LibraryError(f"{column.name}: {value!r} is neither yes nor no")
        return word in YES
    if isinstance(column, models.JSONField):
        return value
    if isinstance(value, list):
        value = ", ".join(value)
    return _comparable(_exact(column, column.to_python(value.strip())))


def _exact(column, value):
    """A decimal with as many places as the database keeps."""
    if isinstance(column, models.DecimalField) and value is not None:
        return value.quantize(Decimal(1).scaleb(-column.decimal_places))
    return value


def _comparable(value):
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, datetime.date):
        return value.isoformat()
    return "" if value is None else value


def values_of(shelf: Shelf, row) -> dict:
    """What a row holds, comparable with `Shipped.values`: links are library codes."""
    values = {}
    for name in _field_names(shelf):
        column = shelf.model._meta.get_field(name)
        if isinstance(column, models.ForeignKey):
            values[name] = _library_code(getattr(row, name))
            continue
        values[name] = _comparable(_exact(column, getattr(row, name)))
    return values


def _field_names(shelf) -> list[str]:
    rows = shipped_rows(shelf)
    return list(rows[0].values) if rows else []


def _library_code(linked) -> str:
    return (linked.library_code or f"own:{linked.pk}") if linked is not None else ""


def _follows(shelf, row) -> bool:
    """Whether a row still holds what was loaded last."""
    return _digest(values_of(shelf, row)) == row.library_digest


def _digest(values: dict) -> str:
    text = json.dumps(values, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _links(shelf) -> list[str]:
    return [
        name
        for name in _field_names(shelf)
        if isinstance(shelf.model._meta.get_field(name), models.ForeignKey)
    ]


def _rows_in_database(shelf) -> dict[str, LibraryModel]:
    rows = shelf.model._base_manager.filter(library_code__isnull=False)
    return {row.library_code: row for row in rows.select_related(*_links(shelf))}


# Loading


@transaction.atomic
def load() -> Report:
    """Bring the tables up to the shipped definitions. Twice changes nothing."""
    report = Report()
    buried = set(LibraryTombstone.objects.values_list("library_code", flat=True))
    known: dict[str, LibraryModel] = {}
    for shelf in shelves():
        held = _rows_in_database(shelf)
        known |= held
        new, stale = [], []
        for shipped in shipped_rows(shelf):
            if shipped.code in buried or not _linkable(shelf, shipped, known, buried):
                continue
            row = held.get(shipped.code)
            if row is None:
                new.append(shipped)
            elif shipped.digest != row.library_digest:
                stale.append((row, shipped))
        if new or stale:
            _write(shelf, new, stale, known, report)
    ensure_company()
    if report.created or report.adopted:
        audit.record(
            actor=None,
            action="library.loaded",
            channel=Channel.SHELL,
            target=CompanySettings.objects.get(),
            changes=_by_shelf(report.created + report.adopted),
        )
    return report


def ensure_company() -> CompanySettings:
    """The one row of company settings, with the shipped defaults where there was none."""
    row = CompanySettings.objects.first()
    if row is None:
        row, _made = CompanySettings.objects.get_or_create(pk=CompanySettings.SINGLETON)
    return row


def _by_shelf(codes) -> dict[str, tuple]:
    found: dict[str, list[str]] = {}
    for code in codes:
        shelf, key = code.split(":", 1)
        found.setdefault(shelf, []).append(key)
    return {shelf: (None, keys) for shelf, keys in found.items()}


def _linkable(shelf, shipped, known, buried) -> bool:
    """False where a row it hangs on was deleted by an administrator."""
    for name in _links(shelf):
        code = shipped.values[name]
        if code and code not in known:
            if code in buried:
                return False
            if ":" in code:
                # Shelves are ordered; a code nobody loaded is a row whose own link was deleted.
                return False
    return True


def _write(shelf, new, stale, known, report):
    for row, shipped in stale:
        if _follows(shelf, row):
            _take(shelf, row, shipped, known, actor=None, channel=Channel.SHELL)
            report.updated.append(shipped.code)
        else:
            report.kept.append(shipped.code)
    strangers = _strangers(shelf, known) if new else {}
    fresh = []
    for shipped in new:
        values = _python_values(shelf, shipped, known)
        row = strangers.get(tuple(_key(values[name]) for name in shelf.natural))
        if row is None:
            row = shelf.model(**values)
            _mark(row, shipped)
            row.clean_fields()
            fresh.append(row)
            report.created.append(shipped.code)
        else:
            _mark(row, shipped)
            row.save(update_fields=["library_code", "library_version", "library_digest"])
            report.adopted.append(shipped.code)
        known[shipped.code] = row
    shelf.model._base_manager.bulk_create(fresh)
    if shelf.after:
        took = [row for row, shipped in stale if shipped.code in report.updated]
        shelf.after([*fresh, *took], None)


def _strangers(shelf, known) -> dict[tuple, LibraryModel]:
    """Rows that did not come from the library, by what makes them unique."""
    rows = shelf.model._base_manager.filter(library_code__isnull=True)
    return {tuple(_key(getattr(row, name)) for name in shelf.natural): row for row in rows}


def _key(value):
    return value.pk if isinstance(value, models.Model) else value


def _mark(row, shipped):
    row.library_code = shipped.code
    row.library_version = shipped.version
    row.library_digest = shipped.digest


def _python_values(shelf, shipped, known) -> dict:
    values = {}
    for name, value in shipped.values.items():
        column = shelf.model._meta.get_field(name)
        if isinstance(column, models.ForeignKey):
            values[name] = known[value] if value else None
        elif value == "" and column.null:
            values[name] = None
        else:
            values[name] = column.to_python(value)
    for name in shelf.single:
        others = shelf.model._base_manager.exclude(library_code=shipped.code)
        if values[name] and others.filter(**{name: True}).exists():
            values[name] = False
    return values


def _take(shelf, row, shipped, known, *, actor, channel):
    """Give a row the shipped values, with its history."""
    before, changes = {}, _python_values(shelf, shipped, known)
    for name, value in changes.items():
        before[name] = getattr(row, name)
        setattr(row, name, value)
    _mark(row, shipped)
    row.full_clean()
    written = [*changes, "library_code", "library_version", "library_digest"]
    if hasattr(row, "version"):
        row.version += 1
        row.updated_at = timezone.now()
        written += ["version", "updated_at"]
    row.save(update_fields=[name for name in written if name != row._meta.pk.name])
    audit.record(
        actor=actor,
        action="library.updated",
        channel=channel,
        target=audit_target(row),
        changes={n: (before[n], changes[n]) for n in changes if before[n] != changes[n]},
    )


def audit_target(row):
    """The record a history line hangs on: rows without a numeric id hang on the company."""
    return row if isinstance(row.pk, int) else ensure_company()


# What an administrator does with it


def updates() -> list[Update]:
    """Rows somebody changed for which a newer definition is shipped, each with what differs."""
    found = []
    for shelf in shelves():
        held = _rows_in_database(shelf)
        for shipped in shipped_rows(shelf):
            row = held.get(shipped.code)
            if row is None or shipped.digest == row.library_digest:
                continue
            if not _follows(shelf, row):
                found.append(Update(row, shelf, shipped))
    return found


@transaction.atomic
def take_shipped(*, code: str, actor) -> LibraryModel:
    """Replace what somebody changed by the shipped definition."""
    update = _update(code)
    known = {row.library_code: row for s in shelves() for row in _rows_in_database(s).values()}
    _take(update.shelf, update.row, update.shipped, known, actor=actor, channel=Channel.ADMIN)
    if update.shelf.after:
        update.shelf.after([update.row], actor)
    return update.row


@transaction.atomic
def keep_own(*, code: str, actor) -> LibraryModel:
    """Keep the own values; the shipped definition is offered again when it next changes."""
    update = _update(code)
    _mark(update.row, update.shipped)
    update.row.save(update_fields=["library_code", "library_version", "library_digest"])
    audit.record(
        actor=actor,
        action="library.kept",
        channel=Channel.ADMIN,
        target=audit_target(update.row),
        library_version=update.shipped.version,
    )
    return update.row


def _update(code) -> Update:
    found = next((update for update in updates() if update.code == code), None)
    if found is None:
        raise LibraryTombstone.DoesNotExist(code)
    return found


def name_of(values: dict) -> str:
    """The name of a shipped row in the language of the reader."""
    return in_language(values.get("name_zh", ""), values.get("name_en", ""))


def choices_of(model, name: str) -> dict:
    shelf = shelf_of(model)
    return shelf.words.get(name, {}) if shelf else {}


def bury(row) -> None:
    """Before a row is deleted: a tombstone for it and for every library row it takes along."""
    collector = Collector(using=row._state.db)
    collector.collect([row])
    doomed = [one for group in collector.data.values() for one in group]
    doomed += [one for group in collector.fast_deletes for one in group]
    codes = {
        one.library_code for one in doomed if isinstance(one, LibraryModel) and one.library_code
    }
    LibraryTombstone.objects.bulk_create(
        [LibraryTombstone(library_code=code) for code in sorted(codes)], ignore_conflicts=True
    )


@transaction.atomic
def bring_back(*, code: str, actor) -> None:
    """Forget that a shipped row was deleted, and load it again."""
    stone = LibraryTombstone.objects.get(library_code=code)
    audit.record(
        actor=actor,
        action="library.brought_back",
        channel=Channel.ADMIN,
        target=ensure_company(),
        library_code=code,
    )
    stone.delete()
    load()
