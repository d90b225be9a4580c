"""The maintenance form (R-ACC-34): a proposal is accepted or refused; only then the file moves."""

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from accounts.models import Account
from accounts.services import update_account
from core.exceptions import DomainError, StaleVersion
from core.models import AuditEntry
from notifications.models import Notification
from planning import services
from planning.models import FileChange
from tests import factories as make
from tests.factories import make_city

HX = {"HX-Request": "true"}


def propose(house, **values):
    return services.propose_changes(
        account=house.acme, values=values, source="call of 3 May", actor=house.lee
    )


def current(house) -> Account:
    return Account.objects.get(pk=house.acme.pk)


def test_several_fields_are_proposed_in_one_form(client, house):
    client.force_login(house.lee)
    url = reverse("planning:account_propose", args=[house.acme.pk])
    form = client.get(url).context["form"]
    data = {name: "" if form[name].value() is None else form[name].value() for name in form.fields}
    city = make_city()
    answer = client.post(url, data | {"phone": "025-2", "city": city.pk, "source": "visit"})
    assert answer.status_code == 302
    rows = {row.field: row for row in FileChange.objects.all()}
    assert set(rows) == {"phone", "city"}
    assert (rows["phone"].old_value, rows["phone"].new_value) == ("025-1", "025-2")
    assert rows["city"].new_value == str(city.pk) and rows["city"].author == house.lee
    assert current(house).phone == "025-1"
    told = Notification.objects.get(kind="planning.changes_proposed")
    assert told.recipient == house.kim


def test_a_form_without_a_change_is_refused_and_says_so(client, house):
    client.force_login(house.lee)
    url = reverse("planning:account_propose", args=[house.acme.pk])
    form = client.get(url).context["form"]
    data = {name: "" if form[name].value() is None else form[name].value() for name in form.fields}
    answer = client.post(url, data | {"source": "visit"})
    assert answer.status_code == 422 and "at least one field" in answer.content.decode()
    assert not FileChange.objects.exists()


def test_accepting_writes_the_file_with_its_source(house):
    change = propose(house, phone="025-2")[0]
    services.accept_change(change=change, actor=house.kim)
    assert current(house).phone == "025-2"
    assert change.state == "accepted" and change.decided_by == house.kim
    entry = AuditEntry.objects.get(action="account.edited")
    assert entry.reason == "call of 3 May" and entry.actor == house.kim


def test_a_reference_is_written_as_a_reference(house):
    city = make_city()
    change = propose(house, city=city)[0]
    services.accept_change(change=change, actor=house.dora)
    assert current(house).city == city


def test_a_field_that_moved_meanwhile_shows_both_values(client, house):
    change = propose(house, phone="025-2")[0]
    update_account(account=current(house), values={"phone": "025-9"}, actor=house.kim)
    with pytest.raises(StaleVersion) as stale:
        services.accept_change(change=change, actor=house.kim)
    assert stale.value.conflicts == {"phone": ("025-9", "025-2")}
    client.force_login(house.kim)
    url = reverse("planning:change_accept", args=[change.pk])
    seen = {"version": change.version, "seen": change.old_value}
    answer = client.post(url, seen, headers=HX)
    page = answer.content.decode()
    assert answer.status_code == 409 and "025-9" in page and "025-2" in page
    assert current(house).phone == "025-9"
    form = answer.context["form"]
    again = {"version": form["version"].value(), "seen": form["seen"].value()}
    assert client.post(url, again, headers=HX).status_code == 204
    assert current(house).phone == "025-2"


def test_refusing_needs_a_reason_and_leaves_the_file(client, house):
    change = propose(house, phone="025-2")[0]
    client.force_login(house.kim)
    url = reverse("planning:change_refuse", args=[change.pk])
    assert client.post(url, {"version": 1, "reason": ""}).status_code == 422
    assert client.post(url, {"version": 1, "reason": "old number"}).status_code == 302
    change.refresh_from_db()
    assert change.state == "refused" and change.reason == "old number"
    assert current(house).phone == "025-1"
    assert Notification.objects.get(kind="planning.change_decided").recipient == house.lee


def test_what_is_decided_stays_decided(house):
    change = propose(house, phone="025-2")[0]
    services.refuse_change(change=change, reason="old", actor=house.kim)
    with pytest.raises(StaleVersion):
        services.accept_change(change=change, actor=house.kim)
    assert current(house).phone == "025-1"


def test_only_the_owner_and_their_line_decide(client, house):
    change = propose(house, phone="025-2")[0]
    with pytest.raises(PermissionDenied):
        services.accept_change(change=change, actor=house.lee)
    client.force_login(house.stranger)
    assert client.get(reverse("planning:change_accept", args=[change.pk])).status_code == 404
    assert client.get(reverse("planning:account_propose", args=[house.acme.pk])).status_code == 404


def test_the_same_proposal_twice_is_refused(house):
    propose(house, phone="025-2")
    with pytest.raises(DomainError) as refusal:
        propose(house, phone="025-2")
    assert refusal.value.field == "phone"


def test_the_visit_a_change_was_learned_on_is_one_step_away(client, house):
    visit = make.make_visit(house.acme, owner=house.kim)
    services.propose_changes(
        account=house.acme, values={"phone": "025-9"}, source=visit.number, actor=house.kim
    )
    client.force_login(house.kim)
    way = f'href="{visit.get_absolute_url()}">{visit.number}</a>'
    for name, args in (("account_file", [house.acme.pk]), ("change_list", [])):
        page = client.get(reverse(f"planning:{name}", args=args)).content.decode()
        assert way in page, name


def test_the_list_shows_what_one_sees(client, house, django_assert_max_num_queries):
    propose(house, phone="025-2", address="Nanjing Road 1")
    client.force_login(house.kim)
    with django_assert_max_num_queries(20):
        page = client.get(reverse("planning:change_list"), {"state": "proposed"})
    assert page.context["listing"].count == 2
    client.force_login(house.stranger)
    assert client.get(reverse("planning:change_list")).context["listing"].count == 0


def test_over_the_api(client, house):
    client.force_login(house.lee)
    body = {"account": house.acme.pk, "phone": "025-3", "source": "letter"}
    made = client.post("/api/v1/file-changes/", body, content_type="application/json")
    assert made.status_code == 201 and made.json()[0]["field"] == "phone"
    bad = client.post(
        "/api/v1/file-changes/", body | {"status": "registered"}, content_type="application/json"
    )
    assert bad.status_code == 400
    client.force_login(house.kim)
    url = f"/api/v1/file-changes/{made.json()[0]['id']}/accept/"
    assert client.post(url, {}, content_type="application/json").json()["state"] == "accepted"
    assert current(house).phone == "025-3"
