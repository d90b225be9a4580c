"""Backup and restore: every row and every file of an installation in one .tar.gz.

The rows are written as JSON lines, field by field, so that a backup of SQLite restores into
PostgreSQL and the other way round. `manifest.json` comes first and holds the version stamp (the
migrations the rows belong to), and for every table the number of rows and a checksum that does
not depend on their order. A restore is one transaction that ends by comparing these.
"""

import base64
import datetime
import decimal
import hashlib
import io
import json
import os
import shutil
import tarfile
import tomllib
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from django.apps import apps as current_apps
from django.apps.registry import Apps
from django.conf import settings
from django.core.management import call_command
from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import JSONField, Model
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime, parse_duration, parse_time

import bootstrap
from core import history_triggers

FORMAT = 1
MANIFEST = "manifest.json"
BATCH = 500
# Log-ins in progress are of no use elsewhere, and would be a danger there.
LEFT_OUT = {"django_session", "django_migrations"}


class Refused(Exception):
    """A backup or restore that must not go on; worded for the person."""


@dataclass
class Table:
    name: str
    rows: int
    checksum: str


# --- values ------------------------------------------------------------------------------------


def plain(value):
    """A column value as JSON: [type, text] for what JSON has no word for."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, datetime.datetime):
        return ["dt", value.astimezone(datetime.UTC).isoformat()]
    if isinstance(value, datetime.date):
        return ["d", value.isoformat()]
    if isinstance(value, datetime.time):
        return ["t", value.isoformat()]
    if isinstance(value, datetime.timedelta):
        return ["td", f"{value.days} {value.seconds}.{value.microseconds:06d}"]
    if isinstance(value, decimal.Decimal):
        return ["n", format(value, "f")]
    if isinstance(value, float):
        return ["f", repr(value)]
    if isinstance(value, uuid.UUID):
        return ["u", str(value)]
    if isinstance(value, bytes | memoryview):
        return ["b", base64.b64encode(bytes(value)).decode()]
    raise Refused(f"a value of type {type(value).__name__} has no place in a backup")


READERS: dict[str, Callable] = {
    "dt": parse_datetime,
    "d": parse_date,
    "t": parse_time,
    "td": parse_duration,
    "n": decimal.Decimal,
    "f": float,
    "u": uuid.UUID,
    "b": base64.b64decode,
    "j": lambda value: value,
}


def from_plain(value):
    return READERS[value[0]](value[1]) if isinstance(value, list) else value


def columns(model: type[Model]) -> list:
    """The columns of the model's own table by name, without those the database computes.

    By name, because a model put together from migrations has them in another order.
    """
    fields = (f for f in model._meta.local_concrete_fields if not f.generated)
    return sorted(fields, key=lambda f: f.column)


def lines_of(model: type[Model]) -> Iterator[str]:
    """Every row as one line of JSON, in order of the primary key."""
    fields = columns(model)
    is_json = [isinstance(f, JSONField) for f in fields]
    names = [f.attname for f in fields]
    rows = model._base_manager.order_by(model._meta.pk.attname).values_list(*names)
    for row in rows.iterator(chunk_size=2000):
        values = [
            (["j", value] if value is not None else None) if json_ else plain(value)
            for value, json_ in zip(row, is_json, strict=True)
        ]
        yield json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


class Checksum:
    """Rows counted and hashed so that their order does not matter."""

    def __init__(self):
        self.rows, self.total = 0, 0

    def add(self, line: str) -> None:
        self.rows += 1
        digest = hashlib.sha256(line.encode()).digest()
        self.total = (self.total + int.from_bytes(digest, "big")) % (1 << 256)

    def table(self, name: str) -> Table:
        return Table(name, self.rows, f"{self.total:064x}")


def models_of(apps: Apps) -> list[type[Model]]:
    """One model for each table that belongs in a backup."""
    found = {
        model._meta.db_table: model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy
    }
    return [found[name] for name in sorted(found) if name not in LEFT_OUT]


def checksums(apps: Apps = current_apps) -> dict[str, Table]:
    """What is in the database now, table by table."""
    told = {}
    for model in models_of(apps):
        checksum = Checksum()
        for line in lines_of(model):
            checksum.add(line)
        told[model._meta.db_table] = checksum.table(model._meta.db_table)
    return told


# --- backup ------------------------------------------------------------------------------------


@contextmanager
def snapshot():
    """One state of the database for all reads, without holding up those who write."""
    if connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
        return
    with connection.cursor() as cursor:
        cursor.execute("BEGIN DEFERRED")
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")


def applied_migrations() -> list[list[str]]:
    return sorted(list(key) for key in MigrationRecorder(connection).applied_migrations())


def product_version() -> str:
    text = (bootstrap.ROOT / "pyproject.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)["project"]["version"]


def backup(target: Path) -> dict:
    """Write the backup and return its manifest. The file appears only when it is complete."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise Refused("the database lags behind the code: run manage.py upgrade first.")
    part = target.with_name(f"{target.name}.part")
    media = Path(settings.MEDIA_ROOT)
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as raw, TemporaryDirectory(dir=target.parent) as scratch:
            tables = _dump_tables(Path(scratch))
            files = {
                path.relative_to(media).as_posix(): {
                    "size": path.stat().st_size,
                    "sha256": file_digest(path),
                }
                for path in sorted(media.rglob("*"))
                if path.is_file() and not path.is_symlink()
            }
            manifest = {
                "format": FORMAT,
                "version": product_version(),
                "made_at": timezone.now().isoformat(),
                "database": connection.vendor,
                "migrations": applied_migrations(),
                "tables": {t.name: {"rows": t.rows, "checksum": t.checksum} for t in tables},
                "files": files,
            }
            with tarfile.open(fileobj=raw, mode="w:gz", compresslevel=6) as tar:
                _add_bytes(tar, MANIFEST, json.dumps(manifest, indent=1).encode())
                for table in tables:
                    tar.add(Path(scratch) / table.name, f"data/{table.name}.jsonl")
                for name in files:
                    tar.add(media / name, f"media/{name}", recursive=False)
        part.replace(target)
    except OSError as error:
        raise Refused(f"cannot write {target}: {error.strerror or error}") from None
    finally:
        part.unlink(missing_ok=True)
    return manifest


