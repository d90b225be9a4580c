"""Visits when people leave or ask for their data, over the API, and nightly."""

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from accounts.models import AccountAssignment, AccountFigures
from accounts.services import anonymise_contact, export_person, hand_over, merge_accounts
from documents.models import Document, DocumentTemplate
from engagement.models import Visit, VisitSettings
from engagement.recurrence import moments
from engagement.search import search_visits
from engagement.services import check_in
from engagement.services.visit_upkeep import repair_visit_figures, return_unseen_visits
from flows.models import WorkItem
from flows.services import complete
from tests import factories as make
from tests.engagement.visits.conftest import HOUR, plan, tomorrow

pytestmark = pytest.mark.django_db


def test_a_leaver_hands_over_what_is_to_come_with_its_steps(house):
    visit = plan(house)
    held = make.make_visit(house.acme, owner=house.kim, status="archived")
    hand_over(leaver=house.kim, to=house.lee, actor=house.dora, reason="leaves")
    visit.refresh_from_db()
    held.refresh_from_db()
    assert (visit.owner, held.owner) == (house.lee, house.kim)
    assert WorkItem.objects.about("visit", visit.pk).get(state="open").assignee == house.lee


def test_who_lost_the_account_gives_its_visits_to_the_manager(house):
    visit = plan(house, owner=house.lee)
    assert return_unseen_visits() == 0
    lost = {"starts_on": "2019-01-01", "ends_on": "2020-01-01"}
    AccountAssignment.objects.filter(user=house.lee).update(**lost)
    assert return_unseen_visits() == 1
    visit.refresh_from_db()
    assert visit.owner == house.kim and return_unseen_visits() == 0


def test_the_nightly_job_repairs_figures_and_forgets_yesterday(house):
    visit = plan(house)
    figures = AccountFigures.objects.filter(account=house.acme)
    assert repair_visit_figures() == 0
    figures.update(last_visit_on="2020-01-01")
    assert repair_visit_figures() == 1
    assert figures.get().last_visit_on is None
    assert figures.get().next_visit_on == timezone.localdate(visit.starts_at)
    assert repair_visit_figures(visit.starts_at + 24 * HOUR) == 1
    assert figures.get().next_visit_on is None


def test_a_person_is_told_of_their_visits_and_forgotten_in_them(house):
    visit = plan(house, contacts=[house.chen])
    data = export_person(contact=house.chen, actor=house.dora)
    assert [row["number"] for row in data["visits"]] == [visit.number]
    anonymise_contact(contact=house.chen, reason="asked for it", actor=house.dora)
    row = visit.contacts.select_related("contact").get()
    assert row.level == "" and "Chen" not in str(row)


def test_visits_are_found_by_number_purpose_and_account(house):
    visit = plan(house, purpose="Talk about valves")
    for text in (visit.number, "valves", "acme"):
        assert [hit["url"] for hit in search_visits(house.kim, text, 5)["hits"]] == [
            visit.get_absolute_url()
        ]
    assert search_visits(house.stranger, visit.number, 5)["hits"] == []


def test_the_end_of_a_month_stays_the_end_of_a_month():
    first = tomorrow().replace(year=2027, month=1, day=31, tzinfo=None)
    found = moments(first, every=1, unit="month", count=4, most=9)
    assert [(one.month, one.day) for one in found] == [(1, 31), (2, 28), (3, 31), (4, 30)]
    until = first.replace(day=14, month=2).date()
    assert len(moments(first, every=1, unit="week", until=until, most=9)) == 3


def test_the_list_of_accounts_shows_both_days(house, client):
    make.make_visit(house.acme, owner=house.kim, status="archived")
    repair_visit_figures()
    client.force_login(house.kim)
    page = client.get(reverse("accounts:account_list"), {"sort": "-last_visit"})
    assert page.status_code == 200 and "Last visit" in page.content.decode()


def test_an_administrator_looks_at_visits_and_sets_the_limits(house, client):
    visit = plan(house)
    client.force_login(make.make_administrator())
    assert client.get(reverse("admin:engagement_visit_change", args=[visit.pk])).status_code == 200
    url = reverse("admin:engagement_visitsettings_add")
    fields = dict.fromkeys(
            ("plan_days", "record_days", "gap_minutes", "check_in_hours", "brief_visits"), 5
        )
    fields |= {"usual_minutes": 45, "series_most": 12}
    assert client.post(url, fields).status_code == 302
    assert (VisitSettings.current().record_days, VisitSettings.current().series_most) == (5, 12)


