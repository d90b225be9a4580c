"""An installation of its own for people to click through: migrated, with demo data, served."""

import contextlib
import fcntl
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import psycopg2

from tests.database import snapshot_path, template_database

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def database_url(folder: Path):
    """A migrated database nobody else uses: a file, or a new one on the PostgreSQL of
    KAM_DATABASE_URL."""
    server = os.environ.get("KAM_DATABASE_URL", "")
    if not server.startswith("postgres"):
        file = folder / "kam.sqlite3"
        if snapshot_path().exists():
            shutil.copy(snapshot_path(), file)
        yield f"sqlite:///{file}"
        return
    name = f"kam_browser_{os.getpid()}_{folder.name.rpartition('-')[2]}"
    _on_server(
        server,
        f"DROP DATABASE IF EXISTS {name} WITH (FORCE)",
        f"CREATE DATABASE {name} TEMPLATE {template_database()}",
    )
    try:
        yield server.rsplit("/", 1)[0] + "/" + name
    finally:
        _on_server(server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _on_server(url, *statements):
    connection = psycopg2.connect(url)
    connection.autocommit = True
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    connection.close()


@contextlib.contextmanager
def shared(folder: Path):
    """One installation for all workers of a test run, found through files in `folder`.

    Who comes first serves it and stays until the others have left; a lock goes with its process,
    so nobody waits for one that died.
    """
    note = folder / "browser-address"
    with open(folder / "browser-door", "w") as door, open(folder / "browser-room", "w") as room:
        with _locked(door, fcntl.LOCK_EX), contextlib.ExitStack() as stack:
            first = not note.exists()
            if first:
                address = stack.enter_context(served())
                note.write_text(address)
            else:
                address = note.read_text()
                fcntl.flock(room, fcntl.LOCK_SH)
            ours = stack.pop_all()
        with ours:
            yield address
            if first:
                with _locked(door, fcntl.LOCK_EX):
                    note.unlink()
                    fcntl.flock(room, fcntl.LOCK_EX)


@contextlib.contextmanager
def _locked(file, how):
    fcntl.flock(file, how)
    try:
        yield
    finally:
        fcntl.flock(file, fcntl.LOCK_UN)


@contextlib.contextmanager
def served(*, demo=True, people=""):
    """The address of a running installation; everything is gone afterwards. `people` is Python
    that enters who works there, where it begins empty."""
    with tempfile.TemporaryDirectory(prefix="kam-browser-") as scratch:
        folder = Path(scratch)
        with database_url(folder) as database:
            port = free_port()
            address = f"http://127.0.0.1:{port}"
            environment = {
                **{k: v for k, v in os.environ.items() if not k.startswith("KAM_")},
                "DJANGO_SETTINGS_MODULE": "kam.settings",
                "KAM_DATA_DIR": scratch,
                "KAM_DATABASE_URL": database,
                "KAM_BASE_URL": address,
                "KAM_DEMO_LOGIN": "1",
                "KAM_DEBUG": "0",
                "KAM_LOG_LEVEL": "WARNING",
            }
            commands = [["upgrade"], ["collectstatic", "--noinput", "-v0"]]
            if demo:
                commands.append(["load_demo"])
            if people:
                commands.append(["shell", "-v0", "-c", people])
            for command in commands:
                _manage(environment, *command)
            workers = [
                subprocess.Popen(
                    [
                        sys.executable,
                        "-m",
                        "gunicorn",
                        "kam.wsgi",
                        "--bind",
                        f"127.0.0.1:{port}",
                        "--threads",
                        "4",
                        "--no-control-socket",
                        "--log-level",
                        "warning",
                    ],
                    cwd=ROOT,
                    env=environment,
                ),
                subprocess.Popen(
                    [sys.executable, "manage.py", "run_jobs", "--loop"],
                    cwd=ROOT,
                    env=environment,
                    stdout=subprocess.DEVNULL,
                ),
            ]
            try:
                _wait_for(f"{address}/health/live")
                yield address
            finally:
                for worker in workers:
                    worker.terminate()
                for worker in workers:
                    worker.wait(timeout=20)


def _manage(environment, *command):
    done = subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}:\n{done.stdout}\n{done.stderr}")


def _wait_for(address):
    deadline = time.monotonic() + 180
    while True:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)  # a server needs a moment to bind; there is nothing to wait on
