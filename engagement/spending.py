"""What may be spent, and what is wrong with a claim (R-ENG-10). Amounts in the company's currency
where a limit is compared; everything else in the currency of the claim."""

import datetime
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
BUDGET, COMPLIANCE = "budget", "compliance"


@dataclass(frozen=True)
class Spent:
    """One line of a claim. `base` is its amount in the company's currency."""

    category: str
    amount: Decimal
    base: Decimal
    spent_on: datetime.date
    people: int | None = None
    invoice: str = ""
    note: str = ""
    counts_people: bool = False
    needs_invoice: bool = False


@dataclass(frozen=True)
class Cap:
    """A limit of one category; `tier` None: for every tier without one of its own."""

    category: str
    kind: str
    tier: int | None = None
    per_line: Decimal | None = None
    per_person: Decimal | None = None


@dataclass(frozen=True)
class Finding:
    """What is wrong with a line (its number from 1). `limit` is what was allowed;
    `refused`: it stops the claim (else a note on the line explains it)."""

    line: int
    code: str
    limit: Decimal | None = None
    refused: bool = True


def total_of(amounts: Iterable[Decimal]) -> Decimal:
    """The sum to the cent."""
    return sum(amounts, Decimal(0)).quantize(CENT, rounding=ROUND_HALF_UP)


def invoice_key(number: str) -> str:
    """An invoice number as it is compared: without blanks and dashes, in capitals."""
    return re.sub(r"[\s\-–—_/.]+", "", number).upper()


def caps_for(caps: Iterable[Cap], category: str, tier: int | None) -> list[Cap]:
    """The limits that hold: of each kind the tier's own, else the one for all others. A compliance
    limit for all holds beside the tier's."""
    mine = [cap for cap in caps if cap.category == category]
    own = {cap.kind: cap for cap in mine if cap.tier is not None and cap.tier == tier}
    others = {cap.kind: cap for cap in mine if cap.tier is None}
    found = [own.get(kind) or others.get(kind) for kind in (BUDGET, COMPLIANCE)]
    if COMPLIANCE in own and COMPLIANCE in others:
        found.append(others[COMPLIANCE])
    return [cap for cap in found if cap is not None]


def allowed(cap: Cap, people: int | None) -> Decimal | None:
    """The most one line may come to under a limit: the smaller of both. Without a number of people
    a limit per person counts for one."""
    limits = []
    if cap.per_line is not None:
        limits.append(cap.per_line)
    if cap.per_person is not None:
        limits.append(cap.per_person * max(people or 1, 1))
    return min(limits) if limits else None


def tightest(caps: Iterable[Cap], people: int | None) -> tuple[Decimal | None, Decimal | None]:
    """(budget, compliance): the most under each kind of limit; None where there is none."""
    found: dict[str, Decimal] = {}
    for cap in caps:
        most = allowed(cap, people)
        if most is not None:
            found[cap.kind] = min(most, found.get(cap.kind, most))
    return found.get(BUDGET), found.get(COMPLIANCE)


def check(
    lines: list[Spent], caps: Iterable[Cap], tier: int | None, *, today, days: int
) -> list[Finding]:
    """Everything wrong with the lines, in their order."""
    caps, found = list(caps), []
    keys = Counter(invoice_key(line.invoice) for line in lines if invoice_key(line.invoice))
    for number, line in enumerate(lines, start=1):
        found += _of_line(number, line, today, days)
        if keys[invoice_key(line.invoice)] > 1:
            found.append(Finding(number, "invoice_twice"))
        found += _over(number, line, caps_for(caps, line.category, tier))
    return found


def _of_line(number, line, today, days):
    if line.spent_on > today:
        yield Finding(number, "future")
    elif (today - line.spent_on).days > days:
        yield Finding(number, "too_old", Decimal(days))
    if line.counts_people and not line.people:
        yield Finding(number, "people")
    if line.needs_invoice and not invoice_key(line.invoice):
        yield Finding(number, "invoice")


def _over(number, line, caps):
    budget, compliance = tightest(caps, line.people)
    if compliance is not None and line.base > compliance:
        yield Finding(number, "compliance", compliance)
    elif budget is not None and line.base > budget:
        yield Finding(number, "budget", budget, refused=not line.note.strip())
