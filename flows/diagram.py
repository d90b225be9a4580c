"""Draws a flow as boxes and arrows: pure geometry, the template turns it into SVG.

Steps stand below one another, branches side by side, ends in the last row. `flows.ways` says where
each answer leads and which lane it takes; here the boxes get their places and the ways their lines.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from flows.shape import Flow
from flows.ways import Trunk, Way, ways_of

WIDTH, HEIGHT, GAP_X, GAP_Y, MARGIN = 190, 46, 44, 40, 14
LANE = 12  # between two lines side by side
CHANNEL = 9  # between two lines above the ends
SLOT, FIRST_SLOT, BELOW_ARRIVAL = 15, 14, 8  # where ways leave a box sideways
PADDING, LATIN, WIDE = 6, 7, 0x2E7F  # room beside a name, width of a letter, first wide sign
SMALL = 6  # width of a letter of the names of ways
CORNER = 5
ROOM = WIDTH // 2 + GAP_X - 2 * PADDING  # for a name beside a line that leads down


def text_width(text: str) -> int:
    """About how wide the name of a way is; Chinese signs are twice as wide."""
    return sum(SMALL * 2 if ord(sign) > WIDE else SMALL for sign in text)


def cut(text: str, room: int, letter: int = LATIN) -> str:
    """As much of a text as fits into so many pixels."""
    left = room // letter
    for at, sign in enumerate(text):
        left -= 2 if ord(sign) > WIDE else 1
        if left < 0:
            return text[: max(at - 1, 1)].rstrip() + "…"
    return text


@dataclass(frozen=True)
class Node:
    """A step or an end. `state`: here, done or ""; `note`: its time limits, in words."""

    code: str
    name: str
    kind: str
    x: int
    y: int
    state: str = ""
    note: str = ""

    @property
    def short(self) -> str:
        """As much of the name as fits into the box."""
        return cut(self.name, WIDTH - 2 * PADDING)

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
    """A line with its name; several may lead into one that alone carries the arrow."""

    path: str
    label: str = ""
    x: int = 0
    y: int = 0
    yes: bool = True
    arrow: bool = True
    anchor: str = "start"


@dataclass(frozen=True)
class Diagram:
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    width: int
    height: int


def draw(
    flow: Flow,
    language: str,
    *,
    here=frozenset(),
    done=frozenset(),
    notes: Mapping[str, str] | None = None,
    cases: Mapping[str, str] | None = None,
) -> Diagram:
    """The diagram in a language; `here` are the steps a run stands at, `done` those it passed.
    `notes` stand under the names of steps, `cases` are the conditions of decisions in words."""
    return Drawing(flow, language, here, done, notes or {}, cases).diagram()


class Drawing:
    """One flow on its way to a picture."""

    def __init__(self, flow, language, here, done, notes, cases):
        self.flow, self.language = flow, language
        self.here, self.done, self.notes = here, done, notes
        self.ways = ways_of(flow, language, cases)
        self.nodes = self._nodes()
        self.slots = self._slots()

    def diagram(self) -> Diagram:
        edges = (*self._straight(), *self._blocks(), *self._aside())
        right = max([*(node.right for node in self.nodes.values()), *self._names_below()])
        lanes = self._lane("right", len(self.ways.right)) if self.ways.right else 0
        bottom = max([node.bottom for node in self.nodes.values()], default=0)
        return Diagram(
            nodes=tuple(self.nodes.values()),
            edges=edges,
            width=max(right, lanes) + MARGIN,
            height=bottom + MARGIN,
        )

    # Boxes

    def _nodes(self) -> dict[str, Node]:
        left = MARGIN
        if self.ways.left:
            left += self._names("left") + LANE * len(self.ways.left) + PADDING
        found = {}
        for key, (column, row) in self.ways.places.items():
            is_end = key.startswith("end ")
            thing = self.flow.ends[key[4:]] if is_end else self.flow.steps[key]
            state = "here" if key in self.here else "done" if key in self.done else ""
            lower = CHANNEL * self.ways.channels if is_end else 0
            found[key] = Node(
                code=key,
                name=getattr(thing.name, self.language) or thing.code,
                kind="end" if is_end else thing.kind,
                x=left + column * (WIDTH + GAP_X),
                y=MARGIN + row * (HEIGHT + GAP_Y) + lower,
                state=state,
                note=self.notes.get(key, ""),
            )
        return found

    def _names(self, side) -> int:
        """Room for the names of the ways that leave to a side."""
        ways = [way for trunk in getattr(self.ways, side) for way in trunk.ways]
        return max((text_width(way.label) for way in ways), default=0) + 2 * PADDING

    def _lane(self, side, at) -> int:
        """Where a lane runs, the innermost first."""
        if side == "left":
            first = min(node.x for node in self.nodes.values())
            return first - self._names("left") - LANE * at
        steps = [node for key, node in self.nodes.items() if not key.startswith("end ")]
        edge = max(node.right for node in steps)
        names = [
            self.nodes[way.source].right + text_width(way.label) + 2 * PADDING
            for trunk in self.ways.right
            for way in trunk.ways
        ]
        return max([edge + LANE, *names, *self._names_below()]) + LANE * at

    def _names_below(self):
        """Where the names beside lines that lead down end."""
        named = [(way.source, way.label) for way in self.ways.straight]
        named += [first for block in self.ways.blocks for first in block.firsts]
        for code, label in named:
            yield self.nodes[code].middle + min(text_width(label), ROOM) + 2 * PADDING

    def _slots(self) -> dict[tuple[str, str, str], int]:
        """(side, source, target): how far below the top of its box a way leaves it. On the right
        the way to the outermost lane is the highest, on the left the lowest: so none of one box
        crosses another."""
        found = {}
        for side in ("left", "right"):
            trunks = getattr(self.ways, side)
            targets = {trunk.target for trunk in trunks}
            ordered = trunks if side == "left" else tuple(reversed(trunks))
            count: dict[str, int] = {}
            total: dict[str, int] = {}
            for trunk in trunks:
                for way in trunk.ways:
                    total[way.source] = total.get(way.source, 0) + 1
            for trunk in ordered:
                for way in trunk.ways:
                    place = count.get(way.source, 0)
                    count[way.source] = place + 1
                    others, below = total[way.source] - 1, way.source in targets
                    first = FIRST_SLOT if others < 3 else FIRST_SLOT - 5
                    first += BELOW_ARRIVAL + 2 if below else 0
                    step = min(SLOT, (HEIGHT - 1 - first) // max(others, 1))
                    found[side, way.source, trunk.target] = first + place * step
        return found

    # Lines

    def _straight(self):
        """Down to what lies right below."""
        for way in self.ways.straight:
            source, target = self.nodes[way.source], self.nodes[way.target]
            points = [(source.middle, source.bottom), (target.middle, target.y)]
            label = cut(way.label, ROOM, SMALL)
            y = source.bottom + 16
            yield Edge(line(points), label, source.middle + PADDING, y, way.yes)

    def _blocks(self):
        """A block opens into its branches and closes again below them."""
        for block in self.ways.blocks:
            source = self.nodes[block.code]
            firsts = [(self.nodes[code], label) for code, label in block.firsts]
            bus = source.bottom + 12
            yield from self._bus(source, bus, [node for node, _label in firsts])
            for node, label in firsts:
                label = cut(label, ROOM, SMALL)
                points = [(node.middle, bus), (node.middle, node.y)]
                yield Edge(line(points), label, node.middle + PADDING, node.y - PADDING)
            if block.lasts:
                yield from self._closed(block, source)

    def _bus(self, source, y, nodes):
        """Out of a box and along above or below the others."""
        yield Edge(line([(source.middle, source.bottom), (source.middle, y)]), arrow=False)
        yield from self._along(y, [source.middle, *(node.middle for node in nodes)])

    @staticmethod
    def _along(y, middles):
        if min(middles) != max(middles):
            yield Edge(line([(min(middles), y), (max(middles), y)]), arrow=False)

    def _closed(self, block, source):
        y = self._below(block)
        lasts = [(self.nodes[code], self._exit(code)) for code in block.lasts]
        for node, start in lasts:
            if start < y:
                yield Edge(line([(node.middle, start), (node.middle, y)]), arrow=False)
        yield from self._along(y, [source.middle, *(node.middle for node, _start in lasts)])
        if block.then is not None:
            target = self.nodes[block.then.target]
            points = [(source.middle, y), (source.middle, target.y)]
            label = cut(block.then.label, ROOM, SMALL)
            yield Edge(line(points), label, source.middle + PADDING, target.y - PADDING)

    def _below(self, block) -> int:
        return MARGIN + block.last_row * (HEIGHT + GAP_Y) + HEIGHT + 8 + 6 * (block.depth == 0)

    def _exit(self, code) -> int:
        """Where the line below a step begins: a block ends where it closes."""
        inner = next((one for one in self.ways.blocks if one.code == code), None)
        return self._below(inner) if inner else self.nodes[code].bottom

    def _aside(self):
        for side in ("left", "right"):
            for at, trunk in enumerate(getattr(self.ways, side)):
                yield from self._trunk(side, self._lane(side, at), trunk)

    def _trunk(self, side, lane, trunk: Trunk):
        """All ways of one side to one target: they meet in its lane."""
        begun = [self._stub(side, lane, trunk, way) for way in trunk.ways]
        heights = [y for _edge, y in begun]
        arrival = self._arrival(side, lane, trunk)
        last = arrival[0][1]
        far = max(heights, key=lambda y: abs(y - last))
        yes = any(way.yes for way in trunk.ways)
        for edge, y in begun:
            if y != far:
                yield edge
        farthest = next(edge for edge, y in begun if y == far)
        # The one that comes from farthest goes all the way, so that corners are drawn once.
        points = [*self._start(side, lane, trunk, trunk.ways[heights.index(far)]), *arrival]
        yield Edge(
            line(points), farthest.label, farthest.x, farthest.y, yes, anchor=farthest.anchor
        )

    def _start(self, side, lane, trunk, way: Way):
        node = self.nodes[way.source]
        if way.free:
            y = node.y + self.slots[side, way.source, trunk.target]
            return [(node.x if side == "left" else node.right, y), (lane, y)]
        y, x = node.bottom + LANE, node.right - LANE
        return [(x, node.bottom), (x, y), (lane, y)]

    def _stub(self, side, lane, trunk, way: Way):
        points = self._start(side, lane, trunk, way)
        node, y = self.nodes[way.source], points[-1][1]
        x = node.x - PADDING if side == "left" else node.right + PADDING
        anchor = "end" if side == "left" else "start"
        edge = Edge(line(points), way.label, x, y - 3, way.yes, arrow=False, anchor=anchor)
        return edge, y

    def _arrival(self, side, lane, trunk):
        node = self.nodes[trunk.target]
        if trunk.channel is not None:
            y = node.y - GAP_Y // 2 - CHANNEL * (self.ways.channels - 1 - trunk.channel)
            x = node.middle + (WIDTH // 4 if node.code in self.ways.reached else 0)
            return [(lane, y), (x, y), (x, node.y)]
        if trunk.free:
            y = node.y + BELOW_ARRIVAL
            return [(lane, y), (node.x if side == "left" else node.right, y)]
        y, x = node.y - LANE, node.right - LANE
        return [(lane, y), (x, y), (x, node.y)]


def line(points) -> str:
    """A line along points, its corners rounded."""
    points = [one for at, one in enumerate(points) if at == 0 or one != points[at - 1]]
    parts = [f"M{points[0][0]} {points[0][1]}"]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        (ax, ay), (bx, by) = _near(corner, before), _near(corner, after)
        parts.append(f"L{ax} {ay} Q{corner[0]} {corner[1]} {bx} {by}")
    parts.append(f"L{points[-1][0]} {points[-1][1]}")
    return " ".join(parts)


def _near(corner, other):
    """A point just before a corner, on the way from it to another."""
    (x, y), (ox, oy) = corner, other
    dx, dy = ox - x, oy - y
    reach = min(CORNER, max(abs(dx), abs(dy)) // 2)
    return x + reach * ((dx > 0) - (dx < 0)), y + reach * ((dy > 0) - (dy < 0))
