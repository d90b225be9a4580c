"""Diagrams can be read: no line runs through a box, no name lies on another or on a lane."""

import re

import pytest

from flows.definition import read
from flows.diagram import HEIGHT, WIDTH, draw, line, text_width
from flows.ways import ways_of
from tests.flows.test_library import FLOWS

LANGUAGES = ("zh", "en")
every_flow = pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.code)
every_language = pytest.mark.parametrize("language", LANGUAGES)
NESTED = """
flow: X-1
subject: account
zh: 并
en: Nested
steers: no
steps:
  - step: fork
    kind: parallel
    zh: 分
    en: Fork
    branches:
      a:
        zh: 甲
        en: First
        steps:
          - {step: a1, zh: 甲一, en: A one, who: owner, then: {done: inner, return: a1}}
          - step: inner
            kind: parallel
            zh: 内
            en: Inner
            branches:
              c:
                zh: 丙
                en: Third
                steps: [{step: c1, zh: 丙, en: C, who: owner, then: end branch}]
              d:
                zh: 丁
                en: Fourth
                steps: [{step: d1, zh: 丁, en: D, who: owner, then: end branch}]
            then: end branch
      b:
        zh: 乙
        en: Second
        steps:
          - step: b1
            zh: 乙一
            en: B
            who: owner
            then: {done: end branch, no: after, late: end x}
    then: after
  - {step: after, zh: 后, en: After, who: owner, then: {done: end x, return: fork}}
ends:
  x: {zh: 完, en: Over}
  y: {zh: 停, en: Stopped}
"""


def points(path):
    """The corners of a path: rounded ones are named by their middle."""
    parts = re.findall(r"[MLQ]([-\d. ]+)", path)
    return [[float(one) for one in numbers.split()[:2]] for numbers in parts]


def segments(edge):
    corners = points(edge.path)
    return list(zip(corners, corners[1:], strict=False))


def box_of_name(edge):
    width = text_width(edge.label)
    left = edge.x - width if edge.anchor == "end" else edge.x
    return left, edge.y - 8, left + width, edge.y


def meet(one, other) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def box(node):
    return node.x + 1, node.y + 1, node.x + WIDTH - 1, node.y + HEIGHT - 1


def check(drawn):
    for edge in drawn.edges:
        for (ax, ay), (bx, by) in segments(edge):
            stroke = (min(ax, bx), min(ay, by), max(ax, bx) + 0.1, max(ay, by) + 0.1)
            through = [node.name for node in drawn.nodes if meet(stroke, box(node))]
            assert not through, (edge, through)
            assert stroke[0] >= 0 and stroke[2] <= drawn.width and stroke[3] <= drawn.height
    named = [edge for edge in drawn.edges if edge.label]
    for at, edge in enumerate(named):
        name = box_of_name(edge)
        assert name[0] >= 0 and name[2] <= drawn.width, edge
        assert not [n.name for n in drawn.nodes if meet(name, box(n))], edge
        assert not [o.label for o in named[:at] if meet(name, box_of_name(o))], edge
        for other in drawn.edges:
            for (ax, ay), (bx, by) in segments(other):
                upright = ax == bx and (ax, min(ay, by) + 1, ax + 0.1, max(ay, by) - 1)
                assert not (upright and meet(name, upright)), (edge, other)


@every_language
@every_flow
def test_a_shipped_flow_can_be_read(flow, language):
    drawn = draw(flow, language)
    check(drawn)
    arrows = sum(edge.arrow for edge in drawn.edges)
    assert len(drawn.nodes) == len(flow.steps) + len(flow.ends) and arrows >= len(flow.steps)


@every_language
def test_branches_within_branches_stand_beside_each_other(language):
    flow = read(NESTED)
    drawn = draw(flow, language)
    places = [(node.x, node.y) for node in drawn.nodes]
    assert len(set(places)) == len(places)
    at = {node.code: node for node in drawn.nodes}
    assert at["a1"].x == at["inner"].x == at["c1"].x < at["d1"].x < at["b1"].x
    assert at["after"].y > at["d1"].y > at["inner"].y
    check(drawn)


def test_ways_to_one_target_share_a_lane_and_their_names_are_joined():
    flow = next(one for one in FLOWS if one.code == "F-03B")
    ways = ways_of(flow, "en")
    assert len({trunk.target for trunk in ways.right}) == len(ways.right)
    assert {trunk.target for trunk in ways.left} == {"fill"} or ways.left
    for code, step in flow.steps.items():
        shown = [w for w in ways.straight if w.source == code]
        shown += [w for trunk in (*ways.left, *ways.right) for w in trunk.ways if w.source == code]
        shown += [b.then for b in ways.blocks if b.code == code and b.then]
        assert {w.target for w in shown} == {o.target for o in step.outcomes.values()}


def test_a_decision_says_its_conditions():
    flow = next(one for one in FLOWS if one.code == "F-02B")
    condition = next(step.conditions[0] for step in flow.steps.values() if step.conditions)
    labels = {edge.label for edge in draw(flow, "en", cases={condition: "no money"}).edges}
    assert "no money" in labels
    assert condition in {edge.label for edge in draw(flow, "en").edges}


def test_corners_are_rounded_and_short_ones_are_not_overshot():
    assert line([(0, 0), (20, 0), (20, 20)]) == "M0 0 L15 0 Q20 0 20 5 L20 20"
    assert line([(0, 0), (4, 0), (4, 4)]) == "M0 0 L2 0 Q4 0 4 2 L4 4"
    assert line([(0, 0), (0, 0), (9, 0)]) == "M0 0 L9 0"
