"""What an account signed this fiscal year beside the year before, and its fragment."""

import datetime
from decimal import Decimal

import pytest
from django.urls import reverse

from core.models import CompanySettings
from opportunities import selectors
from opportunities.account_signed import signed_of
from tests import factories as make

TODAY = datetime.date(2026, 11, 21)


@pytest.fixture
def kim(db):
    return make.make_user("kim", unit=make.make_unit())


@pytest.fixture
def account(kim):
    return make.make_account("衡曜半导体", manager=kim)


def won(account, kim, day, amount, status="won"):
    make.make_opportunity(
        owner=kim, account=account, amount=Decimal(amount), status=status, closed_on=day
    )


def of(account, kim):
    return signed_of(selectors.account_deals(account, kim), TODAY)


def test_quarters_stand_beside_those_of_the_year_before(account, kim):
    won(account, kim, datetime.date(2026, 3, 31), 100)
    won(account, kim, datetime.date(2026, 4, 1), 40)
    won(account, kim, datetime.date(2026, 11, 21), 5)
    won(account, kim, datetime.date(2026, 5, 2), 0, status="lost")
    won(account, kim, datetime.date(2025, 2, 1), 50)
    won(account, kim, datetime.date(2024, 12, 31), 900)
    found = of(account, kim)
    assert [q.amount for q in found.quarters] == [100, 40, 0, 5]
    assert [q.before for q in found.quarters] == [50, 0, 0, 0]
    assert (found.amount, found.won, found.decided) == (145, 3, 4)
    assert found.win_rate == Decimal("0.75")
    assert found.growth == Decimal("1.9")


def test_growth_compares_the_same_days(account, kim):
    won(account, kim, datetime.date(2026, 1, 5), 80)
    won(account, kim, datetime.date(2025, 11, 21), 40)
    won(account, kim, datetime.date(2025, 11, 22), 1000)
    found = of(account, kim)
    assert (found.before, found.year_before) == (40, 1040)
    assert found.growth == 1


def test_a_fiscal_year_from_april(account, kim):
    CompanySettings.objects.update_or_create(pk=1, defaults={"fiscal_year_start_month": 4})
    won(account, kim, datetime.date(2026, 4, 1), 7)
    won(account, kim, datetime.date(2026, 3, 31), 9)
    found = of(account, kim)
    assert found.year == 2026
    assert [q.amount for q in found.quarters] == [7, 0, 0, 0]
    assert [q.before for q in found.quarters] == [0, 0, 0, 9]


def test_nothing_to_compare_is_unknown_and_not_zero(account, kim):
    found = of(account, kim)
    assert (found.growth, found.win_rate, found.has_any) == (None, None, False)


def test_deals_of_others_that_the_reader_may_not_see_stay_out(account, kim):
    lee = make.make_user("lee", unit=make.make_unit())
    won(account, lee, datetime.date(2026, 1, 5), 80)
    outsider = make.make_user("out", unit=make.make_unit())
    assert of(account, outsider).amount == 0


def test_the_overview_shows_the_sums(client, account, kim):
    won(account, kim, datetime.date.today(), 123_456)
    client.force_login(kim)
    page = client.get(reverse("opportunities:account_summary", args=[account.pk])).content.decode()
    assert 'data-chart="columns"' in page and 'data-v="123456' in page
