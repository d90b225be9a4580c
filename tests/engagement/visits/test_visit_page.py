"""The page of a visit: where it stands, and answering on it."""

import pytest
from django.urls import reverse

from tests.engagement.visits.conftest import plan

pytestmark = pytest.mark.django_db


def answered(client, visit, user, outcome, opinion=""):
    client.force_login(user)
    item = client.get(visit.get_absolute_url()).context["mine"][0].item
    body = {
        "item": item.pk,
        "version": item.version,
        "outcome": outcome,
        "opinion": opinion,
    }
    answer = client.post(reverse("engagement:visit_answer", args=[visit.pk]), body)
    visit.refresh_from_db()
    return answer


def test_whose_turn_it_is_answers_on_the_page(house, client):
    visit = plan(house, place="")
    refused = answered(client, visit, house.kim, "submit")
    assert refused.status_code == 422 and "a place or a site" in refused.content.decode()
    visit = plan(house)
    assert answered(client, visit, house.kim, "submit").status_code == 302
    silent = answered(client, visit, house.mia, "return")
    assert silent.status_code == 422 and visit.status == "plan_submitted"
    answered(client, visit, house.mia, "return", "Where?")
    assert (
        visit.status == "draft"
        and "Where?" in client.get(visit.get_absolute_url()).content.decode()
    )


def test_who_is_not_asked_looks_on(house, client, django_assert_max_num_queries):
    visit = plan(house, budget=800, hand_in=True)
    client.force_login(house.lee)
    with django_assert_max_num_queries(45):
        page = client.get(visit.get_absolute_url())
    assert page.context["mine"] == [] and len(page.context["others"]) == 1
    here = [stop.name for stop in page.context["stops"] if stop.kind == "here"]
    assert here == ["Marketing staff confirm the plan"]
    ahead = [stop.name for stop in page.context["stops"] if stop.kind == "next"]
    assert "Company leaders approve" in ahead and "Carry out the visit (without funds)" not in ahead
    item = page.context["others"][0].item
    url = reverse("engagement:visit_answer", args=[visit.pk])
    body = {"item": item.pk, "outcome": "approve"}
    assert client.post(url, body).status_code == 403
    client.force_login(house.leo)
    assert client.post(url, body).status_code == 404
