"""Sums are kept until anything changes, and for nobody but those who see the same."""

import datetime

import pytest
from django.urls import reverse

from core import audit
from core.kept import kept, stamp
from core.models import AuditEntry
from kpi import sums
from opportunities.selectors import deals_of
from opportunities.services import create_opportunity, lose, win

pytestmark = pytest.mark.django_db
DAY = datetime.date(2025, 3, 3)


@pytest.fixture(autouse=True)
def keeping(settings):
    settings.KAM_KEEP_SUMS_SECONDS = 60


def won(owner, account, amount):
    deal = create_opportunity(
        actor=owner, name="专线", account=account, amount=amount, opened_on=DAY
    )
    return win(opportunity=deal, closed_on=DAY, actor=owner)


def amount_of(user):
    found = kept(sums.history, stamp(), deals_of(user))
    return sum(month.amount for month in found.months.values())


def test_nothing_is_summed_twice_until_something_changes(cast, django_assert_num_queries):
    won(cast.seller, cast.account, 100)
    assert amount_of(cast.director) == 100
    with django_assert_num_queries(1):  # the stamp
        assert amount_of(cast.director) == 100
    won(cast.seller, cast.account, 11)
    assert amount_of(cast.director) == 111


def test_a_change_that_leaves_no_new_deal_counts_too(cast):
    deal = create_opportunity(
        actor=cast.seller, name="专线", account=cast.account, amount=5, opened_on=DAY
    )
    assert amount_of(cast.director) == 0
    lose(opportunity=deal, closed_on=DAY, reason="价格", actor=cast.seller)
    assert kept(sums.history, stamp(), deals_of(cast.director)).months[DAY.replace(day=1)].lost == 1


def test_nobody_gets_the_sums_of_another(cast):
    won(cast.seller, cast.account, 100)
    won(cast.rival, cast.hidden, 7)
    assert amount_of(cast.director) != amount_of(cast.rival)
    assert amount_of(cast.rival) == 7
    assert amount_of(cast.seller) == 100


def test_a_change_below_the_newest_line_is_seen(cast):
    """A transaction that took its number early and ends late."""
    newest = audit.record(actor=None, action="test", target=cast.account).pk
    AuditEntry.objects.bulk_create([AuditEntry(pk=newest + 2, action="test", target=cast.account)])
    before = stamp()
    AuditEntry.objects.bulk_create([AuditEntry(pk=newest + 1, action="test", target=cast.account)])
    assert stamp() != before


def test_the_page_shows_a_new_deal_at_once(client, cast):
    client.force_login(cast.director)
    page = reverse("kpi:dashboard") + "?period=2025"
    won(cast.seller, cast.account, 1234567)
    first = client.get(page).content.decode()
    assert "123.5" in first
    won(cast.seller, cast.account, 1000000)
    assert "223.5" in client.get(page).content.decode()
