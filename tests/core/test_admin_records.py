"""The administration names nothing that its reader may not see."""

import pytest
from django.urls import reverse

from tests import factories as make

pytestmark = pytest.mark.django_db
SECRET = "Secret Holding"


@pytest.fixture
def keeper(client):
    """Administers settings, and has deals of her own."""
    make.make_currency()
    post = make.make_post("keeper", rights=["manage_settings", "edit_opportunities"])
    user = make.make_user("keeper", unit=make.make_unit(), post=post, is_staff=True)
    client.force_login(user)
    return user


@pytest.fixture
def hidden():
    return make.make_account(SECRET, manager=make.make_user("lee"))


def page(client, model, pk=None, **query):
    name = f"admin:{model}_{'change' if pk else 'changelist'}"
    return client.get(reverse(name, args=[pk] if pk else []), query, follow=True)


def test_the_hidden_account_of_a_deal_is_not_named(client, keeper, hidden):
    deal = make.make_opportunity("Her deal", owner=keeper, account=hidden)
    for answer in (
        page(client, "opportunities_opportunity"),
        page(client, "opportunities_opportunity", deal.pk),
    ):
        text = answer.content.decode()
        assert answer.status_code == 200 and "Her deal" in text
        assert SECRET not in text


def test_the_seen_account_of_a_deal_is_named(client, keeper):
    account = make.make_account("Open Holding", manager=keeper)
    deal = make.make_opportunity("Her deal", owner=keeper, account=account)
    for pk in (None, deal.pk):
        assert "Open Holding" in page(client, "opportunities_opportunity", pk).content.decode()
    filtered = page(client, "opportunities_opportunity", account__id__exact=account.pk)
    assert "Her deal" in filtered.content.decode()


def test_deals_are_not_narrowed_by_a_hidden_account(client, keeper, hidden):
    make.make_opportunity("Her deal", owner=keeper, account=hidden)
    for lookup in ("account__id__exact", "account", "account__in", "account__id__in"):
        for pk in (hidden.pk, 987654):
            answer = page(client, "opportunities_opportunity", **{lookup: pk})
            text = answer.content.decode()
            assert answer.status_code == 400 or ("Her deal" not in text and SECRET not in text)


def test_the_hidden_group_and_the_hidden_role_are_not_named(client, keeper, hidden):
    account = make.make_account("Her account", manager=keeper, parent=hidden)
    person = make.make_contact("Her contact", account=account)
    person.roles.create(account=hidden, title="Secret title")
    for model, pk in (
        ("accounts_account", account.pk),
        ("accounts_contact", person.pk),
        ("accounts_contact", None),
    ):
        answer = page(client, model, pk)
        text = answer.content.decode()
        assert answer.status_code == 200 and "Her" in text
        assert SECRET not in text and "Secret title" not in text
