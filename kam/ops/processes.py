"""How each process is started: the one place from which `up`, `serve` and the tests take it."""

import os
import sys
from pathlib import Path


def number(name: str, default: int) -> str:
    return str(int(os.environ.get(name) or default))


def web(host: str, port: int) -> list[str]:
    """Stateless gunicorn processes; any number of them may run behind one address."""
    scratch = ["--worker-tmp-dir", "/dev/shm"] if os.access("/dev/shm", os.W_OK) else []
    bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return [
        *(sys.executable, "-m", "gunicorn", "kam.wsgi:application"),
        *("--bind", bind, "--no-control-socket", "--preload", "--worker-class", "gthread"),
        *("--workers", number("KAM_WEB_WORKERS", 2)),
        *("--threads", number("KAM_WEB_THREADS", 4)),
        *("--timeout", "120", "--graceful-timeout", "20", "--keep-alive", "5"),
        *("--max-requests", "20000", "--max-requests-jitter", "2000"),
        *("--forwarded-allow-ips", os.environ.get("KAM_PROXY_IPS") or "127.0.0.1"),
        *scratch,
    ]


def worker() -> list[str]:
    """A Celery worker; any number of them may run on any number of machines."""
    return [
        *(sys.executable, "-m", "celery", "-A", "kam", "worker"),
        *("--concurrency", number("KAM_WORKER_PROCESSES", 2)),
        *("--max-tasks-per-child", "500", "--loglevel", "INFO"),
        *("--without-gossip", "--without-mingle"),
    ]


def beat() -> list[str]:
    """The clock that says which job is due. Two at once are harmless: jobs claim their work."""
    return [
        *(sys.executable, "-m", "celery", "-A", "kam", "beat"),
        *("--scheduler", "kam.scheduler:CatchUpScheduler"),
        *("--pidfile=", "--loglevel", "INFO"),
    ]


def job_loop() -> list[str]:
    """The same jobs without a broker: one process that runs what is due, again and again."""
    return [sys.executable, "manage.py", "run_jobs", "--loop"]


def broker(binary: str, socket: Path, folder: Path) -> list[str]:
    """The embedded broker and cache: a unix socket, every write on disk, no network.

    Cache entries carry a time to live and may be dropped when memory is short; messages do not.
    """
    return [
        *(binary, "--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700"),
        *("--dir", str(folder), "--appendonly", "yes", "--save", ""),
        *("--maxmemory", "256mb", "--maxmemory-policy", "volatile-lru"),
        *("--daemonize", "no", "--loglevel", "notice"),
    ]
