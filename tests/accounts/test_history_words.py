"""History tells amounts as people write them, not as the database keeps them."""

from decimal import Decimal

import pytest
from django.urls import reverse

from accounts import services
from tests import factories as make


@pytest.mark.django_db
def test_an_amount_is_told_with_its_thousands(client):
    root = make.make_administrator("root")
    account = make.make_account(
        "衡曜半导体", turnover=Decimal("5705460000.00"), turnover_currency=make.make_currency()
    )
    services.update_account(
        account=account,
        values={"turnover": Decimal("6047787600.50")},
        actor=root,
        version=account.version,
    )
    client.force_login(root)
    page = client.get(reverse("accounts:account_history", args=[account.pk])).content.decode()
    assert "5,705,460,000" in page and "6,047,787,600.50" in page
    assert "5705460000" not in page
