"""Counts and sums over many rows, kept until anything changes.

Every write leaves a line of history, so the newest lines tell whether what was summed is still
true. The key is the query itself with its parameters: who asks, what they may see, under which
conditions and on which day are all in it, so nobody is answered with another's sums.
"""

import hashlib

from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import EmptyResultSet
from django.db import connection

from core.models import AuditEntry

# A transaction that ends late has lines below the newest: they raise the number of the last ones.
LOOK_BACK = 1000
# Raise it when the sums change their form: a cache outlives an upgrade.
FORM = 3


def stamp() -> str:
    """Another one after every change; one query. Empty where nothing is kept."""
    if not settings.KAM_KEEP_SUMS_SECONDS:
        return ""
    lines = connection.ops.quote_name(AuditEntry._meta.db_table)
    newest = f"(SELECT id FROM {lines} ORDER BY id DESC LIMIT 1)"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT max(id), count(*) FROM {lines} WHERE id > {newest} - %s",  # noqa: S608
            [LOOK_BACK],
        )
        last, how_many = cursor.fetchone()
    return f"{last}.{how_many}"


def kept(summing, mark: str, rows, *more):
    """What `summing(rows, *more)` returns, from the cache while `mark` is the same."""
    seconds = settings.KAM_KEEP_SUMS_SECONDS
    if not seconds:
        return summing(rows, *more)
    try:
        query = rows.order_by().values("pk").query.sql_with_params()
    except EmptyResultSet:
        return summing(rows, *more)
    told = repr((FORM, summing.__name__, query, [_said(part) for part in more], mark))
    key = "sums:" + hashlib.sha256(told.encode()).hexdigest()
    found = cache.get(key)
    if found is None:
        found = summing(rows, *more)
        cache.set(key, found, seconds)
    return found


def _said(part):
    """A person by what they see: two may bear one name."""
    return ("user", part.pk, part.sees_everything) if hasattr(part, "sees_everything") else part
