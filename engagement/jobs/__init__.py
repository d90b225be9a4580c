"""Scheduled work of engagement, by noun; the timetable is in kam."""

from engagement.jobs import callbacks, mailings, surveys, visits
from engagement.jobs.cadence import check_cadence

__all__ = ["callbacks", "check_cadence", "mailings", "surveys", "visits"]
