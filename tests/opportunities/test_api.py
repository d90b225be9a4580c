"""Opportunities and products over the API."""

import datetime
from decimal import Decimal

import pytest

from opportunities.models import OpportunityLine
from tests import factories as make

DEALS = "/api/v1/opportunities/"
PRODUCTS = "/api/v1/products/"
DAY = datetime.date(2026, 5, 4)


@pytest.fixture
def kim(db):
    make.make_currency()
    return make.make_user("kim")


@pytest.fixture
def acme(kim):
    return make.make_account("Acme", manager=kim)


@pytest.fixture
def api(client, kim):
    client.force_login(kim)

    def send(url, body, method="post", **headers):
        return getattr(client, method)(url, body, content_type="application/json", **headers)

    client.send = send
    return client


def test_a_deal_from_first_sight_to_won(api, kim, acme):
    product = make.make_product("P", list_price=Decimal("100.00"))
    answer = api.send(
        DEALS,
        {
            "name": "Network",
            "account": acme.pk,
            "opened_on": "2026-01-05",
            "lines": [{"product": product.pk, "quantity": "3"}],
        },
    )
    assert answer.status_code == 201, answer.content
    deal = answer.json()
    assert (deal["amount"], deal["status"], deal["milestone"]) == ("300.00", "open", "identified")
    url = f"{DEALS}{deal['id']}/"
    moved = api.send(f"{url}move/", {"milestone": "proposed", "version": deal["version"]})
    assert moved.json()["milestone"] == "proposed"
    refused = api.send(f"{url}move/", {"milestone": "signed"})
    assert refused.status_code == 400
    assert refused.json()["error"]["missing"][-1]["link"]
    won = api.send(f"{url}win/", {"closed_on": str(DAY), "amount": "280.50"})
    assert (won.json()["status"], won.json()["milestone"]) == ("won", "signed")
    assert won.json()["amount_base"] == "280.50"


def test_a_deal_is_lost_with_a_reason_and_reopened(api, kim):
    deal = make.make_opportunity(owner=kim, opened_on=DAY)
    url = f"{DEALS}{deal.pk}/"
    assert api.send(f"{url}lose/", {"closed_on": str(DAY)}).status_code == 400
    lost = api.send(f"{url}lose/", {"closed_on": str(DAY), "reason": "price"}).json()
    assert (lost["status"], lost["lost_reason"]) == ("lost", "price")
    assert api.send(f"{url}reopen/", {"reason": "they call again"}).json()["status"] == "open"


def test_status_is_no_field_to_write(api, kim):
    deal = make.make_opportunity(owner=kim)
    for name in ("status", "milestone", "amount_base", "owner_unit", "number", "closed_month"):
        answer = api.send(f"{DEALS}{deal.pk}/", {name: "won", "version": 1}, "patch")
        assert name in answer.json()["error"]["fields"]


def test_filters(api, kim, acme):
    make.make_opportunity("Big", owner=kim, account=acme, amount=Decimal(900))
    make.make_opportunity("Small", owner=kim, amount=Decimal(10))
    won = make.make_opportunity(
        "Won", owner=kim, account=acme, amount=Decimal(50), status="won", closed_on=DAY
    )

    def names(query):
        return [row["name"] for row in api.get(f"{DEALS}?ordering=name&{query}").json()["results"]]

    assert names("status=open") == ["Big", "Small"]
    assert names("status=won,lost") == ["Won"]
    assert names(f"account={acme.pk}") == ["Big", "Won"]
    assert names("without_account=true") == ["Small"]
    assert names("amount_min=50") == ["Big", "Won"]
    assert names("closed_after=2026-05-01&closed_before=2026-05-31") == ["Won"]
    assert names(f"search={won.number.lower()}") == ["Won"]
    ordered = api.get(f"{DEALS}?ordering=-amount").json()["results"]
    assert [row["name"] for row in ordered] == ["Big", "Won", "Small"]


