"""Lose no reminder: workers killed, brokers wiped, the database stopped hard, two beats.

    .venv/bin/python -m benchmarks.reminders --n 10000
    .venv/bin/python -m benchmarks.reminders --n 200 --only sqlite

Every scenario is an installation of its own with its own broker, database server and mail server,
all of which are gone afterwards. Two Celery workers of two processes each; every 3 s one is killed
(-9), three times the process that sends and the fourth time the worker as a whole. The broker is
wiped (FLUSHALL) every 5 s, PostgreSQL is stopped with `immediate` at a third and at two thirds.
Counted are the rows in the product, and the messages at the mail server by their key. The naive
design (one `delay()` for each reminder) runs last and has to lose some.
"""

import argparse
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import redis

import bootstrap
from benchmarks.mail_sink import MailSink
from benchmarks.own_postgres import OwnPostgres
from benchmarks.servers import ROOT, children_of, free_port
from kam.ops import processes

KILL_EVERY, WIPE_EVERY = 3.0, 5.0
NAIVE_LEAST = 5_000
QUIET = 25.0  # the naive design is over when nothing has come for so long


@dataclass(frozen=True)
class Scenario:
    name: str
    database: str = "postgres"
    broker: str = "redis"
    strict: bool = False
    naive: bool = False


SCENARIOS = (
    Scenario("postgres"),
    Scenario("postgres-embedded-broker", broker="embedded"),
    Scenario("sqlite", database="sqlite", broker="embedded"),
    Scenario("sqlite-redis", database="sqlite"),
    Scenario("postgres-strict", strict=True),
    Scenario("sqlite-strict", database="sqlite", broker="embedded", strict=True),
    Scenario("naive", naive=True),
)


@dataclass
class Troubles:
    """What happens meanwhile, each in a thread of its own."""

    kills: int = 0
    wipes: int = 0
    stops: int = 0
    over: threading.Event = field(default_factory=threading.Event)


class Broker:
    """A broker of our own: the system's redis-server, or the one that `up` starts."""

    def __init__(self, kind: str, folder: Path):
        binary = bootstrap.embedded_broker() if kind == "embedded" else "redis-server"
        if kind == "embedded":
            path = folder / "b.sock"
            command = processes.broker(binary, path, folder)
            self.url = f"redis+socket://{path}?virtual_host=0"
            self.client = redis.Redis(unix_socket_path=str(path))
        else:
            port = free_port()
            command = [binary, "--port", str(port), "--save", "", "--dir", str(folder)]
            self.url = f"redis://127.0.0.1:{port}/0"
            self.client = redis.Redis(port=port)
        self.process = _start(command, {}, folder / "broker.log")
        _until(lambda: self.client.ping(), 20)

    def stop(self):
        _kill(self.process)


