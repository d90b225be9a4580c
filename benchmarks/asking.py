"""For what runs inside the product: how many queries and how much CPU an answer takes."""

import statistics
import time

from django.db import connection
from django.test.utils import CaptureQueriesContext

from benchmarks.servers import cpu_of


def cpu() -> float:
    """Seconds of CPU so far: ours, and of the database process that serves us."""
    if connection.vendor == "sqlite":
        return time.process_time()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return time.process_time() + cpu_of(cursor.fetchone()[0])


def plan_of(sql: str, parameters) -> str:
    explain = "EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN "
    with connection.cursor() as cursor:
        cursor.execute(explain + sql, parameters)
        return "\n".join(str(row) for row in cursor.fetchall())


def asked(ask, *, times: int) -> dict:
    """What one answer takes, after a first one that fills what is kept: the median of some."""
    ask()
    with CaptureQueriesContext(connection) as queries:
        ask()
    many = len(queries)  # before the next request empties their log
    waited, before = [], cpu()
    for _ in range(times):
        began = time.perf_counter()
        ask()
        waited.append((time.perf_counter() - began) * 1000)
    return {
        "queries": many,
        "ms": statistics.median(waited),
        "cpu": (cpu() - before) * 1000 / times,
    }
