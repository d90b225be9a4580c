"""Run inside the product: who logs in, which records are asked for. Prints one line of JSON."""

import json
import os
import sys

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"
django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.db import connection  # noqa: E402
from django.db.models import Count  # noqa: E402

from accounts.models import Account, AccountAssignment  # noqa: E402
from core.tokens import create_token  # noqa: E402
from teams.models import User  # noqa: E402

PASSWORD = "a-password-to-measure-with"
FLOOR = """
CREATE TABLE floor_company AS
SELECT a.id, a.name, a.short_name, a.file_number AS number,
       coalesce(a.registration_no, '') AS registration_no, coalesce(c.name_zh, '') AS city,
       coalesce(i.name_zh, '') AS industry, coalesce(t.name_zh, '') AS tier,
       coalesce(a.employees, 0) AS employees, a.created_at, a.updated_at
FROM accounts_account a
LEFT JOIN core_city c ON c.id = a.city_id
LEFT JOIN accounts_industry i ON i.id = a.industry_id
LEFT JOIN accounts_tier t ON t.id = a.tier_id;
ALTER TABLE floor_company ADD PRIMARY KEY (id);
CREATE INDEX floor_by_name ON floor_company (name, id);
CREATE INDEX floor_trgm ON floor_company USING gin (name gin_trgm_ops);
"""


def session_of(user) -> str:
    """The cookie of a signed-in browser."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return session.session_key


def main():
    with connection.cursor() as cursor:
        cursor.execute(FLOOR)
    gm = User.objects.get(username="load.gm")
    manager = User.objects.get(username="load.am000")
    director = User.objects.get(username="load.d0")
    for user in (gm, manager, director):
        user.set_password(PASSWORD)
        user.save(update_fields=["password"])
    _row, secret = create_token(user=gm, actor=gm, name="benchmark")
    busy = (
        Account.objects.filter(opportunities__isnull=False)
        .annotate(deals=Count("opportunities"))
        .order_by("-deals")
    )
    typical = list(busy[500:520].values_list("pk", flat=True)) or list(
        busy[:5].values_list("pk", flat=True)
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT short_name FROM accounts_account WHERE short_name !~ '[a-z]' LIMIT 1"
        )
        chinese = cursor.fetchone()[0]
    json.dump(
        {
            "cookie": settings.SESSION_COOKIE_NAME,
            "sessions": {u.username: session_of(u) for u in (gm, manager, director)},
            "token": secret,
            "username": manager.username,
            "password": PASSWORD,
            "accounts": typical,
            "mine": list(
                AccountAssignment.objects.filter(user=manager).values_list("account", flat=True)[
                    :20
                ]
            ),
            "tiers": list(Account.objects.order_by().values_list("tier", flat=True).distinct()[:4]),
            "count": Account.objects.count(),
            "chinese": chinese[:2],
        },
        sys.stdout,
    )


main()