class Run:
    """One scenario from the empty installation to its counts."""

    def __init__(self, scenario: Scenario, n: int, limit: float, folder: Path):
        self.scenario, self.n, self.limit, self.folder = scenario, n, limit, folder
        self.sink = MailSink()
        self.broker = Broker(scenario.broker, folder)
        self.postgres = None
        database = f"sqlite:///{folder / 'kam.sqlite3'}"
        if scenario.database == "postgres":
            self.postgres = OwnPostgres(folder / "pg")
            database = self.postgres.url
        self.environment = {
            "DJANGO_SETTINGS_MODULE": "benchmarks.reminders_settings",
            "KAM_DATA_DIR": str(folder),
            "KAM_DATABASE_URL": database,
            "KAM_BROKER_URL": self.broker.url,
            "KAM_EMAIL_URL": f"smtp://127.0.0.1:{self.sink.port}",
            "KAM_SECRET_KEY": "only-for-benchmarks-only-for-benchmarks-0123456789abcdef",
            "KAM_WORKER_PROCESSES": "2",
            "KAM_LOG_LEVEL": "WARNING",
        }
        self.workers: list[subprocess.Popen] = []
        self.beats: list[subprocess.Popen] = []
        self.standing: set[int] = set()
        self.troubles = Troubles()

    def inside(self, *arguments: str, check: bool = True) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.reminders_inside", *arguments],
            cwd=ROOT,
            env=_clean() | self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if check and done.returncode:
            raise SystemExit(f"{arguments} failed:\n{done.stderr[-3000:]}")
        return done.stdout if not done.returncode else ""

    def measure(self) -> dict:
        strict = ["--strict"] if self.scenario.strict else []
        self.inside("prepare", "--n", str(self.n), "--lease", "10", *strict)
        for number in range(2):
            self.workers.append(self._start(processes.worker(), f"worker{number}"))
            if not self.scenario.naive:
                self.beats.append(self._start(processes.beat(), f"beat{number}"))
        threads = [
            threading.Thread(target=one, daemon=True)
            for one in (self._killing, self._wiping, self._stopping)
        ]
        begun = time.monotonic()
        for thread in threads:
            thread.start()
        if self.scenario.naive:
            self.inside("naive", "--n", str(self.n))
        ended = self._wait_until_over()
        self.troubles.over.set()
        for thread in threads:
            thread.join(60)
        return self._told(time.monotonic() - begun, ended)

    def _start(self, command: list[str], name: str) -> subprocess.Popen:
        return _start(command, self.environment, self.folder / f"{name}.log")

    # ------------------------------------------------------------------------------- troubles

    def _killing(self):
        """Only of workers that stand: who is killed while starting has not begun to work."""
        while not self.troubles.over.wait(KILL_EVERY):
            self._restart_what_ended()
            standing = [worker for worker in self.workers if self._stands(worker)]
            if not standing:
                continue
            victim = random.choice(standing)
            if self.troubles.kills % 4 == 3:
                _kill(victim)
                self._restart_what_ended()
            elif not _kill_one_of(victim):
                continue
            self.troubles.kills += 1

    def _stands(self, worker: subprocess.Popen) -> bool:
        """Whether its processes were there when it was looked at last."""
        there = bool(children_of(worker.pid)) if worker.poll() is None else False
        stood = worker.pid in self.standing
        (self.standing.add if there else self.standing.discard)(worker.pid)
        return there and stood

    def _restart_what_ended(self):
        """As `up` and Docker do: a worker gives up when its processes die while it starts."""
        for number, worker in enumerate(self.workers):
            if worker.poll() is not None:
                _kill(worker)
                self.workers[number] = self._start(processes.worker(), f"worker{number}")

    def _wiping(self):
        while not self.troubles.over.wait(WIPE_EVERY):
            self.broker.client.flushall()
            self.troubles.wipes += 1

    def _stopping(self):
        for share in (1 / 3, 2 / 3) if self.postgres else ():
            while len(self.sink.keys) < self.n * share:
                if self.troubles.over.wait(0.2):
                    return
            self.postgres.crash()
            self.troubles.stops += 1

    # --------------------------------------------------------------------------------- the end

    def _wait_until_over(self) -> bool:
        until = time.monotonic() + self.limit
        last, since = 0, time.monotonic()
        while time.monotonic() < until:
            time.sleep(2)
            if (now := self.sink.total) != last:
                last, since = now, time.monotonic()
            if self.scenario.naive:
                if last and time.monotonic() - since > QUIET:
                    return True
                continue
            told = self._counts()
            if told and told["in_app"] >= self.n and told["waiting"] == 0:
                return True
        return False

    def _counts(self) -> dict:
        text = self.inside("counts", check=False)
        return json.loads(text.splitlines()[-1]) if text else {}

    def _told(self, seconds: float, ended: bool) -> dict:
        found = {} if self.scenario.naive else self._counts()
        keys = Counter(self.sink.keys)
        interruptions = self.troubles.kills + self.troubles.stops
        told = {
            "scenario": self.scenario.name,
            "n": self.n,
            "ended": ended,
            "seconds": round(seconds),
            "kills": self.troubles.kills,
            "wipes": self.troubles.wipes,
            "database_stops": self.troubles.stops,
            "mail_distinct": len(keys),
            "mail_lost": self.n - len(keys),
            "mail_repeated_raw": sum(keys.values()) - len(keys),
            "mail_most_per_key": max(keys.values(), default=0),
        }
        if self.scenario.naive:
            return told | {"holds": told["mail_lost"] > 0}
        found = found or {"in_app": 0, "in_app_distinct": 0, "states": {}}
        unknown = found["states"].get("unknown", 0)
        told |= {
            "in_app": found["in_app"],
            "in_app_lost": self.n - found["in_app_distinct"],
            "in_app_repeated": found["in_app"] - found["in_app_distinct"],
            "states": found["states"],
        }
        whole = ended and told["in_app_lost"] == told["in_app_repeated"] == 0
        if self.scenario.strict:
            shown = told["mail_lost"] <= unknown <= interruptions * 4
            return told | {"holds": whole and told["mail_repeated_raw"] == 0 and shown}
        few = told["mail_repeated_raw"] <= interruptions * 4  # four sending processes
        return told | {"holds": whole and told["mail_lost"] == 0 and few}

    def stop(self):
        self.troubles.over.set()
        for process in (*self.workers, *self.beats):
            _kill(process)
        self.broker.stop()
        if self.postgres:
            self.postgres.stop()
        self.sink.stop()


def _clean() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if not key.startswith("KAM_")}


def _start(command: list[str], environment: dict, log: Path) -> subprocess.Popen:
    with log.open("ab") as file:
        return subprocess.Popen(
            command,
            cwd=ROOT,
            env=_clean() | environment,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            start_new_session=True,
        )


def _kill(process: subprocess.Popen) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _kill_one_of(worker: subprocess.Popen) -> bool:
    """Kill one of the processes in which a worker does its work; False where none is left."""
    with contextlib.suppress(OSError):
        if at_work := children_of(worker.pid):
            os.kill(random.choice(at_work), signal.SIGKILL)
            return True
    return False


def _until(holds, seconds: float) -> None:
    until = time.monotonic() + seconds
    while True:
        with contextlib.suppress(redis.RedisError, OSError):
            if holds():
                return
        if time.monotonic() > until:
            raise SystemExit("A server of the benchmark did not start.")
        time.sleep(0.1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--n", type=int, default=10_000)
    parser.add_argument("--limit", type=float, default=1800, help="seconds for one scenario")
    parser.add_argument("--only", nargs="*", choices=[one.name for one in SCENARIOS])
    given = parser.parse_args()
    print(f"{os.cpu_count()} CPUs, {given.n} reminders", flush=True)
    failed = []
    for scenario in SCENARIOS:
        if given.only and scenario.name not in given.only:
            continue
        with tempfile.TemporaryDirectory(prefix="kam-reminders-", dir="/tmp") as folder:
            os.chmod(folder, 0o755)  # the database server runs as somebody else
            # A handful would be through before the first trouble.
            n = max(given.n, NAIVE_LEAST) if scenario.naive else given.n
            run = Run(scenario, n, given.limit, Path(folder))
            signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended from outside"))
            try:
                told = run.measure()
            finally:
                run.stop()
        print(json.dumps(told), flush=True)
        if not told["holds"]:
            failed.append(scenario.name)
    if failed:
        raise SystemExit(f"These do not hold: {', '.join(failed)}")


if __name__ == "__main__":
    main()
