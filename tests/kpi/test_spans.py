"""Periods of the dashboard, on plain dates."""

import datetime

import pytest

from kpi.spans import Span, read_span

day = datetime.date


def test_a_year_has_its_quarters():
    span = read_span("2017")
    assert (span.since, span.until) == (day(2017, 1, 1), day(2017, 12, 31))
    assert [(p.since, p.until) for p in span.parts][:2] == [
        (day(2017, 1, 1), day(2017, 3, 31)),
        (day(2017, 4, 1), day(2017, 6, 30)),
    ]
    assert len(span.parts) == 4


def test_a_fiscal_year_may_begin_in_april():
    span = read_span("2017", 4)
    assert (span.since, span.until) == (day(2017, 4, 1), day(2018, 3, 31))
    assert [p.code for p in span.parts] == ["2017q1", "2017q2", "2017q3", "2017q4"]
    assert read_span("2017q4", 4).since == day(2018, 1, 1)


def test_a_quarter_has_its_months():
    assert [p.since for p in read_span("2017q2").parts] == [
        day(2017, 4, 1),
        day(2017, 5, 1),
        day(2017, 6, 1),
    ]


def test_free_days_are_cut_at_their_ends():
    parts = Span(day(2017, 2, 10), day(2017, 8, 3)).parts
    assert [(p.since, p.until) for p in parts] == [
        (day(2017, 2, 10), day(2017, 3, 31)),
        (day(2017, 4, 1), day(2017, 6, 30)),
        (day(2017, 7, 1), day(2017, 8, 3)),
    ]


def test_the_year_before_of_a_running_year_ends_a_year_ago_today():
    before = read_span("2026").year_before(day(2026, 3, 10))
    assert (before.since, before.until) == (day(2025, 1, 1), day(2025, 3, 10))
    full = read_span("2024").year_before(day(2026, 3, 10))
    assert (full.since, full.until) == (day(2023, 1, 1), day(2023, 12, 31))
    leap = Span(day(2024, 2, 29), day(2024, 2, 29)).year_before(day(2026, 1, 1))
    assert leap.since == day(2023, 2, 28)


@pytest.mark.parametrize("code", ["", "x", "2017q5", "17", "2017q", "99999", "0001", None])
def test_nonsense_is_no_period(code):
    assert read_span(code) is None
