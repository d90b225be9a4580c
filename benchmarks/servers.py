"""Databases and gunicorn processes that live as long as the measurement."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
from pathlib import Path

import psycopg2 as driver

ROOT = Path(__file__).resolve().parent.parent
TICKS = os.sysconf("SC_CLK_TCK")


def connect(url: str, name: str | None = None):
    parts = urllib.parse.urlsplit(url)
    connection = driver.connect(
        host=parts.hostname,
        port=parts.port or 5432,
        user=parts.username or "postgres",
        password=parts.password or None,
        dbname=name or parts.path.lstrip("/") or "postgres",
    )
    connection.autocommit = True
    return connection


@contextlib.contextmanager
def database(server: str, name: str):
    """A database of our own, dropped afterwards. Yields its URL."""
    with contextlib.closing(connect(server)) as connection:
        connection.cursor().execute(f'CREATE DATABASE "{name}"')
    parts = urllib.parse.urlsplit(server)
    try:
        yield urllib.parse.urlunsplit(parts._replace(path=f"/{name}"))
    finally:
        with contextlib.closing(connect(server)) as connection:
            connection.cursor().execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def run(environment: dict, *arguments: str) -> str:
    """Run a Python program of the project to its end; its output, or an error with it."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(arguments)} failed:\n{done.stdout}\n{done.stderr[-3000:]}")
    return done.stdout


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A gunicorn with two workers; knows how much CPU its processes have used."""

    def __init__(self, application: str, environment: dict, log: Path):
        self.port = free_port()
        self.log = log.open("ab")
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "gunicorn", application),
                *("--bind", f"127.0.0.1:{self.port}", "--workers", "2"),
                *("--worker-class", "gthread", "--threads", "4", "--keep-alive", "30"),
                *("--no-control-socket", "--preload", "--log-level", "warning"),
            ],
            cwd=ROOT,
            env=os.environ | environment,
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
        )
        self._wait()

    def _wait(self):
        until = time.monotonic() + 60
        while time.monotonic() < until:
            with (
                contextlib.suppress(OSError),
                socket.create_connection(("127.0.0.1", self.port), 1),
            ):
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        raise SystemExit(f"The server did not start; see {self.log.name}")

    def cpu(self) -> float:
        """Seconds of CPU that the workers have used so far."""
        return sum(cpu_of(pid) for pid in children_of(self.process.pid))

    def stop(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.log.close()


class DatabaseClock:
    """CPU of the database processes that serve one database, where /proc shows them."""

    def __init__(self, url: str):
        self.connection = connect(url)
        self.name = urllib.parse.urlsplit(url).path.lstrip("/")

    def cpu(self) -> float:
        cursor = self.connection.cursor()
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()",
            [self.name],
        )
        return sum(cpu_of(pid) for (pid,) in cursor.fetchall())

    def close(self):
        self.connection.close()


def children_of(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in found]


def cpu_of(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS
