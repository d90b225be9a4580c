"""A visit over the API names a site of an account its planner sees, or none."""

import pytest
from django.urls import reverse

from accounts.models import AccountSite
from tests import factories as make
from tests.engagement.visits.conftest import HOUR, tomorrow

pytestmark = pytest.mark.django_db
NEVER = 987_654_321


@pytest.fixture
def plan_at(house, client):
    client.force_login(house.kim)

    def post(site):
        body = {
            "account": house.acme.pk,
            "purpose": "Look",
            "kind": "programme",
            "starts_at": tomorrow().isoformat(),
            "ends_at": (tomorrow() + HOUR).isoformat(),
            "contacts": [house.chen.pk],
            "site": site,
        }
        return client.post(reverse("api:visit-list"), body, content_type="application/json")

    return post


def test_a_site_of_a_hidden_account_is_answered_like_one_that_never_was(house, plan_at):
    hidden = make.make_account("Hidden", department=house.stranger.unit)
    refused = plan_at(AccountSite.objects.create(account=hidden, name="Secret plant").pk)
    never = plan_at(NEVER)
    assert refused.status_code == never.status_code == 400
    assert refused.content == never.content
    assert list(refused.json()["error"]["fields"]) == ["site"]


def test_a_site_of_the_account_is_taken(house, plan_at):
    made = plan_at(AccountSite.objects.create(account=house.acme, name="Plant").pk)
    assert made.status_code == 201, made.json()


def test_a_site_of_another_account_one_sees_is_refused_too(house, plan_at):
    other = make.make_account("Other", manager=house.kim)
    made = plan_at(AccountSite.objects.create(account=other, name="Elsewhere").pk)
    assert made.status_code == 400
    assert list(made.json()["error"]["fields"]) == ["site"]
