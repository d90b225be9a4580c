"""Each invariant finds the fault it is there for."""

import datetime

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import (
    Account,
    AccountAssignment,
    AccountFigures,
    ContactRole,
    CreditChange,
    TierChange,
)
from core.models import AuditEntry, Currency, ExchangeRate
from kam.invariants import INVARIANTS, check
from opportunities.jobs import repair_account_figures
from opportunities.models import Opportunity
from opportunities.services.contracts import repair_contract_dates
from teams.models import Unit, User
from tests.conftest import rolled_back

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def built(django_db_setup, django_db_blocker):
    """Made once; what a test spoils is taken back."""
    sizes = {"accounts": 60, "contacts": 60, "opportunities": 120, "users": 70}
    with django_db_blocker.unblock(), rolled_back():
        call_command("make_load", **sizes, verbosity=0)
        assert check() == {}
        yield


@pytest.fixture
def filled(built, db):
    """A company in which nothing is wrong yet."""


def account():
    return Account.objects.order_by("pk").first()


def edit(model, **values):
    model.objects.filter(pk=model.objects.order_by("pk").first().pk).update(**values)


def won():
    return Opportunity.objects.won().exclude(account=None).first()


def loop():
    first, second = Account.objects.order_by("pk")[:2]
    Account.objects.filter(pk=first.pk).update(parent=second)
    Account.objects.filter(pk=second.pk).update(parent=first)


def foreign_amount():
    Currency.objects.filter(code="USD").exists() or Currency.objects.create(code="USD")
    day = timezone.localdate() - datetime.timedelta(days=3000)
    ExchangeRate.objects.create(currency_id="USD", valid_from=day, rate="7.1")
    edit(Opportunity, currency="USD")


def other_unit(unit):
    return (
        Unit.objects.filter(kind="city_unit")
        .exclude(pk=unit.pk)
        .exclude(division=unit.division)
        .first()
    )


FAULTS = {
    "tree_paths_lead_to_the_root": lambda: edit(Unit, path="/7/"),
    "divisions_are_the_nearest_above": lambda: Unit.objects.filter(code="D0").update(division=None),
    "people_are_found_by_name": lambda: edit(User, name_index="x"),
    "registered_accounts_have_one_manager": lambda: AccountAssignment.objects.filter(
        account=account()
    ).update(ends_on=timezone.localdate()),
    "departments_follow_managers": lambda: edit(Account, department=Unit.objects.get(code="D0")),
    "account_divisions_follow_departments": lambda: edit(
        Account, division=other_unit(account().department).division
    ),
    "leavers_look_after_nothing": lambda: User.objects.filter(
        assignments__account=account()
    ).update(is_active=False),
    "accounts_are_found_by_name": lambda: edit(Account, search_index="x"),
    "groups_have_no_loop": loop,
    "tiers_are_those_of_the_last_change": lambda: TierChange.objects.filter(
        account=account()
    ).update(changed_on=datetime.date(2020, 1, 1)),
    "credit_is_that_of_the_last_change": lambda: CreditChange.objects.create(
        account=account(), grade="A", effective_on=timezone.localdate(), reason="x"
    ),
    "figures_equal_their_source": lambda: AccountFigures.objects.filter(
        account=won().account
    ).update(first_contract_on=None),
    "contacts_are_found_by_name": lambda: edit(
        ContactRole.objects.first().contact.__class__, search_index="x"
    ),
    "base_amounts_are_converted": foreign_amount,
    "closed_months_are_those_of_the_day": lambda: Opportunity.objects.filter(pk=won().pk).update(
        closed_month=datetime.date(2001, 1, 1)
    ),
    "deals_lie_in_the_line_of_their_owner": lambda: edit(
        Opportunity, owner_unit=Unit.objects.get(kind="company")
    ),
    "deals_are_found_by_name": lambda: edit(Opportunity, search_index="x"),
    "nothing_happened_tomorrow": lambda: edit(
        Account, created_at=timezone.now() + datetime.timedelta(days=1)
    ),
    "every_record_has_history": lambda: Unit.objects.create(code="X", kind="department"),
    "history_lies_in_order": lambda: AuditEntry.objects.create(
        action="x", target=account(), happened_at=timezone.now() - datetime.timedelta(days=9000)
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found(filled, name):
    FAULTS[name]()
    assert name in check()


def test_faults_that_the_database_refuses_need_no_plant():
    """The rest are constraints as well, so that no row can break them."""
    refused = {"won_means_signed", "nothing_ends_before_it_starts"}
    pulled = {"open_relations_belong_to_records_in_use"}
    assert {i.__name__ for i in INVARIANTS} == set(FAULTS) | refused | pulled


def test_the_command_fails_and_says_what_is_wrong(filled, capsys):
    call_command("check_invariants")
    assert "hold" in capsys.readouterr().out
    edit(Account, search_index="x")
    with pytest.raises(CommandError, match="1 of"):
        call_command("check_invariants")
    assert "search index" in capsys.readouterr().err


def test_the_nightly_job_repairs_contract_dates(filled):
    deal = won()
    AccountFigures.objects.filter(account=deal.account).update(
        first_contract_on=None, last_contract_on=datetime.date(2001, 1, 1)
    )
    other = Account.objects.exclude(pk=deal.account_id).first()
    AccountFigures.objects.filter(account=other).delete()
    assert repair_account_figures() == {"repaired": 2}
    assert check() == {}
    assert repair_contract_dates() == 0
