"""Working time against cases computed by hand with the calendar of 2026 on the table."""

import datetime
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import worktime
from core.worktime import (
    Limit,
    NoWorkingTime,
    Span,
    WorkCalendar,
    add_working,
    parse_limit,
    parse_spans,
    resumed,
    working_between,
)

DAY = parse_spans("09:00-12:00, 13:30-18:00")  # 7.5 hours
NIGHT = parse_spans("22:00-06:00")


def days(*texts):
    return [datetime.date.fromisoformat(f"2026-{text}") for text in texts]


# The notice of the State Council for 2026, written down from the notice.
HOLIDAYS = days(
    *["01-01", "01-02", "02-16", "02-17", "02-18", "02-19", "02-20", "02-23", "04-06"],
    *["05-01", "05-04", "05-05", "06-19", "09-25"],
    *["10-01", "10-02", "10-05", "10-06", "10-07"],
)
MAKE_UP = days("01-04", "02-14", "02-28", "05-09", "09-20", "10-10")
YEAR = dict.fromkeys(HOLIDAYS, ()) | dict.fromkeys(MAKE_UP, DAY)

SUZHOU = WorkCalendar("Asia/Shanghai", (DAY,) * 5 + ((), ()), YEAR)
LONDON = WorkCalendar("Europe/London", (parse_spans("9:00-17:00"),) * 5 + ((), ()), {})
NIGHTS = WorkCalendar("Asia/Shanghai", (NIGHT,) * 5 + ((), ()), dict.fromkeys(HOLIDAYS, ()))
ALWAYS = WorkCalendar("Asia/Shanghai", (parse_spans("00:00-24:00"),) * 7, {})


def at(text, zone="Asia/Shanghai"):
    """ "03-02 09:00" of 2026, or with a year in front."""
    text = text if len(text) > 11 else f"2026-{text}"
    return datetime.datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def hours(number):
    return timedelta(hours=number)


@pytest.mark.parametrize(
    ("start", "amount", "end"),
    [
        # within a day; Monday 2 March
        ("03-02 09:00", 1, "03-02 10:00"),
        ("03-02 09:00", 7.5, "03-02 18:00"),
        ("03-02 08:00", 1, "03-02 10:00"),
        # lunch
        ("03-02 09:00", 3, "03-02 12:00"),
        ("03-02 09:00", 3.5, "03-02 14:00"),
        ("03-02 11:00", 2, "03-02 14:30"),
        ("03-02 12:30", 0.5, "03-02 14:00"),
        # over the evening
        ("03-02 18:00", 1, "03-03 10:00"),
        ("03-02 23:30", 0.25, "03-03 09:15"),
        ("03-02 10:00", 7.5, "03-03 10:00"),
        # weekends
        ("03-06 17:00", 2, "03-09 10:00"),
        ("03-06 18:00", 0.5, "03-09 09:30"),
        ("03-07 10:00", 4, "03-09 14:30"),
        ("03-08 23:59", 0.25, "03-09 09:15"),
        ("03-02 09:00", 37.5, "03-06 18:00"),
        ("03-02 10:00", 37.5, "03-09 10:00"),
        # New Year: 1-3 January free, Sunday 4 January worked
        ("2025-12-31 17:00", 2, "01-04 10:00"),
        ("01-03 12:00", 0.25, "01-04 09:15"),
        ("01-04 17:30", 1, "01-05 09:30"),
        # Spring Festival: 15-23 February free, Saturdays 14 and 28 February worked
        ("02-13 17:00", 2, "02-14 10:00"),
        ("02-14 17:30", 1, "02-24 09:30"),
        ("02-16 10:00", 0.25, "02-24 09:15"),
        ("02-13 09:00", 22.5, "02-24 18:00"),
        ("02-24 09:00", 37.5, "02-28 18:00"),
        ("02-27 16:00", 7.5, "02-28 16:00"),
        ("02-28 17:00", 2, "03-02 10:00"),
        # Tomb Sweeping: Monday 6 April free
        ("04-03 17:00", 2, "04-07 10:00"),
        # Labour Day: 1-5 May free, Saturday 9 May worked
        ("04-30 17:30", 1, "05-06 09:30"),
        ("05-08 17:30", 1, "05-09 09:30"),
        # Dragon Boat: Friday 19 June free
        ("06-18 17:00", 2, "06-22 10:00"),
        # Mid-Autumn: Friday 25 September free
        ("09-24 17:00", 2, "09-28 10:00"),
        # National Day: 1-7 October free, Sunday 20 September and Saturday 10 October worked
        ("09-18 17:00", 2, "09-20 10:00"),
        ("09-19 12:00", 4, "09-20 14:30"),
        ("09-30 17:00", 2, "10-08 10:00"),
        ("10-01 09:00", 7.5, "10-08 18:00"),
        ("09-30 09:00", 37.5, "10-12 18:00"),
        ("10-09 16:00", 15, "10-12 16:00"),
    ],
)
def test_a_limit_ends(start, amount, end):
    assert add_working(at(start), hours(amount), SUZHOU) == at(end)
    assert working_between(at(start), at(end), SUZHOU) == hours(amount)


