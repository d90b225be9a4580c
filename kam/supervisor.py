"""Starts the processes of one installation, restarts what dies, and stops all of them together."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from kam.ops import leftovers

PR_SET_PDEATHSIG = 1
STEADY = 60.0  # seconds after which a process counts as well again
LONGEST_WAIT = 30.0
HOPELESS = 6  # deaths in a row, each within STEADY, after which `up` gives up
LOG_LIMIT = 5_000_000

_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class GaveUp(Exception):
    """A process that would not stay alive; the text says which, and what it said last."""


@dataclass
class Child:
    """One process of the installation, in a process group of its own."""

    name: str
    command: list[str]
    # Lower first when starting, last when stopping.
    rank: int = 1
    process: subprocess.Popen | None = None
    begun: float = 0.0
    deaths: int = 0
    next_try: float = field(default=0.0)

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None


def _die_with(parent: int) -> Callable[[], None]:
    """What a child does between fork and exec: ask the kernel to end it with its parent."""

    def prepare() -> None:
        if _libc is not None:
            _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
            if os.getppid() != parent:
                os._exit(1)

    return prepare


class Supervisor:
    """Keeps children alive until told to stop. One per KAM_DATA_DIR; see `up`."""

    def __init__(self, data: Path, cwd: Path, say: Callable[[str], None] = print):
        self.logs = data / "logs"
        self.logs.mkdir(parents=True, exist_ok=True)
        self.pids = data / "run" / "processes.json"
        self.pids.parent.mkdir(parents=True, exist_ok=True)
        self.cwd = cwd
        self.say = say
        self.children: list[Child] = []
        self.stopping = False

    # --- starting ---

    def start(self, name: str, command: list[str], rank: int = 1) -> Child:
        child = Child(name, command, rank)
        self.children.append(child)
        self._spawn(child)
        return child

    def _spawn(self, child: Child) -> None:
        with self._log(child.name).open("ab") as log:
            child.process = subprocess.Popen(
                child.command,
                cwd=self.cwd,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_die_with(os.getpid()),
            )
        child.begun = time.monotonic()
        self._note()

    def restart(self, child: Child) -> None:
        """Start it at once, whatever came before."""
        self._signal(child, signal.SIGKILL)
        child.process.wait()
        child.deaths, child.next_try = 0, 0.0
        self._spawn(child)

    def _log(self, name: str) -> Path:
        path = self.logs / f"{name}.log"
        if path.exists() and path.stat().st_size > LOG_LIMIT:
            path.replace(path.with_suffix(".log.1"))
        return path

    def _note(self) -> None:
        leftovers.write(self.pids, {c.name: c.process.pid for c in self.children if c.process})

    def last_words(self, name: str, lines: int = 12) -> str:
        path = self.logs / f"{name}.log"
        if not path.exists():
            return ""
        with path.open("rb") as log:
            log.seek(max(0, path.stat().st_size - 8192))
            return "\n".join(log.read().decode(errors="replace").splitlines()[-lines:])

    # --- watching ---

    def watch(self, pause: float = 0.5) -> None:
        """Until `stop` is asked for: restart what died, later each time. Raises GaveUp."""
        while not self.stopping:
            self.look_once(time.monotonic())
            time.sleep(pause)

    def look_once(self, now: float) -> None:
        for child in self.children:
            if child.running:
                if child.deaths and now - child.begun > STEADY:
                    child.deaths = 0
            elif child.next_try == 0.0:
                self._died(child, now)
            elif now >= child.next_try:
                child.next_try = 0.0
                self._spawn(child)

    def _died(self, child: Child, now: float) -> None:
        child.deaths = child.deaths + 1 if now - child.begun <= STEADY else 1
        code = child.process.returncode
        self._signal(child, signal.SIGKILL)  # what a killed process left of its own
        if child.deaths >= HOPELESS:
            raise GaveUp(
                f"{child.name} ended {child.deaths} times in a row (last code {code}); "
                f"it said, in {self.logs / f'{child.name}.log'}:\n{self.last_words(child.name)}"
            )
        wait = min(2.0 ** (child.deaths - 1), LONGEST_WAIT)
        child.next_try = now + wait
        self.say(f"{child.name} ended (code {code}); starting it again in {wait:.0f} s")

    # --- stopping ---

    def ask_to_stop(self, *_signal) -> None:
        self.stopping = True

    def stop(self, patience: float = 15.0) -> None:
        """End every child with its group, the broker last. Safe to call twice."""
        self.stopping = True
        for rank in sorted({child.rank for child in self.children}, reverse=True):
            group = [child for child in self.children if child.rank == rank]
            for child in group:
                self._signal(child, signal.SIGTERM)
            end = time.monotonic() + patience
            while any(child.running for child in group) and time.monotonic() < end:
                time.sleep(0.05)
            for child in group:
                self._signal(child, signal.SIGKILL)
                if child.process:
                    child.process.wait()
        self.pids.unlink(missing_ok=True)

    @staticmethod
    def _signal(child: Child, sign: signal.Signals) -> None:
        """SIGTERM goes to the process, which ends its own; SIGKILL to whatever is left of it."""
        if child.process is None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if sign == signal.SIGKILL:
                os.killpg(child.process.pid, sign)
            elif child.running:
                child.process.send_signal(sign)
