"""Draws a flow as boxes and arrows: pure geometry, the template turns it into SVG."""

from dataclasses import dataclass, replace

from flows.shape import END_OF_BRANCH, Flow

WIDTH, HEIGHT, GAP_X, GAP_Y, MARGIN = 190, 46, 44, 34, 14
LOOP = 26  # how far an arrow that jumps swings out, per row it passes
MOST_SWING = 120
LINE = 14  # ways to the side are named below each other
PADDING, LATIN, WIDE = 6, 7, 0x2E7F  # room beside a name, width of a letter, first wide sign


@dataclass(frozen=True)
class Node:
    """A step or an end. `state`: here, done or ""."""

    code: str
    name: str
    kind: str
    x: int
    y: int
    state: str = ""

    @property
    def short(self) -> str:
        """As much of the name as fits into the box; Chinese signs are twice as wide."""
        room = (WIDTH - 2 * PADDING) // LATIN
        for at, sign in enumerate(self.name):
            room -= 2 if ord(sign) > WIDE else 1
            if room < 0:
                return self.name[: max(at - 1, 1)].rstrip() + "…"
        return self.name

    @property
    def middle(self) -> int:
        return self.x + WIDTH // 2

    @property
    def bottom(self) -> int:
        return self.y + HEIGHT

    @property
    def right(self) -> int:
        return self.x + WIDTH

    @property
    def centre(self) -> int:
        return self.y + HEIGHT // 2


@dataclass(frozen=True)
class Edge:
    path: str
    label: str
    x: int
    y: int
    yes: bool


@dataclass(frozen=True)
class Diagram:
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    width: int
    height: int


def draw(flow: Flow, language: str, *, here=frozenset(), done=frozenset()) -> Diagram:
    """The diagram in a language; `here` are the steps a run stands at, `done` those it passed."""
    places, row = {}, 0
    for code, step in flow.steps.items():
        if not step.block:
            places[code] = (0, row)
            row = _place_branches(flow, step, places, row) + 1
    for column, code in enumerate(flow.ends):
        places[f"end {code}"] = (column, row)
    nodes = {key: _node(flow, key, at, language, here, done) for key, at in places.items()}
    edges = tuple(_edges(flow, nodes, language))
    columns = 1 + max((column for column, _row in places.values()), default=0)
    return Diagram(
        nodes=tuple(nodes.values()),
        edges=edges,
        width=2 * MARGIN + columns * (WIDTH + GAP_X) + MOST_SWING,
        height=2 * MARGIN + (row + 1) * (HEIGHT + GAP_Y),
    )


def _place_branches(flow, block, places, row) -> int:
    """Branches stand side by side below their block; returns the last row used."""
    last, column = row, places[block.code][0]
    for offset, branch in enumerate(block.branches):
        line = row
        for code, step in flow.steps.items():
            if step.block == block.code and step.branch == branch.code:
                line += 1
                places[code] = (column + offset, line)
                line = _place_branches(flow, step, places, line)
        last = max(last, line)
    return last


def _node(flow, key, at, language, here, done) -> Node:
    column, row = at
    is_end = key.startswith("end ")
    thing = flow.ends[key[4:]] if is_end else flow.steps[key]
    state = "here" if key in here else "done" if key in done else ""
    return Node(
        code=key,
        name=getattr(thing.name, language) or thing.code,
        kind="end" if is_end else thing.kind,
        x=MARGIN + column * (WIDTH + GAP_X),
        y=MARGIN + row * (HEIGHT + GAP_Y),
        state=state,
    )


def _edges(flow, nodes, language):
    """One for each way; a draft may still name steps and ends that are not there."""
    for code, step in flow.steps.items():
        source, aside = nodes[code], 0
        for branch in step.branches:
            yield _edge(source, nodes[branch.first], getattr(branch.name, language), True)
        for outcome in step.outcomes.values():
            if outcome.end == END_OF_BRANCH or outcome.target not in nodes:
                continue
            label, target = getattr(outcome.name, language), nodes[outcome.target]
            edge = _edge(source, target, label, outcome.code == step.positive)
            if not _near(source, target):
                edge = replace(edge, y=edge.y + aside * LINE)
                aside += 1
            yield edge


def _near(source: Node, target: Node) -> bool:
    return 0 < target.y - source.bottom <= GAP_Y


def _edge(source: Node, target: Node, label, yes) -> Edge:
    """Straight down to what lies below, else a curve out to the right."""
    if _near(source, target):
        path = f"M{source.middle} {source.bottom} L{target.middle} {target.y}"
        return Edge(path, label, (source.middle + target.middle) // 2 + 6, target.y - 12, yes)
    rows = max(1, abs(target.y - source.y) // (HEIGHT + GAP_Y))
    swing = max(source.right, target.right) + min(LOOP + 12 * rows, MOST_SWING)
    path = (
        f"M{source.right} {source.centre} C{swing} {source.centre} "
        f"{swing} {target.centre} {target.right} {target.centre}"
    )
    return Edge(path, label, source.right + 6, source.centre - 4, yes)
