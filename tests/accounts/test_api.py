"""Accounts and contacts over the API: the same services as the pages."""

import datetime

import pytest

from accounts.models import AccountAssignment, Contact, ContactRole
from core.models import AuditEntry
from tests import factories as make

ACCOUNTS = "/api/v1/accounts/"
CONTACTS = "/api/v1/contacts/"


@pytest.fixture
def cast(db):
    make.make_currency()
    root = make.make_unit("co")
    team = make.make_unit("team", parent=root)
    kim = make.make_user("kim", unit=team)
    return {
        "kim": kim,
        "dora": make.make_director("dora", unit=team),
        "lee": make.make_user("lee", unit=team),
        "acme": make.make_account("Acme", manager=kim, tier=make.make_tier("important")),
    }


def send(client, user, url, body, method="post"):
    client.force_login(user)
    return getattr(client, method)(url, body, content_type="application/json")


def test_entering_an_account_gives_its_address_and_version(client, cast):
    answer = send(client, cast["kim"], ACCOUNTS, {"name": "江苏银行股份有限公司", "phone": "025"})
    assert answer.status_code == 201
    body = answer.json()
    assert answer["Location"].endswith(f"/api/v1/accounts/{body['id']}/")
    assert answer["ETag"] == '"1"'
    assert body["manager"] == {"id": cast["kim"].pk, "name": str(cast["kim"])}
    assert body["department"]["id"] == cast["kim"].unit_id
    assert body["file_number"] is None
    assert client.get(answer["Location"]).json() == body


def test_a_duplicate_is_refused_until_confirmed(client, cast):
    answer = send(client, cast["kim"], ACCOUNTS, {"name": "ACME  Inc."})
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "duplicate_account"
    answer = send(client, cast["kim"], ACCOUNTS, {"name": "ACME Inc.", "confirm_duplicate": True})
    assert answer.status_code == 201


def test_a_tier_changes_by_its_action_only(client, cast):
    url = f"{ACCOUNTS}{cast['acme'].pk}/change-tier/"
    body = {"tier": make.make_tier("strategic").pk, "reason": "Frame contract", "version": 1}
    assert send(client, cast["kim"], url, body).status_code == 403
    answer = send(client, cast["dora"], url, body)
    assert answer.status_code == 200
    assert answer.json()["tier"]["id"] == body["tier"]
    back = {"tier": make.make_tier("important").pk, "reason": "mistake", "version": 1}
    assert send(client, cast["dora"], url, back).status_code == 409
    no_reason = {"tier": body["tier"]}
    assert "reason" in send(client, cast["dora"], url, no_reason).json()["error"]["fields"]


def test_a_transfer_out_of_sight_is_answered_without_a_body(client, cast):
    other = make.make_user("far", unit=make.make_unit("far", parent=make.make_unit("co")))
    url = f"{ACCOUNTS}{cast['acme'].pk}/transfer/"
    body = {"to": other.pk, "reason": "moves", "on": str(datetime.date.today())}
    answer = send(client, cast["dora"], url, body)
    assert answer.status_code == 204
    assert AccountAssignment.objects.filter(account=cast["acme"], user=other, ends_on=None).exists()


def test_archived_accounts_are_filtered_and_come_back(client, cast):
    url = f"{ACCOUNTS}{cast['acme'].pk}/"
    assert send(client, cast["dora"], f"{url}archive/", {"reason": "closed"}).status_code == 200
    assert client.get(f"{ACCOUNTS}?archived=false").json()["count"] == 0
    assert client.get(f"{ACCOUNTS}?archived=true").json()["count"] == 1
    assert send(client, cast["dora"], f"{url}restore/", {}).json()["archived_at"] is None


def test_a_contact_comes_with_its_role(client, cast):
    body = {"name": "王芳", "account": cast["acme"].pk, "title": "CFO", "level": "senior"}
    answer = send(client, cast["kim"], CONTACTS, body)
    assert answer.status_code == 201
    [role] = answer.json()["roles"]
    assert (role["account"]["id"], role["title"], role["level"]) == (
        cast["acme"].pk,
        "CFO",
        "senior",
    )
    assert client.get(f"{CONTACTS}?account={cast['acme'].pk}&level=senior").json()["count"] == 1
    assert client.get(f"{CONTACTS}?search=wangfang").json()["count"] == 1


def test_a_contact_of_a_hidden_account_cannot_be_entered(client, cast):
    before = Contact.objects.count()
    body = {"name": "Wang", "account": cast["acme"].pk}
    answer = send(client, cast["lee"], CONTACTS, body)
    assert answer.status_code == 400
    assert Contact.objects.count() == before


def test_roles_at_hidden_accounts_are_not_told_or_filtered_by(client, cast):
    hidden = make.make_account("Hidden", manager=cast["lee"])
    contact = make.make_contact("Both", account=cast["acme"])
    ContactRole.objects.create(contact=contact, account=hidden, title="Secret")
    client.force_login(cast["kim"])
    body = client.get(f"{CONTACTS}{contact.pk}/").json()
    assert [role["account"]["id"] for role in body["roles"]] == [cast["acme"].pk]
    assert client.get(f"{CONTACTS}?account={hidden.pk}").json()["count"] == 0


def test_every_write_leaves_one_entry(client, cast):
    url = f"{ACCOUNTS}{cast['acme'].pk}/"
    before = AuditEntry.objects.count()
    send(client, cast["kim"], url, {"phone": "1", "version": 1}, "patch")
    assert AuditEntry.objects.count() == before + 1
    entry = AuditEntry.objects.latest("pk")
    assert (entry.channel, entry.actor, entry.changes) == ("api", cast["kim"], {"phone": ["", "1"]})


def test_lists_of_contacts_cost_the_same_for_ten_and_fifty(
    client, cast, django_assert_max_num_queries
):
    for number in range(50):
        make.make_contact(f"Person {number}", account=cast["acme"])
    client.force_login(cast["kim"])
    for size in (10, 50):
        with django_assert_max_num_queries(8):
            assert len(client.get(f"{CONTACTS}?page_size={size}").json()["results"]) == size