def _dump_tables(folder: Path) -> list[Table]:
    tables = []
    with snapshot():
        for model in models_of(current_apps):
            checksum = Checksum()
            with (folder / model._meta.db_table).open("w", encoding="utf-8") as out:
                for line in lines_of(model):
                    checksum.add(line)
                    out.write(line + "\n")
            tables.append(checksum.table(model._meta.db_table))
    return tables


def _add_bytes(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), 0o600
    tar.addfile(member, io.BytesIO(content))


def file_digest(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


# --- restore -----------------------------------------------------------------------------------


def restore(source: Path, *, force: bool = False) -> dict:
    """Put a backup into this installation and bring it to the state of the code.

    The database and the media folder must be empty unless `force`; then the old tables are
    dropped and the old files set aside. Returns the manifest.
    """
    try:
        with tarfile.open(source, "r:gz") as tar:
            manifest = _manifest(tar)
            _check_members(tar, manifest)
            _check_version(manifest)
            _check_empty(force)
            with _staged_media(tar, manifest) as staged, history_triggers.lifted():
                _restore_rows(tar, manifest)
                _swap_media(staged)
                call_command("migrate", interactive=False, verbosity=0)
    except (tarfile.TarError, EOFError, OSError) as error:
        raise Refused(f"{source} cannot be read as a backup: {error}") from None
    return manifest


def _manifest(tar: tarfile.TarFile) -> dict:
    first = tar.next()
    if first is None or first.name != MANIFEST or not first.isreg():
        raise Refused("this is not a backup: it does not begin with a manifest")
    try:
        manifest = json.load(tar.extractfile(first))
        return {**manifest, "format": int(manifest["format"])}
    except (ValueError, KeyError, TypeError):
        raise Refused("this is not a backup: its manifest cannot be read") from None


def _check_members(tar: tarfile.TarFile, manifest: dict) -> None:
    """Exactly the files that the manifest names, each under a name that stays inside."""
    wanted = {MANIFEST: None}
    wanted |= {f"data/{name}.jsonl": None for name in manifest["tables"]}
    wanted |= {f"media/{name}": about["size"] for name, about in manifest["files"].items()}
    seen = set()
    for member in tar.getmembers():
        named = member.name in wanted and member.name not in seen
        if not (named and member.isreg() and stays_inside(member.name)):
            raise Refused(f"the backup holds something that does not belong in it: {member.name}")
        if wanted[member.name] not in (None, member.size):
            raise Refused(f"the backup is damaged: {member.name} has another size")
        seen.add(member.name)
    if missing := sorted(set(wanted) - seen):
        raise Refused(f"the backup is damaged: {missing[0]} is missing")


def stays_inside(name: str) -> bool:
    """Whether this is the plain form of a relative path: no "..", no "//", no "/" in front."""
    parts = name.split("/")
    return not {"", ".", ".."} & set(parts) and "\\" not in name and "\0" not in name


def _check_version(manifest: dict) -> None:
    on_disk = MigrationExecutor(connection).loader.disk_migrations
    known = set(on_disk) | {old for migration in on_disk.values() for old in migration.replaces}
    newer = [key for key in map(tuple, manifest["migrations"]) if key not in known]
    if manifest["format"] > FORMAT or newer:
        raise Refused(
            f"the backup was made by a newer version ({manifest.get('version')}, this is "
            f"{product_version()}): upgrade first, then restore."
        )


def _check_empty(force: bool) -> None:
    if force:
        return
    user_table = current_apps.get_model(settings.AUTH_USER_MODEL)._meta.db_table
    with connection.cursor() as cursor:
        if user_table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(user_table)}")
            people = cursor.fetchone()[0]
            if people:
                raise Refused(
                    f"this database is not empty ({people} people): restore into an empty one, "
                    "or add --force to replace everything in it."
                )
    if any(path.is_file() for path in Path(settings.MEDIA_ROOT).rglob("*")):
        raise Refused(
            f"{settings.MEDIA_ROOT} is not empty: restore beside an empty folder, or add --force "
            "to set the old files aside."
        )


