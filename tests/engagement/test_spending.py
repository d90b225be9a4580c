"""What may be spent, reckoned by hand (R-ENG-10)."""

import datetime
from decimal import Decimal as D

import pytest

from engagement.spending import (
    BUDGET,
    COMPLIANCE,
    Cap,
    Spent,
    allowed,
    caps_for,
    check,
    invoice_key,
    tightest,
    total_of,
)

TODAY = datetime.date(2026, 3, 31)
CORE, OTHER = 1, 2
CAPS = [
    Cap("meal", BUDGET, None, per_person=D("150")),
    Cap("meal", BUDGET, CORE, per_person=D("250")),
    Cap("meal", COMPLIANCE, None, per_line=D("5000"), per_person=D("300")),
    Cap("gift", COMPLIANCE, None, per_line=D("2000"), per_person=D("200")),
    Cap("gift", COMPLIANCE, CORE, per_person=D("500")),
    Cap("travel", BUDGET, None, per_line=D("3000")),
]


def spent(category="meal", amount="100", people=1, day=TODAY, invoice="A1", note="", **more):
    amount = D(amount)
    return Spent(category, amount, amount, day, people, invoice, note, **more)


def codes(*lines, tier=None):
    return [
        (f.line, f.code, f.limit, f.refused)
        for f in check(list(lines), CAPS, tier, today=TODAY, days=90)
    ]


def test_the_sum_is_to_the_cent():
    assert total_of([D("0.10")] * 3) == D("0.30")
    assert total_of([D("19.995"), D("0.005")]) == D("20.00")
    assert total_of([]) == D("0.00")


@pytest.mark.parametrize("typed", ["0440-1234", " 0440 1234", "0440/1234", "04401234"])
def test_invoice_numbers_are_compared_without_what_people_put_between(typed):
    assert invoice_key(typed) == "04401234"
    assert invoice_key("ab-1") == "AB1"
    assert invoice_key(" -- ") == ""


def test_a_tier_has_its_own_budget_and_the_others_have_the_common_one():
    assert tightest(caps_for(CAPS, "meal", CORE), 4) == (D("1000"), D("1200"))
    assert tightest(caps_for(CAPS, "meal", OTHER), 4) == (D("600"), D("1200"))
    assert tightest(caps_for(CAPS, "meal", None), 4) == (D("600"), D("1200"))


def test_no_tier_goes_beyond_the_compliance_limit_for_all():
    assert tightest(caps_for(CAPS, "gift", CORE), 3) == (None, D("600"))
    assert tightest(caps_for(CAPS, "gift", CORE), 20) == (None, D("2000"))


def test_the_smaller_of_both_limits_counts_and_one_person_where_none_is_said():
    both = Cap("meal", COMPLIANCE, None, per_line=D("5000"), per_person=D("300"))
    assert allowed(both, 10) == D("3000")
    assert allowed(both, 20) == D("5000")
    assert allowed(both, None) == D("300")
    assert allowed(Cap("x", BUDGET), 3) is None


def test_exactly_the_limit_is_allowed_and_a_cent_more_is_not():
    assert codes(spent(amount="600.00", people=4)) == []
    assert codes(spent(amount="600.01", people=4)) == [(1, "budget", D("600"), True)]


def test_above_the_budget_a_note_explains_above_compliance_nothing_does():
    explained = spent(amount="900", people=4, note="board dinner")
    assert codes(explained) == [(1, "budget", D("600"), False)]
    assert codes(spent(amount="1200.01", people=4, note="board dinner")) == [
        (1, "compliance", D("1200"), True)
    ]


def test_limits_are_compared_in_the_company_currency():
    dollars = Spent("travel", D("500"), D("3600"), TODAY, invoice="A1")
    assert codes(dollars) == [(1, "budget", D("3000"), True)]


def test_days_people_and_invoices_of_each_line():
    old = TODAY - datetime.timedelta(days=91)
    assert codes(spent(day=old)) == [(1, "too_old", D(90), True)]
    assert codes(spent(day=TODAY - datetime.timedelta(days=90))) == []
    assert codes(spent(day=TODAY + datetime.timedelta(days=1))) == [(1, "future", None, True)]
    assert codes(spent(people=None, counts_people=True)) == [(1, "people", None, True)]
    assert codes(spent(invoice=" ", needs_invoice=True)) == [(1, "invoice", None, True)]
    assert codes(spent(invoice="A-1"), spent(invoice="a1")) == [
        (1, "invoice_twice", None, True),
        (2, "invoice_twice", None, True),
    ]
