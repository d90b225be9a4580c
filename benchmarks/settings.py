"""The product as in production, and besides a page that does nothing and a count of queries."""

from kam.settings import *  # noqa: F403
from kam.settings import ACCOUNT_RATE_LIMITS, MIDDLEWARE

ROOT_URLCONF = "benchmarks.urls"
WSGI_APPLICATION = "benchmarks.wsgi.application"
MIDDLEWARE = ["benchmarks.counting.count_queries", *MIDDLEWARE]
ALLOWED_HOSTS = ["127.0.0.1"]
# One person logs in more often here, and eight times at once, than a person would.
ACCOUNT_RATE_LIMITS = {
    **ACCOUNT_RATE_LIMITS,
    "login": "100000/m/ip",
    "login_failed": "100000/m/key,100000/m/ip",
}
