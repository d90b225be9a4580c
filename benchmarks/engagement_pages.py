"""Calendar, cadence list and results of surveys with 200,000 visits and 100,000 answers.

    .venv/bin/python -m benchmarks.engagement_pages
    .venv/bin/python -m benchmarks.engagement_pages --visits 20000 --answers 10000 --only sqlite

Each database is filled twice with make_load, with a twentieth and with all of it, asked as people
ask, and dropped. A page that needs more queries for more rows ends it with an error. Prints a
table as Markdown; `growth` is the CPU of the large one by that of the small one.
"""

import time

from benchmarks.filled import measured, options

SMALL = 20
# Kept figures may be asked for again within a measurement.
SLACK = 1
HEAD = (
    "| database | who | page | queries, small | queries, large | median | CPU | growth |",
    "|---|---|---|---|---|---|---|---|",
)


def main() -> None:
    given = options(__doc__, visits=200_000, answers=100_000, accounts=5_000)
    print("\n".join(HEAD), flush=True)
    grew = []
    for kind in given.only or ("postgres", "sqlite"):
        began = time.monotonic()
        small, large = (_asked(kind, share, given) for share in (SMALL, 1))
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


def _asked(kind: str, share: int, given) -> list[dict]:
    """The accounts stay: only what grows by the day is fewer."""
    sizes = {"accounts": given.accounts, "contacts": 3 * given.accounts, "opportunities": 500}
    sizes |= {"visits": given.visits // share, "answers": given.answers // share}
    return measured(kind, given.postgres, "benchmarks.engagement_pages_inside", sizes)


if __name__ == "__main__":
    main()