@contextmanager
def _staged_media(tar: tarfile.TarFile, manifest: dict) -> Iterator[Path]:
    """The files, checked, in a folder beside the media folder that goes if nobody takes it."""
    media = Path(settings.MEDIA_ROOT)
    media.parent.mkdir(parents=True, exist_ok=True)
    staged = media.with_name(f"{media.name}.restoring-{os.getpid()}")
    staged.mkdir(mode=0o700)
    try:
        _unpack_media(tar, manifest, staged)
        yield staged
    finally:
        shutil.rmtree(staged, ignore_errors=True)


def _unpack_media(tar: tarfile.TarFile, manifest: dict, staged: Path) -> None:
    for name, about in manifest["files"].items():
        path = staged / name
        if not path.resolve().is_relative_to(staged.resolve()):
            raise Refused(f"the backup holds something that does not belong in it: {name}")
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        digest = hashlib.sha256()
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as out:
            content = tar.extractfile(f"media/{name}")
            while block := content.read(1 << 20):
                digest.update(block)
                out.write(block)
        if digest.hexdigest() != about["sha256"]:
            raise Refused(f"the backup is damaged: media/{name} has another checksum")


def _swap_media(staged: Path) -> None:
    media = Path(settings.MEDIA_ROOT)
    if media.exists():
        stamp = timezone.localtime().strftime("%Y%m%d-%H%M%S")
        if any(media.iterdir()):
            media.rename(media.with_name(f"{media.name}.before-{stamp}-{os.getpid()}"))
        else:
            media.rmdir()
    staged.rename(media)


def _restore_rows(tar: tarfile.TarFile, manifest: dict) -> None:
    """Build the tables as they were at the backup, fill them, and compare."""
    drop_everything()
    executor = MigrationExecutor(connection)
    targets = _last_of(manifest["migrations"], executor.loader.graph)
    executor.migrate(targets)
    apps = executor.loader.project_state(targets).apps
    models = models_of(apps)
    names = {model._meta.db_table for model in models}
    if unknown := sorted(set(manifest["tables"]) - names):
        raise Refused(f"the backup holds a table that this version does not know: {unknown[0]}")
    with transaction.atomic():
        for model in models:
            with connection.cursor() as cursor:
                cursor.execute(f"DELETE FROM {connection.ops.quote_name(model._meta.db_table)}")
        for model in models:
            if model._meta.db_table in manifest["tables"]:
                _fill(model, tar.extractfile(f"data/{model._meta.db_table}.jsonl"))
        for name, table in checksums(apps).items():
            wanted = manifest["tables"].get(name, {"rows": 0, "checksum": "0" * 64})
            if (table.rows, table.checksum) != (wanted["rows"], wanted["checksum"]):
                raise Refused(f"the restored table {name} differs from the backup")
        connection.check_constraints()
        for statement in connection.ops.sequence_reset_sql(no_style(), models):
            with connection.cursor() as cursor:
                cursor.execute(statement)


def _last_of(migrations: list[list[str]], graph) -> list[tuple[str, str]]:
    """Those of the migrations that no other of them builds on."""
    named = {tuple(key) for key in migrations} & set(graph.nodes)
    inner = {parent.key for key in named for parent in graph.node_map[key].parents}
    return sorted(named - inner)


def _fill(model: type[Model], lines) -> None:
    """Insert rows exactly as they were: no defaults, no automatic times, no signals."""
    fields = columns(model)
    batch = []
    for line in io.TextIOWrapper(lines, encoding="utf-8"):
        values = [from_plain(value) for value in json.loads(line)]
        if len(values) != len(fields):
            raise Refused(f"the backup is damaged: {model._meta.db_table} has other columns")
        row = model()
        for column, value in zip(fields, values, strict=True):
            setattr(row, column.attname, value)
        batch.append(row)
        if len(batch) == BATCH:
            _insert(model, batch, fields)
            batch = []
    _insert(model, batch, fields)


def _insert(model: type[Model], rows: list, fields: list) -> None:
    size = connection.ops.bulk_batch_size(fields, rows) if rows else 1
    for start in range(0, len(rows), size):
        model._base_manager._insert(
            rows[start : start + size], fields=fields, using=connection.alias, raw=True
        )


def drop_everything() -> None:
    """Every table of this database. Triggers that guard rows go with their tables."""
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
    if not tables:
        return
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA foreign_keys = OFF")
    with transaction.atomic(), connection.cursor() as cursor:
        for name in tables:
            cascade = " CASCADE" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TABLE IF EXISTS {connection.ops.quote_name(name)}{cascade}")
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA foreign_keys = ON")
