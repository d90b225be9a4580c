from datetime import date, datetime
from decimal import Decimal

import pytest

from core import formats as f

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("value", "currency", "zh", "en"),
    [
        (12_345_000, "CNY", "1,234.5万", "¥12.35M"),
        (Decimal("186"), "CNY", "186.00 元", "¥186.00"),
        (Decimal("-12345000"), "CNY", "−1,234.5万", "−¥12.35M"),
        (0, "CNY", "0.00 元", "¥0.00"),
        (Decimal("-0.001"), "CNY", "0.00 元", "¥0.00"),
        (None, "CNY", "–", "–"),
        ("", "CNY", "–", "–"),
        ("abc", "CNY", "–", "–"),
        (999_900_000, "CNY", "99,990.0万", "¥999.90M"),
        (1_000_000_000, "CNY", "10.00亿", "¥1.00B"),
        (Decimal("123456789012345"), "CNY", "1,234,567.89亿", "¥123,456.79B"),
        (10_005_534, "USD", "$1,000.6万", "$10.01M"),
        (10_005_534, "EUR", "€1,000.6万", "€10.01M"),
        (54_321, "JPY", "JPY 5.4万", "JPY 54.3K"),
        (999, "HKD", "HK$999.00", "HK$999.00"),
    ],
)
def test_a_short_sum_reads_as_people_write_it(value, currency, zh, en):
    assert f.short_money(value, currency, "zh-hans") == zh
    assert f.short_money(value, currency, "en") == en


def test_a_full_sum_keeps_every_cent():
    assert f.full_money(Decimal("12345.6"), "CNY", "zh-hans") == "12,345.60 元"
    assert f.full_money(Decimal("-12345.6"), "USD", "en") == "−$12,345.60"
    assert f.full_money(None, "CNY", "en") == "–"


def test_a_column_has_one_unit_and_bare_numbers():
    unit = f.money_unit("CNY", "zh-hans", 14_862_000)
    assert unit.label == "万"
    assert f.money_in(14_862_000, unit) == "1,486.2"
    assert f.money_in(None, unit) == "–"
    assert f.money_in(-5_000, unit) == "−0.5"
    assert f.money_unit("CNY", "en").label == "¥M"
    assert f.money_in(14_862_000, f.money_unit("CNY", "en")) == "14.86"
    assert f.money_unit("USD", "zh-hans", 500).label == "$"
    assert f.money_unit("CNY", "zh-hans", 500).label == "元"


def test_the_parts_of_a_hero_sum_make_the_whole():
    parts = f.money_parts(12_345_000, "CNY", "zh-hans")
    assert (parts.figure, parts.suffix) == ("1,234.5", "万")
    assert str(f.money_parts(-12_345_000, "USD", "en")) == "−$12.35M"
    assert f.money_parts(None) is None


def test_percent_takes_a_fraction_and_shows_one_decimal():
    assert f.percent(Decimal("0.6315")) == "63.2%"
    assert f.percent(0) == "0.0%"
    assert f.percent(None) == "–"
    assert f.percent(-0.5) == "−50.0%"


def test_a_difference_carries_its_sign_and_zero_none():
    assert f.delta(3) == "+3"
    assert f.delta(-9) == "−9"
    assert f.delta(0) == "0"
    assert f.delta(Decimal("-0.04"), 1) == "0.0"
    assert f.delta_percent(0.078) == "+7.8%"
    assert f.points(-0.031, "zh-hans") == "−3.1 点"
    assert f.points(0.006, "en") == "+0.6 pts"
    assert f.delta(None) == "–"


def test_a_date_is_as_short_as_it_can_be():
    assert f.date_short(TODAY, TODAY, "zh-hans") == "今天"
    assert f.date_short(TODAY, TODAY, "en") == "Today"
    assert f.date_short(date(2026, 11, 4), TODAY) == "11-04"
    assert f.date_short(date(2027, 6, 30), TODAY) == "2027-06-30"
    assert f.date_short(None, TODAY) == "–"
    assert f.time_short(datetime(2026, 11, 23, 14, 0), TODAY) == "今天 14:00"
    assert f.time_short(datetime(2025, 11, 23, 14, 0), TODAY) == "2025-11-23"


def test_days_and_sizes():
    assert f.days(19, "zh-hans") == "19 天"
    assert f.days(1, "en") == "1 day"
    assert f.days(1200, "en") == "1,200 days"
    assert f.days(None) == "–"
    assert f.file_size(500) == "500 B"
    assert f.file_size(1536) == "1.5 KB"
    assert f.file_size(3 * 1024**3) == "3.0 GB"
    assert f.file_size(None) == "–"


def test_numbers_that_are_no_numbers_are_unknown():
    for value in (None, "", "x", float("nan"), float("inf"), True):
        assert f.number(value) == "–"
