"""What a killed supervisor may leave behind, found again by process id and start time."""

import contextlib
import json
import os
import signal
import subprocess
import time
from pathlib import Path


def start_mark(pid: int) -> str:
    """When the process began, as the system says it; "" if there is none (or only a zombie)."""
    stat = Path(f"/proc/{pid}/stat")
    if stat.exists():
        with contextlib.suppress(OSError):
            fields = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            return "" if fields[0] in "ZX" else fields[19]
        return ""
    if Path("/proc/self").exists():
        return ""
    done = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True)
    return done.stdout.strip()


def write(path: Path, pids: dict[str, int]) -> None:
    """Note which processes run now, so that the next start can tell them from strangers."""
    rows = [{"name": name, "pid": pid, "mark": start_mark(pid)} for name, pid in pids.items()]
    part = path.with_suffix(".part")
    part.write_text(json.dumps(rows), encoding="utf-8")
    part.replace(path)


def clear(path: Path, patience: float = 5.0) -> list[str]:
    """End the processes noted in `path` that still run, with their groups. Returns their names."""
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    alive = [row for row in rows if row["mark"] and start_mark(row["pid"]) == row["mark"]]
    names = [row["name"] for row in alive]
    for sign in (signal.SIGTERM, signal.SIGKILL):
        for row in alive:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(row["pid"], sign)
        end = time.monotonic() + patience
        while alive and time.monotonic() < end:
            alive = [row for row in alive if start_mark(row["pid"]) == row["mark"]]
            time.sleep(0.05)
    path.unlink(missing_ok=True)
    return names
