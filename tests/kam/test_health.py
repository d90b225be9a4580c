"""What the processes say to whoever watches them."""

import pytest
from django.db import OperationalError, connection
from django.urls import reverse

from kam import health

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def forget():
    health._migrated.clear()
    yield
    health._migrated.clear()


@pytest.mark.parametrize("name", ["health_live", "health_ready"])
def test_anybody_may_ask(client, name):
    answer = client.get(reverse(name))
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert "no-cache" in answer["Cache-Control"]


@pytest.mark.parametrize("name", ["health_live", "health_ready"])
def test_nothing_can_be_sent(client, name):
    assert client.post(reverse(name)).status_code == 405


def test_a_database_that_lags_behind_gets_no_traffic(client, monkeypatch):
    monkeypatch.setattr(health.MigrationExecutor, "migration_plan", lambda *_: ["one"])
    answer = client.get(reverse("health_ready"))
    assert (answer.status_code, answer.json()) == (503, {"status": "migrations pending"})
    assert client.get(reverse("health_live")).status_code == 200


def test_a_database_that_is_away_gets_no_traffic(client, monkeypatch):
    def away():
        raise OperationalError("connection refused")

    monkeypatch.setattr(connection, "cursor", away)
    answer = client.get(reverse("health_ready"))
    assert (answer.status_code, answer.json()) == (503, {"status": "database unreachable"})


def test_being_ready_is_cheap_once_it_was_so(client, django_assert_num_queries):
    client.get(reverse("health_ready"))
    with django_assert_num_queries(1):
        client.get(reverse("health_ready"))