def test_over_the_api_from_the_plan_to_the_record(house, client):
    client.force_login(house.kim)
    begins = timezone.now() - HOUR

    def post(url, **body):
        return client.post(url, body, content_type="application/json")

    made = post(
        reverse("api:visit-list"),
        account=house.acme.pk,
        purpose="By machine",
        kind="programme",
        place="Acme",
        starts_at=begins.isoformat(),
        ends_at=(begins + HOUR).isoformat(),
        contacts=[house.chen.pk],
        hand_in=True,
    )
    assert made.status_code == 201, made.json()
    visit = made.json()
    assert (visit["status"], visit["contacts"][0]["level"]) == ("plan_confirmed", "senior")
    url = reverse("api:visit-detail", args=[visit["id"]])
    body = {"version": visit["version"], "status": "archived"}
    assert client.patch(url, body, content_type="application/json").status_code == 409
    body = {"version": visit["version"], "agenda": "Prices"}
    assert client.patch(url, body, content_type="application/json").json()["agenda"] == "Prices"
    arrived = post(reverse("api:visit-check-in", args=[visit["id"]]), place="Gate 3")
    assert arrived.json()["status"] == "visited"
    recorded = post(
        reverse("api:visit-record", args=[visit["id"]]),
        contacts=[house.chen.pk],
        place="Acme",
        topics="Prices",
        next_step="Offer",
        result="good",
        file_check="unchanged",
        commitments=[
            {"what": "Send it", "who": house.kim.pk, "due_on": timezone.localdate().isoformat()}
        ],
    )
    assert recorded.status_code == 200, recorded.json()
    assert recorded.json()["record"]["topics"] == "Prices"
    assert WorkItem.objects.about("visit", visit["id"]).filter(run=None).count() == 1
    late = post(reverse("api:visit-cancel", args=[visit["id"]]), reason="no")
    assert late.status_code == 400
    assert len(client.get(reverse("api:visit-list"), {"status": "recorded"}).json()["results"]) == 1


def test_many_visits_are_made_at_once_and_agree_with_the_figures(db):
    call_command(
        "make_load",
        accounts=20,
        contacts=30,
        opportunities=10,
        users=10,
        visits=200,
        verbosity=0,
    )
    assert Visit.objects.count() == 200
    assert repair_visit_figures() == 0


def test_merged_accounts_show_the_visits_of_both(house):
    other = make.make_account("Acme Branch", manager=house.kim)
    held = make.make_visit(
        other,
        owner=house.kim,
        status="archived",
        contacts=[house.chen],
        starts_at=tomorrow() - 48 * HOUR,
    )
    repair_visit_figures()
    merge_accounts(keep=house.acme, absorb=other, choices={}, actor=None)
    held.refresh_from_db()
    assert held.account == house.acme
    figures = AccountFigures.objects.get(account=house.acme)
    assert figures.last_visit_on == timezone.localdate(held.held_at)


def test_the_step_offers_the_customers_form_again(house, client):
    visit = plan(house, begins=timezone.now() - HOUR, hand_in=True)
    complete(item=WorkItem.objects.about("visit", visit.pk).get(state="open"), outcome="approve",
             actor=house.mia)  # fmt: skip
    visit.refresh_from_db()
    check_in(visit=visit, actor=house.kim, place="Gate")
    client.force_login(house.kim)
    page = client.get(visit.get_absolute_url())
    urls = [one["url"] for one in page.context["forms"]]
    assert any("customer_basic_information" in url for url in urls)
    assert all(f"account={house.acme.pk}" in url for url in urls)
    make.make_document(
        DocumentTemplate.objects.get(code="customer_basic_information"),
        name="Known already",
        **make.about(house.acme, house.kim),
    )
    urls = [one["url"] for one in client.get(visit.get_absolute_url()).context["forms"]]
    assert Document.objects.get().get_absolute_url() in urls
