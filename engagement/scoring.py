"""How answers of a survey become scores (满意度计分, R-ENG-30, R-ENG-33). Pure.

A mark counts from the lowest of its scale (0) to the highest (100). A customer's overall score is
the mean of the dimensions answered, by weight. An account's score is the mean of its answers. Net
promoters are the share of promoters less the share of detractors, in points from -100 to 100.
Every score has one decimal; halves are rounded away from zero.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

ONE = Decimal("0.1")
DETRACTOR, PASSIVE, PROMOTER = "detractor", "passive", "promoter"
SCORE = "score"


@dataclass(frozen=True)
class Dimension:
    """One thing that is marked: from `low` to `high`, counting `weight` in the whole."""

    code: str
    weight: Decimal = Decimal(1)
    low: int = 1
    high: int = 5


@dataclass(frozen=True)
class Limits:
    """Below which score something has to be done; of the whole and of one dimension."""

    score: Decimal
    dimension: Decimal


@dataclass(frozen=True)
class Scores:
    """One answered questionnaire. `dimensions` holds what was marked, by code."""

    overall: Decimal | None
    dimensions: dict[str, Decimal]
    nps: int | None
    group: str


def rounded(value: Decimal) -> Decimal:
    return value.quantize(ONE, rounding=ROUND_HALF_UP)


def mark(dimension: Dimension, value) -> Decimal:
    """Where a mark lies between the ends of its scale, 0 to 100, not rounded."""
    share = (Decimal(value) - dimension.low) / (dimension.high - dimension.low)
    return min(max(share, Decimal(0)), Decimal(1)) * 100


def group_of(nps: int | None) -> str:
    """0 to 6 speaks against us, 7 and 8 neither way, 9 and 10 for us."""
    if nps is None:
        return ""
    return DETRACTOR if nps <= 6 else PASSIVE if nps <= 8 else PROMOTER


def score(dimensions: Iterable[Dimension], marks: Mapping[str, object], nps=None) -> Scores:
    """Scores of one questionnaire from its marks by dimension; what was not answered counts for
    nothing. Where no dimension has a weight they count alike."""
    known = [one for one in dimensions if marks.get(one.code) is not None]
    if not any(one.weight for one in known):
        known = [Dimension(one.code, Decimal(1), one.low, one.high) for one in known]
    got = sum((one.weight * mark(one, marks[one.code]) for one in known), Decimal(0))
    of = sum((one.weight for one in known), Decimal(0))
    nps = None if nps is None else int(nps)
    return Scores(
        overall=rounded(got / of) if of else None,
        dimensions={one.code: rounded(mark(one, marks[one.code])) for one in known},
        nps=nps,
        group=group_of(nps),
    )


def mean(total, count: int) -> Decimal | None:
    """The mean of `count` scores whose sum a database gave, perhaps as a binary number: a sum of
    scores has one decimal, so that is what it is."""
    if not count or total is None:
        return None
    return rounded(rounded(Decimal(str(round(float(total), 1)))) / count)


def net_promoters(promoters: int, detractors: int, answered: int) -> Decimal | None:
    if not answered:
        return None
    return rounded(Decimal(promoters - detractors) * 100 / answered)


def rate(part: int, whole: int) -> Decimal | None:
    """The share that answered, 0 to 1; None where nobody was asked."""
    return Decimal(part) / whole if whole else None


def reasons(
    overall: Decimal | None, dimensions: Mapping[str, Decimal], limits: Limits
) -> list[tuple[str, Decimal]]:
    """Why an account needs an improvement: ("score" or "dimension:<code>", its score)."""
    found = []
    if overall is not None and overall < limits.score:
        found.append((SCORE, overall))
    for code, value in dimensions.items():
        if value < limits.dimension:
            found.append((f"dimension:{code}", value))
    return found


def is_effective(before: Decimal | None, after: Decimal, wanted: Decimal) -> bool:
    """Whether an improvement showed in the next round: what was wanted is reached. Without a
    former score reaching it is all there is to tell."""
    return after >= wanted and (before is None or after >= before)
