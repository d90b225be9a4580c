"""The product as it is, and besides the naive reminder that the real one is compared with."""

from kam.settings import *  # noqa: F403

CELERY_IMPORTS = ("benchmarks.reminders_naive",)
EMAIL_TIMEOUT = 10
