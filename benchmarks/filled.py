"""A database of one kind, filled with make_load, asked by a module inside the product, dropped."""

import argparse
import contextlib
import json
import os
import tempfile
from pathlib import Path

from benchmarks.servers import database, run


def measured(kind: str, server: str, module: str, sizes: dict[str, int]) -> list[dict]:
    """What `module` prints about a new database with so much of everything."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kam-filled-")))
        url = f"sqlite:///{folder / 'kam.sqlite3'}"
        if kind == "postgres":
            url = stack.enter_context(database(server, f"kam_filled_{os.getpid()}"))
        environment = {
            "DJANGO_SETTINGS_MODULE": "kam.settings",
            "KAM_DATABASE_URL": url,
            "KAM_DATA_DIR": str(folder),
            "KAM_SECRET_KEY": "only-for-measuring-only-for-measuring-only-for-measuring",
            "KAM_LOG_LEVEL": "WARNING",
        }
        run(environment, "manage.py", "migrate", "--verbosity", "0")
        run(environment, "manage.py", "collectstatic", "--noinput", "--verbosity", "0")
        run(environment, "manage.py", "make_load", *(f"--{k}={v}" for k, v in sizes.items()))
        return json.loads(run(environment, "-m", module))


def options(about: str, **sizes: int):
    """The options of such a script: how much of what, and on which databases."""
    parser = argparse.ArgumentParser(description=about.partition("\n")[0])
    for name, size in sizes.items():
        parser.add_argument(f"--{name}", type=int, default=size)
    parser.add_argument("--only", nargs="*", choices=["postgres", "sqlite"])
    parser.add_argument(
        "--postgres",
        default=os.environ.get("KAM_BENCH_POSTGRES", "postgres://postgres@127.0.0.1:5432/postgres"),
        help="a server on which databases may be made and dropped",
    )
    return parser.parse_args()
