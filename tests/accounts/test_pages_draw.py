"""Every page of accounts and contacts draws for who may see it, whole and as a piece."""

import pytest
from django.urls import reverse

from tests.factories import (
    make_account,
    make_city,
    make_contact,
    make_director,
    make_industry,
    make_opportunity,
    make_tier,
    make_unit,
    make_user,
)

pytestmark = pytest.mark.django_db

PLAIN = (
    "account_list",
    "account_export",
    "account_board",
    "account_tree",
    "account_create",
    "account_duplicates",
    "account_options",
    "people_options",
    "contact_list",
    "contact_export",
    "contact_options",
    "contact_create",
)
OF_ACCOUNT = (
    "account_detail",
    "account_people",
    "account_team",
    "account_history",
    "account_children",
    "account_edit",
    "account_classify",
    "account_move_in_group",
    "account_assign",
    "site_create",
)
DIRECTORS = (
    "account_change_tier",
    "account_transfer",
    "account_set_credit",
    "account_archive",
    "account_merge",
    "account_serve",
)
OF_CONTACT = (
    "contact_detail",
    "contact_edit",
    "contact_role_create",
    "contact_change_employer",
    "contact_merge",
    "contact_archive",
)


@pytest.fixture
def house():
    unit = make_unit("d", parent=make_unit(), kind="division")
    manager = make_user("kim", unit=unit)
    tiers = [make_tier(code) for code in ("core", "strategic", "important", "potential")]
    group = make_account("集团", manager=manager, tier=tiers[0], industry=make_industry())
    account = make_account(
        "苏州衡曜", manager=manager, tier=tiers[0], city=make_city(), parent=group
    )
    contact = make_contact("高翊", account=account, title="总监", level="senior", owner=manager)
    make_opportunity(owner=manager, account=account, amount=50_000)
    make_opportunity(owner=manager, account=account, amount=90_000, status="won")
    return {
        "director": make_director("dora", unit=unit),
        "manager": manager,
        "account": account,
        "group": group,
        "contact": contact,
    }


def addresses(house, names, key=None):
    args = [house[key].pk] if key else []
    return [reverse(f"accounts:{name}", args=args) for name in names]


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}], ids=["page", "piece"])
@pytest.mark.parametrize("who", ["manager", "director"])
def test_every_page_draws(client, house, who, headers):
    client.force_login(house[who])
    urls = [
        *addresses(house, PLAIN),
        *addresses(house, OF_ACCOUNT, "account"),
        *addresses(house, OF_CONTACT, "contact"),
        reverse("accounts:account_cell", args=[house["account"].pk, "closeness"]),
        reverse("accounts:contact_cell", args=[house["contact"].pk, "mobile"]),
        reverse("accounts:account_children", args=[house["group"].pk]),
        reverse("accounts:account_detail", args=[house["account"].pk]) + "?part=changes",
        "/accounts/?choices=*",
        "/accounts/?choices=tier&tier=1",
        "/accounts/?total=won",
        "/search/?q=heng",
        reverse("core:view_save") + "?page=accounts",
    ]
    if who == "director":
        urls += addresses(house, DIRECTORS, "account")
        urls.append(
            f"{reverse('accounts:account_merge', args=[house['account'].pk])}"
            f"?other={house['group'].pk}"
        )
        urls.append(reverse("accounts:handover"))
    for url in urls:
        response = client.get(url, headers=headers)
        assert response.status_code == 200, url
        if response.streaming:
            assert b"".join(response.streaming_content)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("page", ["account_list", "contact_list"])
def test_every_order_and_column_of_a_list_draws(client, house, page, language):
    house["director"].language = language
    house["director"].save(update_fields=["language"])
    client.force_login(house["director"])
    listing = client.get(reverse(f"accounts:{page}")).context["listing"]
    codes = [c.code for c in listing.all_columns]
    url = reverse(f"accounts:{page}")
    assert client.get(url, {"columns": codes}).status_code == 200
    for column in listing.all_columns:
        if column.sortable:
            for sign in ("", "-"):
                response = client.get(url, {"sort": f"{sign}{column.code}"})
                assert response.context["listing"].sort == f"{sign}{column.code}"


@pytest.mark.parametrize("page", ["account_list", "contact_list"])
def test_every_condition_of_a_list_narrows_without_failing(client, house, page):
    client.force_login(house["director"])
    url = reverse(f"accounts:{page}")
    listing = client.get(url).context["listing"]
    for condition in listing.filters:
        if condition.kind == "text":
            asked = [{condition.code: "heng"}]
        elif condition.kind == "dates":
            asked = [{f"{condition.code}_from": "2020-01-01", f"{condition.code}_to": "2030-01-01"}]
        elif condition.kind == "number":
            asked = [{f"{condition.code}_from": "0", f"{condition.code}_to": "5"}]
        else:
            pairs = list(condition.choices(listing.context_of_list))
            asked = [{condition.code: str(value)} for value, _label in pairs]
        for query in asked:
            found = client.get(url, query).context["listing"]
            assert not found.notes, query
            assert found.count == len(found.page.rows), query


def test_views_that_come_with_a_list_are_written_as_the_list_writes_them(client, house):
    client.force_login(house["manager"])
    for page in ("account_list", "contact_list"):
        url = reverse(f"accounts:{page}")
        for _label, query in client.get(url).context["listing"].spec.built_in:
            assert client.get(f"{url}?{query}").context["listing"].query == query


def test_home_leads_everybody_to_their_day(client, house):
    for who in ("manager", "director"):
        client.force_login(house[who])
        assert client.get("/").url == reverse("kpi:my_day")
