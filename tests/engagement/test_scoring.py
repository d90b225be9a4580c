"""Scores of surveys, each worked out by hand."""

from decimal import Decimal as D

import pytest

from documents.answers import score as document_score
from documents.definition import read
from engagement import questions
from engagement.scoring import (
    Dimension,
    Limits,
    group_of,
    is_effective,
    mark,
    mean,
    net_promoters,
    rate,
    reasons,
    rounded,
    score,
)

FIVE = Dimension("product", D(40))
THREE = (FIVE, Dimension("delivery", D(25)), Dimension("after_sales", D(35)))
LIMITS = Limits(D(60), D(50))


@pytest.mark.parametrize(
    ("low", "high", "value", "wanted"),
    [(1, 5, 1, 0), (1, 5, 3, 50), (1, 5, 5, 100), (1, 5, 4, 75), (0, 10, 7, 70), (1, 10, 10, 100)],
)
def test_a_mark_counts_from_the_lowest_to_the_highest_of_its_scale(low, high, value, wanted):
    assert mark(Dimension("x", D(1), low, high), value) == wanted


def test_the_ends_of_the_scale_are_the_ends_of_the_score():
    assert mark(FIVE, 9) == 100 and mark(FIVE, 0) == 0


@pytest.mark.parametrize(
    ("marks", "overall"),
    [
        ({"product": 5, "delivery": 5, "after_sales": 5}, "100.0"),
        ({"product": 1, "delivery": 1, "after_sales": 1}, "0.0"),
        # (40 * 75 + 25 * 50 + 35 * 100) / 100 = 77.5
        ({"product": 4, "delivery": 3, "after_sales": 5}, "77.5"),
        # Without delivery: (40 * 75 + 35 * 25) / 75 = 51.666…
        ({"product": 4, "after_sales": 2}, "51.7"),
        # (25 * 75 + 35 * 50) / 60 = 60.41666…
        ({"delivery": 4, "after_sales": 3}, "60.4"),
        ({"delivery": 2}, "25.0"),
    ],
)
def test_the_overall_score_is_the_weighted_mean_of_what_was_answered(marks, overall):
    assert score(THREE, marks).overall == D(overall)


def test_nothing_answered_is_no_score():
    told = score(THREE, {})
    assert told.overall is None and told.dimensions == {} and told.group == ""


def test_dimensions_without_any_weight_count_alike():
    plain = [Dimension("a", D(0)), Dimension("b", D(0))]
    assert score(plain, {"a": 5, "b": 2}).overall == D("62.5")


def test_a_dimension_without_weight_beside_weighted_ones_has_a_score_of_its_own_only():
    told = score((*THREE, Dimension("network", D(0))), {"product": 5, "network": 1})
    assert told.overall == 100 and told.dimensions == {"product": D(100), "network": D(0)}


@pytest.mark.parametrize(
    ("nps", "group"),
    [(0, "detractor"), (6, "detractor"), (7, "passive"), (8, "passive"), (9, "promoter"),
     (10, "promoter"), (None, "")],
)  # fmt: skip
def test_groups_of_those_who_recommend_us(nps, group):
    assert group_of(nps) == group


@pytest.mark.parametrize(
    ("promoters", "detractors", "answered", "wanted"),
    [(5, 2, 10, "30.0"), (0, 10, 10, "-100.0"), (1, 0, 3, "33.3"), (0, 2, 3, "-66.7")],
)
def test_net_promoters(promoters, detractors, answered, wanted):
    assert net_promoters(promoters, detractors, answered) == D(wanted)


def test_nobody_asked_is_no_figure():
    assert net_promoters(0, 0, 0) is None
    assert rate(0, 0) is None and rate(3, 12) == D("0.25")
    assert mean(None, 0) is None and mean(0, 0) is None


@pytest.mark.parametrize(
    ("total", "count", "wanted"),
    [
        (D("151.0"), 2, "75.5"),
        (155.1, 2, "77.6"),  # 77.55: halves go away from zero
        (0.1 + 0.2, 1, "0.3"),  # what a binary sum makes of 0.3
        (200.2, 3, "66.7"),
        (0, 4, "0.0"),
    ],
)
def test_a_mean_is_exact_also_of_a_binary_sum(total, count, wanted):
    assert mean(total, count) == D(wanted)


def test_halves_are_rounded_away_from_zero():
    assert rounded(D("66.65")) == D("66.7") and rounded(D("-66.65")) == D("-66.7")


def test_below_a_limit_something_has_to_be_done():
    assert reasons(D("59.9"), {"a": D("49.9"), "b": D("50.0")}, LIMITS) == [
        ("score", D("59.9")),
        ("dimension:a", D("49.9")),
    ]
    assert reasons(D("60.0"), {}, LIMITS) == []
    assert reasons(None, {"a": D(0)}, LIMITS) == [("dimension:a", D(0))]


@pytest.mark.parametrize(
    ("before", "after", "wanted", "effective"),
    [
        ("40", "60", "60", True),
        ("40", "59.9", "60", False),
        ("70", "65", "60", False),  # it was better before
        (None, "60", "60", True),
    ],
)
def test_an_improvement_shows_when_what_was_wanted_is_reached(before, after, wanted, effective):
    before = None if before is None else D(before)
    assert is_effective(before, D(after), D(wanted)) is effective


FORM = """
document: q
kind: questionnaire
en: Q
sections:
  - section: all
    en: All
    fields:
      - {field: product, kind: rating, en: Product, reportable: yes, weight: 40}
      - {field: delivery, kind: rating, en: Delivery, reportable: yes, weight: 25, scale: 7}
      - {field: note, kind: rating, en: Note}
      - {field: nps, kind: number, en: Nps, min: 0, max: 10, reportable: yes}
"""


@pytest.mark.parametrize("marks", [{"product": 4, "delivery": 2}, {"delivery": 6}, {}])
def test_survey_and_document_agree_on_the_score(marks):
    definition, problems = read(FORM)
    assert not problems
    dimensions = [one for one, _field in questions.dimensions_of(definition)]
    assert [(d.code, d.high) for d in dimensions] == [("product", 5), ("delivery", 7)]
    assert score(dimensions, marks).overall == document_score(definition, marks)
