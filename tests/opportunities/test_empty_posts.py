"""A form sent with nothing in it is answered by what is missing, not by a fresh form."""

import pytest
from django.urls import reverse

from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "name",
    ["edit", "move", "step", "win", "lose", "owner", "member_add", "archive"],
)
def test_of_a_deal(cast, as_user, name):
    deal = make.make_opportunity(
        "Deal", owner=cast.seller, account=cast.account, next_step="Call"
    )
    url = reverse(f"opportunities:opportunity_{name}", args=[deal.pk])
    answer = as_user(cast.seller).post(url, {})
    assert answer.status_code == 422 and answer.context["form"].errors
    version = deal.version
    deal.refresh_from_db()
    assert deal.version == version


def test_of_a_new_deal_and_a_new_product(as_user, cast):
    admin = as_user(make.make_administrator("root"))
    for name in ("opportunity_create", "product_create"):
        answer = admin.post(reverse(f"opportunities:{name}"), {})
        assert answer.status_code == 422 and answer.context["form"].errors


def test_of_an_import(as_user, cast):
    admin = as_user(make.make_administrator("root"))
    assert admin.post(reverse("core:import_create"), {}).status_code == 422


def test_of_the_own_profile(as_user, cast):
    assert as_user(cast.seller).post(reverse("teams:profile"), {}).status_code == 302
