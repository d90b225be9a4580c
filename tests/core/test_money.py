import datetime
from decimal import Decimal

import pytest

from core.exceptions import MissingRate
from core.models import ExchangeRate
from core.money import to_base, total
from opportunities.models import Opportunity
from tests import factories as make

DAY = datetime.date(2026, 5, 4)


def test_the_rate_in_force_on_the_day_counts(db):
    make.make_currency()
    usd = make.make_currency("USD")
    ExchangeRate.objects.create(currency=usd, valid_from=datetime.date(2026, 1, 1), rate="7.10")
    ExchangeRate.objects.create(currency=usd, valid_from=datetime.date(2026, 5, 5), rate="7.20")
    assert to_base(amount=Decimal("10"), currency="USD", on=DAY) == (Decimal("71.00"), DAY)
    assert to_base(amount=Decimal("10"), currency="CNY", on=DAY) == (Decimal("10.00"), DAY)
    assert to_base(amount=None, currency="USD", on=DAY) == (None, None)


def test_a_missing_rate_is_an_error_and_never_one(db):
    make.make_currency()
    make.make_currency("EUR")
    with pytest.raises(MissingRate, match="EUR"):
        to_base(amount=Decimal("10"), currency="EUR", on=DAY)


def test_a_sum_of_many_cents_is_exact_on_every_database(db):
    owner = make.make_user()
    for _number in range(30):
        make.make_opportunity(owner=owner, amount=Decimal("0.10"))
    assert Opportunity.objects.aggregate(t=total())["t"] == Decimal("3.00")
    assert Opportunity.objects.none().aggregate(t=total())["t"] in (None, Decimal("0"))
