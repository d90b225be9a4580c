"""The inbox and the list of runs over a million work items, on PostgreSQL and on SQLite.

    .venv/bin/python -m benchmarks.work
    .venv/bin/python -m benchmarks.work --items 20000 --runs 5000 --only sqlite

Each database is made, filled with make_load, asked and dropped. What is asked is what the pages
ask; the plans of the database must walk their indexes. Prints a table as Markdown.
"""

import time

from benchmarks.filled import measured, options

HEAD = (
    "| database | who | asked | queries | median | CPU | walks its index |",
    "|---|---|---|---|---|---|---|",
)


def main() -> None:
    given = options(__doc__, items=1_000_000, runs=100_000, accounts=5_000)
    sizes = {"accounts": given.accounts, "contacts": 200, "opportunities": 200}
    sizes |= {"work-items": given.items, "runs": given.runs}
    print("\n".join(HEAD), flush=True)
    missed = []
    for kind in given.only or ("postgres", "sqlite"):
        began = time.monotonic()
        found = measured(kind, given.postgres, "benchmarks.work_inside", sizes)
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


if __name__ == "__main__":
    main()