@pytest.mark.parametrize(
    ("start", "end", "amount"),
    [
        ("03-02 12:00", "03-02 13:30", 0),
        ("03-02 18:00", "03-03 09:00", 0),
        ("03-07 00:00", "03-09 00:00", 0),
        ("03-02 11:30", "03-02 13:45", 0.75),
        ("02-13 00:00", "02-25 00:00", 22.5),
        ("02-15 00:00", "02-24 00:00", 0),
        ("02-01 00:00", "03-01 00:00", 120),  # 16 working days
        ("10-01 00:00", "11-01 00:00", 135),  # 18 working days
        ("03-03 09:00", "03-02 09:00", 0),
    ],
)
def test_working_time_between(start, end, amount):
    assert working_between(at(start), at(end), SUZHOU) == hours(amount)


@pytest.mark.parametrize(
    ("start", "amount", "end"),
    [
        ("03-02 23:00", 4, "03-03 03:00"),
        ("03-03 05:00", 2, "03-03 23:00"),
        ("03-03 12:00", 1, "03-03 23:00"),
        # Friday's night ends on Saturday morning
        ("03-07 05:00", 2, "03-09 23:00"),
        # the night before a holiday runs to its end, the holiday has none
        ("10-01 05:00", 2, "10-08 23:00"),
    ],
)
def test_a_night_shift_belongs_to_the_day_it_begins(start, amount, end):
    assert add_working(at(start), hours(amount), NIGHTS) == at(end)
    assert working_between(at(start), at(end), NIGHTS) == hours(amount)


def test_where_somebody_is_always_there_the_clock_never_stands_still():
    assert add_working(at("03-07 23:50"), timedelta(minutes=15), ALWAYS) == at("03-08 00:05")
    assert working_between(at("02-14 00:00"), at("02-24 00:00"), ALWAYS) == timedelta(days=10)


def test_the_same_moment_ends_differently_in_two_cities():
    friday = at("03-06 17:00")
    assert friday == at("03-06 09:00", "Europe/London")
    assert add_working(friday, hours(2), SUZHOU) == at("03-09 10:00")
    in_london = add_working(friday, hours(2), LONDON)
    assert in_london == at("03-06 11:00", "Europe/London") == at("03-06 19:00")
    assert str(in_london.tzinfo) == "Europe/London"
    # National Day is an ordinary week there
    assert add_working(at("10-01 16:00"), hours(8), LONDON) == at("10-01 17:00", "Europe/London")


def test_a_day_with_a_clock_change_is_as_long_as_it_was():
    # Clocks go forward in the night to Sunday 29 March, back in the night to 25 October.
    friday = at("03-27 16:00", "Europe/London")
    assert add_working(friday, hours(2), LONDON) == at("03-30 10:00", "Europe/London")
    night = WorkCalendar("Europe/London", (NIGHT,) * 7, {})
    spring = (at("03-28 21:00", "Europe/London"), at("03-29 07:00", "Europe/London"))
    autumn = (at("10-24 21:00", "Europe/London"), at("10-25 07:00", "Europe/London"))
    assert working_between(*spring, night) == hours(7)
    assert working_between(*autumn, night) == hours(9)
    gap = WorkCalendar("Europe/London", (parse_spans("01:15-01:45"),) * 7, {})
    assert working_between(*spring, gap) <= timedelta(minutes=30)


@pytest.mark.parametrize(
    ("due", "paused", "again", "new"),
    [
        ("03-02 18:00", "03-02 16:00", "03-04 10:00", "03-04 12:00"),
        ("03-09 10:00", "03-06 17:00", "03-10 17:00", "03-11 10:00"),
        ("03-02 14:00", "03-02 12:15", "03-02 12:45", "03-02 14:00"),
        ("03-09 10:00", "03-07 09:00", "03-08 20:00", "03-09 10:00"),
        ("02-24 10:00", "02-14 17:00", "02-16 09:00", "02-24 11:00"),
        # overdue stays overdue
        ("03-02 15:00", "03-02 16:00", "03-05 09:00", "03-02 15:00"),
    ],
)
def test_the_clock_stands_still_while_we_wait(due, paused, again, new):
    assert resumed(at(due), at(paused), at(again), SUZHOU) == at(new)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("15 minutes", "03-06 17:50", "03-09 09:05"),
        ("4 hours", "03-02 10:00", "03-02 15:30"),
        ("1 day", "03-02 10:00", "03-03 10:00"),
        ("2 days", "03-05 10:00", "03-09 10:00"),
        ("3 working days", "02-13 09:00", "02-24 18:00"),
        ("1 week", "09-30 09:00", "10-12 18:00"),
        ("15 calendar minutes", "03-06 23:50", "03-07 00:05"),
        ("30 calendar days", "03-06 17:50", "04-05 17:50"),
        ("2 calendar weeks", "03-06 17:50", "03-20 17:50"),
        ("1 Working Day", "03-02 09:00", "03-02 18:00"),
    ],
)
def test_limits_as_people_write_them(text, start, end):
    assert parse_limit(text).end(at(start), SUZHOU) == at(end)


