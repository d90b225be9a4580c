"""Ctrl-K finds accounts, contacts and opportunities by any part, and only what one may see."""

import pytest
from django.urls import reverse

from accounts.models import AccountFormerName
from accounts.services.accounts import refresh_search
from tests.factories import make_account, make_contact, make_opportunity, make_tier, make_user

pytestmark = pytest.mark.django_db
HX = {"HX-Request": "true"}


@pytest.fixture
def kim():
    return make_user("kim")


def titles(client, text, **extra):
    response = client.get(reverse("core:search"), {"q": text}, **extra)
    assert response.status_code == 200
    return [hit["title"] for group in response.context["groups"] for hit in group["hits"]]


@pytest.mark.parametrize(
    "text", ["衡曜", "半导", "hengyao", "hybdt", "HYBDT", "Ｈｅｎｇ", "semi", "KA-"]
)
def test_any_part_of_a_name_number_or_pinyin_finds_the_account(client, kim, text):
    make_account("衡曜半导体", manager=kim, name_en="Hengyao Semiconductor")
    make_account("澜途精工", manager=kim, file_number="LT-1", search_index="澜途精工 lantujinggong")
    client.force_login(kim)
    assert titles(client, text) == ["衡曜半导体"]


def test_a_former_name_finds_the_account(client, kim):
    account = make_account("新名称", manager=kim)
    AccountFormerName.objects.create(account=account, name="老字号", normalised_name="老字号")
    refresh_search(account)
    client.force_login(kim)
    assert titles(client, "老字") == ["新名称"]


def test_contacts_and_opportunities_are_found_beside_accounts(client, kim):
    account = make_account("衡曜半导体", manager=kim, tier=make_tier())
    make_contact("衡山", account=account, title="总监")
    make_opportunity("衡曜专线", owner=kim, account=account)
    client.force_login(kim)
    assert titles(client, "衡") == ["衡曜半导体", "衡山", "衡曜专线"]
    body = client.get(reverse("core:search"), {"q": "衡山"}, headers=HX).content.decode()
    assert 'role="option"' in body and "衡曜半导体 总监" in body and "<html" not in body


def test_nothing_hidden_is_found(client, kim):
    far = make_user("far")
    account = make_account("衡曜半导体", manager=far)
    make_contact("衡山", account=account)
    make_opportunity("衡曜专线", owner=far, account=account)
    client.force_login(kim)
    assert titles(client, "衡") == []


@pytest.mark.parametrize("text", ["", " ", "%", "_", "\\", "'", "\0", "x" * 5000, "<script>"])
def test_odd_words_find_nothing_and_break_nothing(client, kim, text):
    make_account("衡曜", manager=kim)
    client.force_login(kim)
    assert titles(client, text) == []
    assert (
        "<script>"
        not in client.get(reverse("core:search"), {"q": text}, headers=HX).content.decode()
    )


def test_the_palette_gets_few_hits_and_the_page_more(client, kim):
    for n in range(12):
        make_account(f"衡曜{n}", manager=kim)
    client.force_login(kim)
    assert len(titles(client, "衡曜", headers=HX)) == 6
    assert len(titles(client, "衡曜")) == 12
