"""The table of a run."""

from dataclasses import dataclass

HEAD = """# Benchmarks

`.venv/bin/python -m benchmarks.run --out benchmarks/README.md` measures the product against the
floor of its own stack: the least that Django and DRF need for the same work on the same data
(`floor/`). Both are served by gunicorn on one PostgreSQL in one run, interleaved: ours, the
floor, ours again. CPU is that of the web workers and of their database processes. Machines
drift, so only the ratios mean something: 1 is as fast as the floor.

Goals that name a peer ask for so many times the requests of the better of two Django CRMs,
taken as a share of the floor on the machine where both were measured.

Options: `--postgres`, `--redis`, `--seconds`, `--scale`; nothing but the loopback is used.

"""


@dataclass
class Line:
    """One goal. `value` None: it could not be measured, `note` says why."""

    code: str
    work: str
    unit: str
    goal: float
    value: float | None
    rate: float | None = None
    ours: str = ""
    floor: str = ""
    at_most: bool = False
    note: str = ""
    plain: bool = False

    @property
    def good(self) -> bool:
        if self.value is None:
            return False
        return self.value <= self.goal if self.at_most else self.value >= self.goal

    @property
    def wanted(self) -> str:
        return f"{'at most' if self.at_most else 'at least'} {self.goal:.3g} {self.unit}".strip()

    @property
    def found(self) -> str:
        return "not measured" if self.value is None else f"{self.value:.3g}"

    def text(self) -> str:
        mark = "ok  " if self.good else "MISS"
        rate = "" if self.rate is None else f" (requests {self.rate:.3g})"
        sides = f"; ours {self.ours}, floor {self.floor}" if self.ours else ""
        return (
            f"{mark} {self.code} {self.work}: {self.found}{rate}, {self.wanted}{sides} {self.note}"
        )


def page(lines: list[Line], *, about: str) -> str:
    rows = [
        "| goal | work | wanted | by CPU | by requests | ours | floor | reached | note |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for line in lines:
        rate = "" if line.rate is None else f"{line.rate:.3g}"
        rows.append(
            f"| {line.code} | {line.work} | {line.wanted} | {line.found} | {rate} | {line.ours} "
            f"| {line.floor} | {'yes' if line.good else '**no**'} | {line.note} |"
        )
    reached = sum(line.good for line in lines)
    return f"{HEAD}{about}\n\n" + "\n".join(rows) + f"\n\n{reached} of {len(lines)} reached.\n"