def test_the_summary_adds_up_what_one_sees_after_the_filters(api, kim):
    for month in (1, 2, 5, 12):
        make.make_opportunity(
            owner=kim, amount=Decimal("100.10"), status="won",
            closed_on=datetime.date(2026, month, 3),
        )  # fmt: skip
    make.make_opportunity(owner=kim, amount=Decimal(7), status="lost", closed_on=DAY)
    make.make_opportunity(owner=kim, amount=Decimal(30))
    make.make_opportunity(owner=make.make_user("lee"), amount=Decimal(9999))
    told = api.get(f"{DEALS}summary/").json()
    assert (told["count"], told["won"], told["won_amount"]) == (6, 4, "400.40")
    assert (told["open"], told["open_amount"], told["lost"]) == (1, "30.00", 1)
    assert told["win_rate"] == "80.00"
    assert told["won_by_quarter"] == [
        {"quarter": "2026 Q1", "count": 2, "amount": "200.20"},
        {"quarter": "2026 Q2", "count": 1, "amount": "100.10"},
        {"quarter": "2026 Q4", "count": 1, "amount": "100.10"},
    ]
    assert api.get(f"{DEALS}summary/?closed_after=2026-12-01").json()["count"] == 1
    assert api.get(f"{DEALS}summary/?nonsense=1").status_code == 400


def test_a_deal_is_not_put_on_a_hidden_account(api, kim):
    hidden = make.make_account("Hidden", manager=make.make_user("lee"))
    answers = [
        api.send(DEALS, {"name": "x", "account": account}) for account in (hidden.pk, 99999999)
    ]
    assert {answer.status_code for answer in answers} == {400}
    assert answers[0].content == answers[1].content


def test_a_hidden_account_of_a_visible_deal_is_neither_named_nor_asked_for(api, kim, acme):
    hidden = make.make_account("Hidden", manager=make.make_user("lee"))
    for account in (hidden, acme, None):
        make.make_opportunity(f"of {account}", owner=kim, account=account)
    rows = {row["name"]: row for row in api.get(DEALS).json()["results"]}
    assert rows["of Hidden"]["account"] is None and rows["of Hidden"]["account_hidden"]
    assert rows[f"of {acme}"]["account"]["id"] == acme.pk
    assert not rows[f"of {acme}"]["account_hidden"] and not rows["of None"]["account_hidden"]
    one = api.get(f"{DEALS}{rows['of Hidden']['id']}/").json()
    assert one["account"] is None and one["account_hidden"]
    asked = [api.get(f"{DEALS}?account={pk}").content for pk in (hidden.pk, 99999999)]
    assert asked[0] == asked[1]
    sums = [api.get(f"{DEALS}summary/?account={pk}").content for pk in (hidden.pk, 99999999)]
    assert sums[0] == sums[1]


def test_lists_cost_the_same_for_ten_and_for_a_hundred(
    api, kim, acme, django_assert_max_num_queries
):
    product = make.make_product("P")
    for number in range(100):
        deal = make.make_opportunity(f"Deal {number}", owner=kim, account=acme)
        OpportunityLine.objects.create(opportunity=deal, product=product)
    for size in (10, 100):
        with django_assert_max_num_queries(8):
            assert len(api.get(f"{DEALS}?page_size={size}").json()["results"]) == size


def test_only_keepers_of_the_catalogue_change_it(api, client, kim):
    assert api.send(PRODUCTS, {"code": "N", "name_en": "New"}).status_code == 403
    client.force_login(make.make_administrator("root"))
    body = {"code": "N", "name_en": "New", "list_price": "9.99", "floor_price": "5.00"}
    made = api.send(PRODUCTS, body)
    assert made.status_code == 201
    assert made.json()["floor_price"] == "5.00"
    url = f"{PRODUCTS}{made.json()['id']}/"
    assert api.send(url, {"list_price": "8.00", "version": 1}, "patch").json()["version"] == 2
