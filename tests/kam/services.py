"""PostgreSQL, Redis and processes for the tests that run the real thing."""

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import uuid

import environ
import psycopg2
import pytest
import redis
from psycopg2 import sql

import bootstrap

POSTGRES = os.environ.get(
    "KAM_TEST_POSTGRES_URL",
    os.environ.get("KAM_CI_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres"),
)
REDIS = os.environ.get(
    "KAM_TEST_REDIS_URL", os.environ.get("KAM_CI_REDIS_URL", "redis://127.0.0.1:6379")
)
# What a process must not inherit from the test run.
OURS = ("KAM_", "DJANGO_SETTINGS_MODULE", "PYTEST_", "COVERAGE")
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def missing(what: str, error: Exception) -> None:
    """Skip where a service is not at hand; on CI its absence is a failure."""
    said = f"{what} is not at hand: {error}"
    if os.environ.get("CI") or os.environ.get("KAM_REQUIRE_SERVICES"):
        pytest.fail(said)
    pytest.skip(said)


@contextlib.contextmanager
def postgres_database():
    """The URL of an empty database that is dropped afterwards."""
    name = f"kam_{uuid.uuid4().hex[:12]}"
    about = environ.Env.db_url_config(POSTGRES)
    try:
        link = psycopg2.connect(
            host=about["HOST"],
            port=about["PORT"] or 5432,
            user=about["USER"],
            password=about["PASSWORD"] or None,
            dbname=about["NAME"],
        )
    except psycopg2.OperationalError as error:
        missing("PostgreSQL", error)
    link.autocommit = True
    with link.cursor() as cursor:
        cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield f"{POSTGRES.rpartition('/')[0]}/{name}"
    finally:
        with link.cursor() as cursor:
            drop = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
            cursor.execute(drop)
        link.close()


@contextlib.contextmanager
def redis_databases(*numbers: int):
    """URLs of emptied Redis databases, emptied again afterwards."""
    urls = [f"{REDIS}/{number}" for number in numbers]
    clients = [redis.Redis.from_url(url) for url in urls]
    try:
        for client in clients:
            client.flushdb()
    except redis.RedisError as error:
        missing("Redis", error)
    try:
        yield urls
    finally:
        for client in clients:
            client.flushdb()
            client.close()


def clean_environment(**changes: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return {**kept, "KAM_BOOTSTRAP": "off", "DJANGO_SETTINGS_MODULE": "kam.settings", **changes}


def manage(*arguments, timeout: float = 240, script: str | None = None, **variables):
    """Run a command of manage.py to its end."""
    return subprocess.run(
        [sys.executable, "manage.py", *map(str, arguments)],
        cwd=bootstrap.ROOT,
        env=clean_environment(**variables),
        input=script,
        capture_output=True,
        text=True,
        timeout=timeout,
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(what: str, check, within: float = 120.0):
    """Ask until the answer is true and return it; the limit is only there to fail."""
    pause, end = threading.Event(), time.monotonic() + within
    while time.monotonic() < end:
        if answer := check():
            return answer
        pause.wait(0.1)
    raise AssertionError(f"{what} did not happen within {within:.0f} s")


def status(address: str) -> int:
    """The status of an address, 0 where nobody answers."""
    try:
        with _opener.open(address, timeout=5) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0
