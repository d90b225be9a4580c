"""Where the answers of a flow lead in its diagram: straight down, into branches, or to a lane.

Pure. Places are (column, row). Ways of one side to one target share a lane; back leads left,
forward right; the lanes stand in the order in which their lines cross least.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import permutations

from flows.shape import END_OF_BRANCH, Flow

MOST_TRIED = 6  # lanes whose every order is tried


@dataclass(frozen=True)
class Way:
    """All answers from one step to one target. `free`: nothing stands beside the step."""

    source: str
    target: str
    label: str
    yes: bool
    free: bool = True


@dataclass(frozen=True)
class Trunk:
    """The ways of one side to one target. `channel`: its place above the ends, for an end."""

    target: str
    ways: tuple[Way, ...]
    free: bool = True
    channel: int | None = None


@dataclass(frozen=True)
class Block:
    """A parallel step: the first step of each branch with its name, the last ones, and the way on
    to what stands right below."""

    code: str
    firsts: tuple[tuple[str, str], ...]
    lasts: tuple[str, ...]
    last_row: int
    depth: int = 0
    then: Way | None = None


@dataclass
class Ways:
    places: dict[str, tuple[int, int]] = field(default_factory=dict)
    straight: list[Way] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    left: tuple[Trunk, ...] = ()
    right: tuple[Trunk, ...] = ()

    @property
    def channels(self) -> int:
        return sum(trunk.channel is not None for trunk in self.right)

    @property
    def reached(self) -> set[str]:
        """What a line from right above leads to."""
        then = {block.then.target for block in self.blocks if block.then}
        return {way.target for way in self.straight} | then


def ways_of(flow: Flow, language: str, cases: Mapping[str, str] | None = None) -> Ways:
    """Everything a picture of the flow has to show; a draft may name what is not there. `cases`
    are the conditions of decisions in words."""
    found = Ways(places=_places(flow))
    rows: dict[int, list[int]] = {}
    for column, row in found.places.values():
        rows.setdefault(row, []).append(column)
    aside: dict[tuple[str, str], list[Way]] = {}
    for code, step in flow.steps.items():
        block = _block(flow, step, found.places, language) if step.branches else None
        for target, (label, yes) in _answers(step, found.places, language, cases or {}).items():
            way = Way(code, target, label, yes)
            column, row = found.places[code]
            below = (column, row + 1)
            if block and found.places[target] == (column, block.last_row + 1) and yes:
                block = _with(block, way)
            elif not step.branches and found.places[target] == below:
                found.straight.append(way)
            else:
                side = _side(found.places, code, target)
                way = Way(code, target, label, yes, free=_is_free(rows, found.places[code], side))
                aside.setdefault((side, target), []).append(way)
        if block:
            found.blocks.append(block)
    _lanes(found, aside, rows)
    return found


def _answers(step, places, language, cases) -> dict[str, tuple[str, bool]]:
    """Each target once, with the names of all answers that lead there."""
    found: dict[str, tuple[list[str], bool]] = {}
    conditions = dict(zip(step.outcomes, step.conditions, strict=False))
    for outcome in step.outcomes.values():
        if outcome.end == END_OF_BRANCH or outcome.target not in places:
            continue
        names, yes = found.setdefault(outcome.target, ([], False))
        condition = conditions.get(outcome.code, "")
        name = getattr(outcome.name, language) or cases.get(condition, condition)
        names += [name] if name and name not in names else []
        found[outcome.target] = (names, yes or outcome.code == step.positive)
    return {target: (" / ".join(names), yes) for target, (names, yes) in found.items()}


def _side(places, code, target) -> str:
    """Back on the left where nothing stands before it, all else on the right."""
    (column, row), (to_column, to_row) = places[code], places[target]
    return "left" if to_row <= row and column == to_column == 0 else "right"


def _is_free(rows, place, side) -> bool:
    column, row = place
    return column == (min(rows[row]) if side == "left" else max(rows[row]))


# Places


def _places(flow) -> dict[str, tuple[int, int]]:
    places: dict[str, tuple[int, int]] = {}
    row = 0
    for code, step in flow.steps.items():
        if not step.block:
            places[code] = (0, row)
            row = _place_branches(flow, step, places, row) + 1
    for column, code in enumerate(flow.ends):
        places[f"end {code}"] = (column, row)
    return places


def _place_branches(flow, block, places, row) -> int:
    """Branches stand side by side below their block; returns the last row used."""
    last, column = row, places[block.code][0]
    for branch in block.branches:
        line = row
        for code in _line_of(flow, block, branch):
            line += 1
            places[code] = (column, line)
            line = _place_branches(flow, flow.steps[code], places, line)
        last = max(last, line)
        column += _columns(flow, block, branch)
    return last


def _line_of(flow, block, branch) -> list[str]:
    return [
        code
        for code, step in flow.steps.items()
        if step.block == block.code and step.branch == branch.code
    ]


def _columns(flow, block, branch) -> int:
    """How many columns a branch takes with the blocks inside it."""
    inner = (flow.steps[code] for code in _line_of(flow, block, branch))
    return max([1, *(sum(_columns(flow, one, b) for b in one.branches) for one in inner)])


# Blocks


def _block(flow, step, places, language) -> Block:
    lines = {branch: _line_of(flow, step, branch) for branch in step.branches}
    firsts = [(branch.first, getattr(branch.name, language)) for branch in lines]
    closing = [
        line[-1]
        for line in lines.values()
        if line and any(o.end == END_OF_BRANCH for o in flow.steps[line[-1]].outcomes.values())
    ]
    return Block(
        code=step.code,
        firsts=tuple(firsts),
        lasts=tuple(closing),
        last_row=_last_row(flow, step, places),
        depth=len(flow.blocks_around(step.code)) - 1,
    )


def _last_row(flow, block, places) -> int:
    rows = [places[block.code][1]]
    for code, step in flow.steps.items():
        if block.code in flow.blocks_around(code):
            rows.append(places[step.code][1])
    return max(rows)


def _with(block: Block, way: Way) -> Block:
    return Block(block.code, block.firsts, block.lasts, block.last_row, block.depth, way)


# Lanes


def _lanes(found, aside, rows):
    """Puts the ways into lanes; an end further left has a higher channel and stands further in."""
    last = max((row for _column, row in found.places.values()), default=0)
    ends = sorted(
        (target for side, target in aside if side == "right" and target.startswith("end ")),
        key=lambda target: found.places[target][0],
    )
    for side in ("left", "right"):
        trunks = []
        for (where, target), ways in aside.items():
            if where == side:
                channel = ends.index(target) if target in ends and side == "right" else None
                free = channel is None and _is_free(rows, found.places[target], side)
                trunks.append(Trunk(target, tuple(ways), free, channel))
        setattr(found, side, _ordered(trunks, found.places, last))


def _ordered(trunks, places, last) -> tuple[Trunk, ...]:
    """From the inside out, so that few lines cross."""
    spans = {trunk.target: _span(trunk, places, last) for trunk in trunks}
    if len(trunks) <= MOST_TRIED:
        return min(permutations(trunks), key=lambda order: _crossings(order, spans), default=())
    order: list[Trunk] = []
    for trunk in sorted(trunks, key=lambda one: max(spans[one.target]) - min(spans[one.target])):
        tried = [[*order[:at], trunk, *order[at:]] for at in range(len(order) + 1)]
        order = min(tried, key=lambda one: _crossings(one, spans))
    return tuple(order)


def _span(trunk, places, last) -> list[float]:
    """The rows at which a trunk has lines to the side."""
    rows = [float(places[way.source][1]) for way in trunk.ways]
    if trunk.channel is None:
        # It arrives a little above what leaves the same box.
        return [*rows, places[trunk.target][1] - 0.1]
    return [*rows, last - 0.5 + trunk.channel / 100]


def _crossings(order, spans) -> int:
    """How often a line to a lane further out meets a lane further in; just above the ends, where
    many run close together, it counts more."""
    count = 0
    for at, trunk in enumerate(order):
        for inner in order[:at]:
            low, high = min(spans[inner.target]), max(spans[inner.target])
            met = [row for row in spans[trunk.target] if low < row < high]
            count += len(met) + 2 * any(row == max(spans[trunk.target]) for row in met)
    return count
