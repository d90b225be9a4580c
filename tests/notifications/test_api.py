"""Notifications over the API: one's own, and no more of them than one may see."""

import pytest

from tests import factories as make
from tests.notifications.conftest import tell

pytestmark = pytest.mark.django_db
URL = "/api/v1/notifications/"


@pytest.fixture
def ann(client, people):
    client.force_login(people.ann)
    return client


def post(client, url, body=None):
    return client.post(url, body or {}, content_type="application/json")


def test_one_lists_and_reads_ones_own(ann, people):
    mine, theirs = tell(people.ann), tell(people.bo)
    (row,) = ann.get(URL).json()["results"]
    assert row["id"] == mine.pk and row["title"] == "Notice 1" and row["read_at"] is None
    assert ann.get(f"{URL}{theirs.pk}/").status_code == 404
    assert post(ann, f"{URL}{theirs.pk}/read/").status_code == 404
    assert post(ann, f"{URL}{mine.pk}/read/").json()["read_at"]
    assert ann.get(f"{URL}?unread=true").json()["count"] == 0
    assert ann.get(f"{URL}?unread=perhaps&secret=1").status_code == 400


def test_all_are_read_at_once(ann, people):
    tell(people.ann)
    tell(people.ann, key="2")
    assert post(ann, f"{URL}read-all/").json() == {"read": 2}
    assert post(ann, f"{URL}read-all/", {"until": "never"}).status_code == 400


def test_what_one_may_not_see_any_more_has_no_text(ann, people):
    hidden = make.make_account("Secret account", manager=people.bo)
    tell(people.ann, en="Secret account changed", account_id=hidden.pk)
    answer = ann.get(URL)
    (row,) = answer.json()["results"]
    assert row["hidden"] and "Secret" not in answer.content.decode()


def test_many_cost_no_more_than_few(ann, people, django_assert_max_num_queries):
    acme = make.make_account("Acme", manager=people.ann)
    for number in range(40):
        tell(people.ann, key=str(number), account_id=acme.pk)
    with django_assert_max_num_queries(8):
        assert len(ann.get(URL).json()["results"]) == 40


def test_the_description_names_what_is_answered(ann, people):
    tell(people.ann)
    row = ann.get(URL).json()["results"][0]
    schema = ann.get("/api/v1/schema/?format=json").json()
    described = schema["components"]["schemas"]["Notification"]["properties"]
    assert set(described) == set(row)
    assert "notifications" in ann.get("/api/v1/").json()
