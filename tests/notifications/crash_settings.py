"""The product with a mail server that only counts."""

from kam.settings import *  # noqa: F403

EMAIL_BACKEND = "benchmarks.reminders_inside.FileSink"
