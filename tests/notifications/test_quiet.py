"""Quiet hours and digest times by the clocks of a zone. No database."""

import datetime
from datetime import time

import pytest

from notifications.backoff import Tries, next_try
from notifications.quiet import after_quiet, digest_day

UTC = datetime.UTC
CN = "Asia/Shanghai"


def at(text) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "moment, begins, ends, zone, leaves",
    [
        ("2026-11-20 10:00", None, None, CN, "2026-11-20 10:00"),
        ("2026-11-20 10:00", time(22), None, CN, "2026-11-20 10:00"),
        ("2026-11-20 15:00", time(23), time(23), CN, "2026-11-20 15:00"),
        ("2026-11-20 14:30", time(22), time(7), CN, "2026-11-20 23:00"),  # 22:30 there
        ("2026-11-20 22:30", time(22), time(7), CN, "2026-11-20 23:00"),  # 06:30 there
        ("2026-11-20 23:00", time(22), time(7), CN, "2026-11-20 23:00"),  # 07:00 there
        ("2026-11-20 04:30", time(12), time(14), CN, "2026-11-20 06:00"),  # at noon
        ("2026-11-20 06:00", time(12), time(14), CN, "2026-11-20 06:00"),
        # The night the clock jumps from 02:00 to 03:00, and the one with 02:30 twice.
        ("2026-03-28 23:30", time(22), time(7), "Europe/Berlin", "2026-03-29 05:00"),
        ("2026-03-29 00:30", time(1), time(2, 30), "Europe/Berlin", "2026-03-29 01:30"),
        ("2026-10-24 23:30", time(22), time(7), "Europe/Berlin", "2026-10-25 06:00"),
        ("2026-10-25 01:15", time(1), time(2, 30), "Europe/Berlin", "2026-10-25 01:15"),
    ],
)
def test_what_falls_into_quiet_hours_leaves_at_their_end(moment, begins, ends, zone, leaves):
    assert after_quiet(at(moment), begins, ends, zone) == at(leaves)


def test_the_digest_of_a_day_begins_at_its_time():
    assert digest_day(at("2026-11-20 00:29"), time(8, 30), CN).isoformat() == "2026-11-19"
    assert digest_day(at("2026-11-20 00:30"), time(8, 30), CN).isoformat() == "2026-11-20"


def test_pauses_double_up_to_the_longest_and_end():
    second, minute = datetime.timedelta(seconds=1), datetime.timedelta(minutes=1)
    tries = Tries(most=5, first=20 * second, longest=minute)
    waits = [next_try(attempts, tries) for attempts in range(1, 6)]
    assert waits == [20 * second, 40 * second, minute, minute, None]
