"""`holds` finds exactly what `contains` finds, on both databases, and has an index for it."""

import pytest
from django.db import connection

from accounts.models import Account
from core.lookups import spread
from tests.factories import make_account

pytestmark = pytest.mark.django_db

NAMES = ("苏州衡曜半导体有限公司", "Alta Motors 50%", "砺川A_1重工", "禾序医疗 Healthcare")
PARTS = (
    "衡",
    "衡曜",
    "半导体有限",
    "公司",
    "motors",
    "ot",
    "%",
    "0%",
    "a_1",
    "a_1重",
    "川a",
    "疗 he",
    "heng",
    "hengyao",
    "曜衡",
    "\\",
    "zzz",
)


@pytest.fixture
def accounts():
    return [make_account(name=name) for name in NAMES]


@pytest.mark.parametrize("part", PARTS)
def test_any_part_is_found_and_nothing_else(accounts, part):
    found = set(Account.objects.filter(search_index__holds=part).values_list("pk", flat=True))
    assert found == {a.pk for a in accounts if part in a.search_index}


def test_a_part_stays_a_part_when_both_are_spread():
    assert spread("衡曜") in spread("苏州衡曜半导体")
    assert spread("州衡a") in spread("苏州衡abc")
    assert spread("plain") == "plain"


@pytest.mark.skipif(connection.vendor != "postgresql", reason="the index is PostgreSQL's")
def test_postgresql_looks_into_the_index(accounts):
    rows = Account.objects.filter(search_index__holds="衡曜").order_by()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert "accounts_account_spread" in rows.values("pk").explain()
