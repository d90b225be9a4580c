"""What `up` and `build` do to bring an installation to the state of the code. Each step is a
no-op where there is nothing to do, so that a second start takes seconds."""

import contextlib
import hashlib
import io
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

import bootstrap
from flows.services import settle_filling
from kam import i18n
from kam.timetable import sync_timetable
from teams.models import User


def migrate() -> bool:
    """Apply what is pending. Returns whether there was anything."""
    executor = MigrationExecutor(connection)
    if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return False
    call_command("migrate", interactive=False, verbosity=0)
    return True


def load_library() -> None:
    """The shipped definitions and the timetable; rows that somebody changed are kept. Whoever
    holds a step that offers a form may fill it from now on, also in flows begun long before."""
    with contextlib.redirect_stdout(io.StringIO()):
        call_command("load_library", verbosity=0)
    sync_timetable()
    settle_filling()


def is_empty() -> bool:
    """Whether nobody was ever entered here."""
    return not User.objects.exists()


def load_demo() -> None:
    with contextlib.redirect_stdout(io.StringIO()):
        call_command("load_demo", verbosity=0)


def collect_static() -> bool:
    """Copy and fingerprint the static files if any of them changed."""
    stamp = Path(settings.STATIC_ROOT) / ".stamp"
    digest = _static_digest()
    if stamp.exists() and stamp.read_text() == digest:
        return False
    call_command("collectstatic", interactive=False, verbosity=0)
    stamp.write_text(digest)
    return True


def _static_digest() -> str:
    digest = hashlib.sha256(bootstrap.lock_digest().encode())
    for finder in get_finders():
        for path, storage in finder.list([]):
            stat = Path(storage.path(path)).stat()
            digest.update(f"{path}|{stat.st_size}|{stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def compile_translations() -> bool:
    """Make the .mo files that are missing or older than their .po."""
    stale = [
        po
        for folder in settings.LOCALE_PATHS
        for po in Path(folder).glob("*/LC_MESSAGES/*.po")
        if not (mo := po.with_suffix(".mo")).exists() or mo.stat().st_mtime < po.stat().st_mtime
    ]
    if not stale:
        return False
    i18n.compile_messages()
    return True
