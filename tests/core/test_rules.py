"""The small pure rules of the ground floor."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.normalise import fold, normalise_name, search_index
from core.periods import Quarter, add_months, fiscal_year, months_between, quarter_of


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("苏州衡曜半导体有限公司", "苏州衡曜半导体（集团）股份有限公司"),
        ("ＡＣＭＥ　Ｃｏｒｐ．", "acme corporation"),
        ("Acme, Inc.", "ACME"),
        ("Hottechi Co., Ltd", "hottechi"),
    ],
)
def test_spellings_of_one_name_are_the_same(one, other):
    assert normalise_name(one) == normalise_name(other)


@pytest.mark.parametrize("name", ["公司", "Group", "Inc", "()", "集团"])
def test_a_name_made_of_legal_forms_alone_is_not_lost(name):
    assert normalise_name(name)


@given(st.text(min_size=1, max_size=40))
def test_what_two_spellings_have_in_common_is_folded(text):
    once = normalise_name(text)
    assert fold(once) == once


def test_chinese_names_are_found_by_sound_and_initials():
    index = search_index("衡曜半导体", "Hengyao")
    assert "hybdt" in index and "hengyaobandaoti" in index and "hengyao" in index.split()


def test_quarters_follow_the_fiscal_year():
    april = quarter_of(datetime.date(2026, 4, 1), start_month=4)
    assert (april.year, april.number, april.first_day) == (2026, 1, datetime.date(2026, 4, 1))
    march = quarter_of(datetime.date(2026, 3, 31), start_month=4)
    assert (march.year, march.number, march.last_day) == (2025, 4, datetime.date(2026, 3, 31))
    assert fiscal_year(2026, 4) == (datetime.date(2026, 4, 1), datetime.date(2027, 3, 31))


@given(st.dates(datetime.date(1990, 1, 1), datetime.date(2100, 1, 1)), st.integers(1, 12))
def test_a_day_lies_in_its_quarter(day, start):
    quarter = quarter_of(day, start)
    assert isinstance(quarter, Quarter)
    assert quarter.first_day <= day <= quarter.last_day
    assert add_months(quarter.first_day, 3) - datetime.timedelta(days=1) == quarter.last_day


def test_months_count_only_when_whole():
    assert months_between(datetime.date(2025, 1, 31), datetime.date(2025, 2, 28)) == 0
    assert months_between(datetime.date(2025, 1, 15), datetime.date(2026, 1, 15)) == 12
