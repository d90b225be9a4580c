"""A PostgreSQL server of one's own, which may be stopped hard without hurting anybody."""

import os
import shutil
import subprocess
import time
from pathlib import Path

from psycopg2 import OperationalError

from benchmarks.servers import connect, free_port


def _program(name: str) -> str:
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)
    program = shutil.which(name) or (str(found[0]) if found else "")
    if not program:
        raise SystemExit(f"{name} is not at hand; PostgreSQL's server programs are needed.")
    return program


class OwnPostgres:
    """Durable as in production (fsync stays on). Root runs it as the user postgres."""

    def __init__(self, folder: Path):
        self.folder, self.port = folder, free_port()
        self.url = f"postgres://postgres@127.0.0.1:{self.port}/postgres"
        folder.mkdir()
        self.become = []
        if os.getuid() == 0:
            shutil.chown(folder, "postgres")
            self.become = ["runuser", "-u", "postgres", "--"]
        self._run(_program("initdb"), "-D", folder, "-U", "postgres", "-A", "trust", "-E", "UTF8")
        self._start()

    def _run(self, *command) -> None:
        done = subprocess.run(
            [*self.become, *map(str, command)],
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        if done.returncode:
            raise SystemExit(f"{command[0]} failed: {done.stderr}")

    def _start(self) -> None:
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1"
        log = self.folder / "server.log"
        control = _program("pg_ctl")
        self._run(control, "-D", self.folder, "-w", "-t", "300", "-l", log, "-o", options, "start")

    def crash(self) -> None:
        """Stop without a checkpoint, as if the power had gone, and come back."""
        self._run(
            *(_program("pg_ctl"), "-D", self.folder, "-m", "immediate", "-w", "-t", "300", "stop")
        )
        time.sleep(1)
        self._start()
        until = time.monotonic() + 60
        while True:  # the workers may take every connection at once
            try:
                connect(self.url).close()
                return
            except OperationalError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.5)

    def stop(self) -> None:
        self._run(_program("pg_ctl"), "-D", self.folder, "-m", "fast", "-w", "stop")
