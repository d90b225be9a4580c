"""Migrating once: the migrated empty database is kept and copied, a file into memory on SQLite, a
template on PostgreSQL.

Running every migration takes longer than most test files. The copy is keyed by the content of all
migrations and triggers and by the locked packages, so a changed migration is always run.
"""

import contextlib
import datetime
import fcntl
import functools
import hashlib
import os
import sqlite3
import tempfile
from pathlib import Path
from unittest import mock

import psycopg2
from django.apps import apps
from django.conf import settings
from django.core import management
from django.db import connection

KEEP = datetime.timedelta(days=3)


@functools.cache
def migrations_digest() -> str:
    digest = hashlib.sha256((settings.BASE_DIR / "uv.lock").read_bytes())
    digest.update((settings.BASE_DIR / "core/history_triggers.py").read_bytes())
    for config in sorted(apps.get_app_configs(), key=lambda config: config.name):
        for file in sorted(Path(config.path, "migrations").glob("*.py")):
            digest.update(f"{config.name}/{file.name}\0".encode() + file.read_bytes())
    return digest.hexdigest()[:20]


def snapshot_path() -> Path:
    name = f"kam-test-{os.getuid()}-{migrations_digest()}.sqlite3"
    return Path(tempfile.gettempdir()) / name


def copied_not_migrated():
    """A context in which `migrate` of a test database is a copy, or makes the one to copy."""
    real = management.call_command
    if connection.vendor == "postgresql":
        connection.settings_dict["TEST"]["TEMPLATE"] = template_database(real)

    def call_command(name, *args, **options):
        if name != "migrate" or connection.vendor not in ("sqlite", "postgresql"):
            return real(name, *args, **options)
        if connection.vendor == "postgresql":
            return None  # it was made from the template
        path = snapshot_path()
        if path.exists():
            _copy(path, into_memory=True)
            return None
        result = real(name, *args, **options)
        _copy(path, into_memory=False)
        return result

    return mock.patch.object(management, "call_command", call_command)


def _copy(path: Path, *, into_memory: bool):
    connection.ensure_connection()
    if into_memory:
        with contextlib.closing(sqlite3.connect(path)) as file:
            file.backup(connection.connection)
        return
    draft = path.with_suffix(f".{os.getpid()}")
    with contextlib.closing(sqlite3.connect(draft)) as file:
        connection.connection.backup(file)
    draft.replace(path)


def template_database(migrate=management.call_command) -> str:
    """The name of a migrated empty database on the server of the settings. It is made by whoever
    needs it first and is left for the next run; those that nobody made lately are dropped."""
    name = f"kam_template_{migrations_digest()}"
    with (
        open(snapshot_path().with_suffix(".lock"), "w") as door,
        contextlib.closing(_maintenance()) as link,
    ):
        fcntl.flock(door, fcntl.LOCK_EX)
        with link.cursor() as cursor:
            if name not in _templates(cursor):
                _make_template(cursor, name, migrate)
    return name


def _maintenance():
    """A connection of its own, outside every transaction, to the server's first database."""
    about = connection.get_connection_params() | {"dbname": "postgres"}
    known = ("host", "port", "user", "password", "dbname")
    link = psycopg2.connect(**{key: about[key] for key in known if key in about})
    link.autocommit = True
    return link


def _templates(cursor) -> dict[str, str]:
    """Templates on this server, and the day each was made."""
    cursor.execute(
        "SELECT datname, shobj_description(oid, 'pg_database') FROM pg_database"
        " WHERE datname LIKE 'kam\\_template\\_%'"
    )
    return dict(cursor.fetchall())


def _make_template(cursor, name, migrate) -> None:
    today = datetime.datetime.now(tz=datetime.UTC).date()
    for other, made in _templates(cursor).items():
        if not made or today - datetime.date.fromisoformat(made) > KEEP:
            cursor.execute(f'DROP DATABASE IF EXISTS "{other}" WITH (FORCE)')
    draft = f"{name}_draft"
    cursor.execute(f'DROP DATABASE IF EXISTS "{draft}" WITH (FORCE)')
    cursor.execute(f'CREATE DATABASE "{draft}"')
    own = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = draft
    try:
        migrate("migrate", verbosity=0, interactive=False)
    finally:
        connection.close()
        connection.settings_dict["NAME"] = own
    cursor.execute(f"COMMENT ON DATABASE \"{draft}\" IS '{today.isoformat()}'")
    cursor.execute(f'ALTER DATABASE "{draft}" RENAME TO "{name}"')
