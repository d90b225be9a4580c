"""Calendar, cadence list and results of surveys with 200,000 visits and 100,000 answers.

    .venv/bin/python -m benchmarks.engagement_pages
    .venv/bin/python -m benchmarks.engagement_pages --visits 20000 --answers 10000 --only sqlite

Each database is filled twice with make_load, with a twentieth and with all of it, asked as people
ask, and dropped. A page that needs more queries for more rows ends it with an error. Prints a
table as Markdown; `growth` is the CPU of the large one by that of the small one.
"""

import argparse
import contextlib
import json
import os
import tempfile
import time
from pathlib import Path

from benchmarks.servers import database, run

SMALL = 20
# Kept figures may be asked for again within a measurement.
SLACK = 1
HEAD = (
    "| database | who | page | queries, small | queries, large | median | CPU | growth |",
    "|---|---|---|---|---|---|---|---|",
)


def main() -> None:
    options = _options()
    print("\n".join(HEAD), flush=True)
    grew = []
    for kind in options.only or ("postgres", "sqlite"):
        began = time.monotonic()
        small, large = (_measured(kind, share, options) for share in (SMALL, 1))
        for few, many in zip(small, large, strict=True):
            print(
                f"| {kind} | {many['who']} | {many['asked']} | {few['queries']} "
                f"| {many['queries']} | {many['ms']:.1f} ms | {many['cpu']:.1f} ms "
                f"| {many['cpu'] / max(few['cpu'], 0.1):.2f} |",
                flush=True,
            )
            if many["queries"] > few["queries"] + SLACK:
                grew.append(f"{kind}: {many['asked']} of {many['who']}")
        print(f"<!-- {kind}: {time.monotonic() - began:.0f} s in all -->", flush=True)
    if grew:
        raise SystemExit("More queries for more rows:\n" + "\n".join(grew))


def _measured(kind: str, share: int, options) -> list[dict]:
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kam-pages-")))
        url = f"sqlite:///{folder / 'kam.sqlite3'}"
        if kind == "postgres":
            url = stack.enter_context(database(options.postgres, f"kam_pages_{os.getpid()}"))
        environment = {
            "DJANGO_SETTINGS_MODULE": "kam.settings",
            "KAM_DATABASE_URL": url,
            "KAM_DATA_DIR": str(folder),
            "KAM_SECRET_KEY": "only-for-measuring-only-for-measuring-only-for-measuring",
            "KAM_LOG_LEVEL": "WARNING",
        }
        run(environment, "manage.py", "migrate", "--verbosity", "0")
        run(environment, "manage.py", "collectstatic", "--noinput", "--verbosity", "0")
        sizes = {"accounts": options.accounts, "contacts": 3 * options.accounts}
        sizes |= {"opportunities": 500, "visits": options.visits, "answers": options.answers}
        if share > 1:  # the accounts stay: only what grows by the day is fewer
            sizes |= {name: sizes[name] // share for name in ("visits", "answers")}
        run(environment, "manage.py", "make_load", *(f"--{k}={v}" for k, v in sizes.items()))
        return json.loads(run(environment, "-m", "benchmarks.engagement_pages_inside"))


def _options():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--visits", type=int, default=200_000)
    parser.add_argument("--answers", type=int, default=100_000)
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
