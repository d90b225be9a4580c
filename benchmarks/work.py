"""The inbox and the list of runs over a million work items, on PostgreSQL and on SQLite.

    .venv/bin/python -m benchmarks.work
    .venv/bin/python -m benchmarks.work --items 20000 --runs 5000 --only sqlite

Each database is made, filled with make_load, asked and dropped. What is asked is what the pages
ask; the plans of the database must walk their indexes. Prints a table as Markdown.
"""

import argparse
import contextlib
import json
import os
import tempfile
import time
from pathlib import Path

from benchmarks.servers import database, run

HEAD = (
    "| database | who | asked | queries | median | CPU | walks its index |",
    "|---|---|---|---|---|---|---|",
)


def main() -> None:
    options = _options()
    print("\n".join(HEAD), flush=True)
    missed = []
    for kind in options.only or ("postgres", "sqlite"):
        with contextlib.ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kam-work-")))
            url = f"sqlite:///{folder / 'kam.sqlite3'}"
            if kind == "postgres":
                url = stack.enter_context(database(options.postgres, f"kam_work_{os.getpid()}"))
            began = time.monotonic()
            found = _measured(url, folder, options)
            print(f"<!-- {kind}: {time.monotonic() - began:.0f} s in all -->", flush=True)
        for line in found:
            walks = "–" if line["walks"] is None else "yes" if line["walks"] else "**no**"
            print(
                f"| {kind} | {line['who']} | {line['asked']} | {line['queries']} "
                f"| {line['ms']:.1f} ms | {line['cpu']:.1f} ms | {walks} |",
                flush=True,
            )
            if line["walks"] is False:
                missed.append(f"{kind}: {line['asked']} for {line['who']}\n{line['plan']}")
    if missed:
        raise SystemExit("Without their index:\n" + "\n".join(missed))


def _measured(url: str, folder: Path, options) -> list[dict]:
    environment = {
        "DJANGO_SETTINGS_MODULE": "kam.settings",
        "KAM_DATABASE_URL": url,
        "KAM_DATA_DIR": str(folder),
        "KAM_SECRET_KEY": "only-for-measuring-only-for-measuring-only-for-measuring",
        "KAM_LOG_LEVEL": "WARNING",
    }
    run(environment, "manage.py", "migrate", "--verbosity", "0")
    sizes = {"accounts": options.accounts, "contacts": 200, "opportunities": 200}
    sizes |= {"work-items": options.items, "runs": options.runs}
    run(environment, "manage.py", "make_load", *(f"--{k}={v}" for k, v in sizes.items()))
    return json.loads(run(environment, "-m", "benchmarks.work_inside"))


def _options():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--accounts", type=int, default=5_000)
    parser.add_argument("--only", nargs="*", choices=["postgres", "sqlite"])
    parser.add_argument(
        "--postgres",
        default=os.environ.get("KAM_BENCH_POSTGRES", "postgres://postgres@127.0.0.1:5432/postgres"),
        help="a server on which databases may be made and dropped",
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
