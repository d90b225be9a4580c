"""What the pages of accounts cost: queries (P9) and bytes (P17), however many rows there are."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Account, AccountAssignment, AccountFigures
from core.normalise import normalise_name, search_index
from tests.factories import (
    make_account,
    make_city,
    make_company,
    make_contact,
    make_director,
    make_industry,
    make_opportunity,
    make_tier,
    make_unit,
    make_user,
    serial,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def unit():
    return make_unit("east", parent=make_unit(), kind="division")


@pytest.fixture
def kim(unit):
    return make_user("kim", unit=unit)


@pytest.fixture
def dora(unit):
    return make_director("dora", unit=unit)


def fill(count, manager):
    """Many accounts at once, with tier, city, industry, manager and figures."""
    tier, city, industry = make_tier(), make_city(), make_industry()
    day = manager.date_joined.date()
    rows = []
    for _n in range(count):
        number = serial()
        name = f"南京衡曜半导体设备第{number}有限公司"
        rows.append(
            Account(
                name=name,
                short_name=f"衡曜{number}",
                file_number=f"KA-{number:05}",
                normalised_name=normalise_name(name),
                search_index=search_index(name),
                department=manager.unit,
                division=manager.unit,
                tier=tier,
                city=city,
                industry=industry,
                credit_grade="A",
            )
        )
    Account.objects.bulk_create(rows, batch_size=500)
    AccountFigures.objects.bulk_create(
        [AccountFigures(account=a, last_contract_on=day) for a in rows], batch_size=500
    )
    AccountAssignment.objects.bulk_create(
        [AccountAssignment(account=a, user=manager, role="manager", starts_on=day) for a in rows],
        batch_size=500,
    )
    return rows


def queries(client, url):
    client.get(url)  # content types and settings are cached from here on
    with CaptureQueriesContext(
        connection,
    ) as captured:
        response = client.get(url)
    assert response.status_code == 200
    return len(captured), response


@pytest.mark.parametrize("who", ["kim", "dora"])
def test_the_list_takes_at_most_eight_queries_with_few_and_many_accounts(client, who, kim, dora):
    client.force_login({"kim": kim, "dora": dora}[who])
    fill(20, kim)
    url = reverse("accounts:account_list")
    few, _response = queries(client, url)
    fill(1980, kim)
    many, _response = queries(client, url)
    assert few == many <= 8


@pytest.mark.parametrize("page", ["account_list", "contact_list"])
def test_the_list_takes_the_same_queries_for_10_and_100_rows(client, dora, kim, page):
    accounts = fill(120, kim)
    for n, account in enumerate(accounts):
        make_contact(f"联系人{n}", account=account, owner=kim, title="总监")
        make_opportunity(owner=kim, account=account, amount=1000 + n)
    client.force_login(dora)
    make_company(list_page_size=10)
    ten, _response = queries(client, reverse(f"accounts:{page}"))
    make_company(list_page_size=100)
    hundred, response = queries(client, reverse(f"accounts:{page}"))
    assert len(response.context["listing"].page.rows) == 100
    assert ten == hundred <= 8


def test_an_account_page_takes_at_most_fifteen_queries(client, dora, kim):
    [account] = fill(1, kim)
    parent = make_account("集团", manager=kim)
    Account.objects.filter(pk=account.pk).update(parent=parent)
    client.force_login(dora)
    url = account.get_absolute_url()
    few, _response = queries(client, url)
    for n in range(60):
        make_contact(f"联系人{n}", account=account, owner=kim, level="senior")
        account.sites.create(name=f"地点{n}")
    many, _response = queries(client, url)
    assert few == many <= 15


@pytest.mark.parametrize("tab", ["account_people", "account_team", "account_history"])
def test_every_tab_takes_at_most_fifteen_queries(client, dora, kim, tab):
    [account] = fill(1, kim)
    for n in range(30):
        make_contact(f"联系人{n}", account=account, owner=kim)
    client.force_login(dora)
    count, _response = queries(client, reverse(f"accounts:{tab}", args=[account.pk]))
    assert count <= 15


def test_the_board_takes_at_most_ten_queries(client, dora, kim):
    for code in ("core", "strategic", "important", "potential"):
        make_tier(code)
    fill(20, kim)
    client.force_login(dora)
    few, _response = queries(client, reverse("accounts:account_board"))
    fill(300, kim)
    many, _response = queries(client, reverse("accounts:account_board"))
    assert few == many <= 10


def test_groups_take_the_same_queries_however_many_there_are(client, dora, kim):
    client.force_login(dora)
    counts = []
    for number in (2, 20):
        for parent in fill(number, kim):
            for child in fill(3, kim):
                Account.objects.filter(pk=child.pk).update(parent=parent)
        counts.append(queries(client, reverse("accounts:account_tree"))[0])
    assert counts[0] == counts[1] <= 12


def test_a_list_reply_is_at_most_three_times_its_rows(client, dora, kim):
    for account in fill(120, kim):
        make_opportunity(owner=kim, account=account, amount=1000)
    make_company(list_page_size=50)
    client.force_login(dora)
    body = client.get(reverse("accounts:account_list")).content
    rows = b"".join(re.findall(rb"<tr>.*?</tr>", body.split(b"<tbody>")[1].split(b"</tbody>")[0]))
    assert rows.count(b"<tr>") == 50
    assert len(body) <= 3 * len(rows)


def test_the_piece_for_htmx_is_smaller_than_the_page(client, dora, kim):
    fill(10, kim)
    client.force_login(dora)
    url = reverse("accounts:account_list")
    page, piece = client.get(url), client.get(url, headers={"HX-Request": "true"})
    assert len(piece.content) < len(page.content) and b"<html" not in piece.content
    assert "HX-Request" in piece["Vary"] and "HX-Request" in page["Vary"]