def test_a_day_is_as_long_as_the_city_works():
    assert parse_limit("2 days").length(SUZHOU) == hours(15)
    assert parse_limit("2 days").length(LONDON) == hours(16)
    half = WorkCalendar("Asia/Shanghai", (DAY,) * 5 + (parse_spans("9:00-12:00"), ()), {})
    assert parse_limit("1 day").length(half) == hours(6.75)
    assert parse_limit("1 week").length(half) == hours(40.5)


def test_a_share_of_a_limit():
    assert Limit(1, "day").end(at("03-02 09:00"), SUZHOU, share=0.8) == at("03-02 16:30")


@pytest.mark.parametrize(
    "text",
    ["", "2", "days", "0 days", "-1 day", "1.5 days", "2 months", "2 days ago", "99999 days"],
)
def test_what_is_no_limit_is_refused(text):
    with pytest.raises(ValueError):
        parse_limit(text)


def test_spans_as_people_write_them():
    assert parse_spans("") == ()
    assert parse_spans("9:00-12:00，13:30–18:00") == DAY
    assert parse_spans("22:00-06:00") == (Span(1320, 1800),)
    assert parse_spans("08:00-24:00") == (Span(480, 1440),)
    assert [str(span) for span in (*DAY, *NIGHT)] == ["09:00-12:00", "13:30-18:00", "22:00-06:00"]


@pytest.mark.parametrize(
    "text",
    ["9", "9-12", "09:00", "25:00-26:00", "09:60-10:00", "24:00-24:00", "09:00-24:30"]
    + ["13:30-18:00, 09:00-12:00", "09:00-12:00, 11:00-13:00", "nine-ten", "09:00-12:00 13:00"],
)
def test_what_is_no_span_is_refused(text):
    with pytest.raises(ValueError):
        parse_spans(text)


def test_a_calendar_that_is_always_closed_is_refused_not_searched_for_ever():
    closed = WorkCalendar("Asia/Shanghai", ((),) * 7, {})
    with pytest.raises(NoWorkingTime):
        add_working(at("03-02 09:00"), hours(1), closed)
    with pytest.raises(NoWorkingTime):
        parse_limit("1 day").length(closed)
    assert working_between(at("03-02 09:00"), at("05-02 09:00"), closed) == worktime.NOTHING
    with pytest.raises(ValueError):
        add_working(at("03-02 09:00"), hours(-1), SUZHOU)


def test_nothing_to_wait_for_ends_at_once():
    assert add_working(at("03-07 10:00"), worktime.NOTHING, SUZHOU) == at("03-07 10:00")


moments = st.datetimes(
    datetime.datetime(2025, 12, 1), datetime.datetime(2027, 1, 31), timezones=st.just(datetime.UTC)
)
amounts = st.integers(0, 60 * 24 * 20).map(lambda minutes: timedelta(minutes=minutes))
calendars = st.sampled_from([SUZHOU, LONDON, NIGHTS, ALWAYS])


@given(moments, amounts, calendars)
def test_what_was_added_lies_between(start, amount, calendar):
    end = add_working(start, amount, calendar)
    assert end >= start + amount
    assert working_between(start, end, calendar) == amount
    if amount:
        assert working_between(start, end - timedelta(seconds=1), calendar) < amount


@given(moments, amounts, amounts, calendars)
def test_two_limits_in_a_row_are_one(start, one, other, calendar):
    between = add_working(start, one, calendar)
    assert add_working(between, other, calendar) == add_working(start, one + other, calendar) or (
        not other
    )


@given(moments, moments, moments, calendars)
def test_working_time_adds_up(one, two, three, calendar):
    one, two, three = sorted([one, two, three])
    parts = working_between(one, two, calendar) + working_between(two, three, calendar)
    assert parts == working_between(one, three, calendar)


@given(moments, amounts, amounts, calendars)
def test_a_pause_never_makes_a_limit_shorter(start, limit, pause, calendar):
    due = add_working(start, limit, calendar)
    assert resumed(due, start, start + pause, calendar) >= due or not limit
