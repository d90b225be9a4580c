"""Kept queries answer as fresh ones do, whatever values they are asked with, on both databases."""

import datetime
import threading

import pytest
from django.db import connections
from django.utils import timezone

from accounts import filters
from accounts.models import Account, DivisionTierScheme, Tier
from core.compiled import DAY, MOMENT, NUMBER, NUMBERS, Compiled
from tests import factories as make

pytestmark = pytest.mark.django_db
BY_KEY = Compiled(
    lambda pks, today: (
        Account.objects.filter(pk__among=pks, created_at__date__lte=today)
        .select_related("department")
        .order_by("pk")
    ),
    pks=NUMBERS,
    today=DAY,
)


@pytest.fixture
def three():
    return [make.make_account(f"account {n}") for n in range(3)]


def test_each_time_with_its_own_values(three):
    today = timezone.localdate()
    first, second, third = three
    assert BY_KEY.rows(pks=[first.pk, third.pk], today=today) == [first, third]
    assert BY_KEY.rows(pks=[second.pk], today=today) == [second]
    assert BY_KEY.rows(pks=[], today=today) == []
    assert BY_KEY.rows(pks=[first.pk], today=today - datetime.timedelta(days=2)) == []


def test_what_was_joined_costs_no_further_query(three, django_assert_num_queries):
    keys, today = [a.pk for a in three], timezone.localdate()
    BY_KEY.rows(pks=keys, today=today)
    with django_assert_num_queries(1):
        rows = BY_KEY.rows(pks=keys, today=today)
        assert [row.department for row in rows] == [a.department for a in three]


def test_rows_are_asked_for_anew(three):
    first, today = three[0], timezone.localdate()
    BY_KEY.rows(pks=[first.pk], today=today)
    Account.objects.filter(pk=first.pk).update(name="another name")
    assert BY_KEY.first(pks=[first.pk], today=today).name == "another name"
    assert BY_KEY.first(pks=[0], today=today) is None


def test_plain_columns_and_moments(three):
    later = Compiled(
        lambda pk, since: Account.objects.filter(pk=pk, created_at__gte=since).values_list("name"),
        pk=NUMBER,
        since=MOMENT,
    )
    first = three[0]
    assert later.rows(pk=first.pk, since=first.created_at) == [(first.name,)]
    second = first.created_at + datetime.timedelta(seconds=1)
    assert later.rows(pk=first.pk, since=second) == []


def test_a_sample_that_is_not_in_the_query_is_a_fault():
    lost = Compiled(lambda pk: Account.objects.all(), pk=NUMBER)
    with pytest.raises(ValueError, match="pk"):
        lost.rows(pk=1)


def test_every_connection_has_its_own_text(three):
    """A connection belongs to its thread; so does a query that was written for it."""
    seen = []

    def text():
        seen.append(BY_KEY._text(connections["default"]))

    text()
    thread = threading.Thread(target=text)
    thread.start()
    thread.join()
    text()
    assert seen[0] is seen[2] is not seen[1]
    assert seen[0].connection is connections["default"] is not seen[1].connection


def test_among_finds_by_key_and_by_reference(three):
    first, second, third = three
    assert set(Account.objects.filter(pk__among=[first.pk, third.pk])) == {first, third}
    units = [second.department_id]
    wanted = set(Account.objects.filter(department__in=units))
    assert set(Account.objects.filter(department__among=units)) == wanted


@pytest.fixture
def tier_schemes():
    """(the default scheme, another, a division, the company)."""
    default, other = make.make_scheme("four"), make.make_scheme("five")
    for scheme in (default, other):
        make.make_tier(scheme=scheme)
    company = make.make_unit(kind="company")
    return default, other, make.make_unit(kind="division", parent=company), company


@pytest.mark.parametrize("chosen", ["nothing", "of a division", "of the company"])
def test_tiers_offered_are_those_of_the_schemes_in_use(chosen, tier_schemes):
    """The one query says what two asked in turn would."""
    default, other, division, company = tier_schemes
    if chosen == "of a division":
        DivisionTierScheme.objects.create(division=division, scheme=other)
    if chosen == "of the company":
        DivisionTierScheme.objects.create(division=company, scheme=other)
    found = {tier.scheme_id for tier in filters.TIERS_IN_USE.rows()}
    wanted = {
        "nothing": {default.pk},
        "of a division": {default.pk, other.pk},
        "of the company": {other.pk},
    }
    assert found == wanted[chosen]
    assert len(filters.TIERS_IN_USE.rows()) == Tier.objects.filter(scheme__in=found).count()
