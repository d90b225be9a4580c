"""Milestones, won, lost, reopened: service level."""

import datetime
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from core.audit import history_of
from core.exceptions import DomainError, StaleVersion
from core.models import AuditEntry
from opportunities import services
from opportunities.models import Milestone, Opportunity, OpportunityStatus
from tests import factories as make

pytestmark = pytest.mark.django_db
TODAY = datetime.date(2026, 3, 10)


@pytest.fixture
def seller():
    return make.make_user("seller")


@pytest.fixture
def deal(seller):
    return make.make_opportunity(
        owner=seller,
        account=make.make_account(manager=seller),
        amount=Decimal("1200.50"),
        opened_on=datetime.date(2026, 1, 5),
    )


def test_an_open_deal_moves_forward_and_back(deal, seller):
    services.move_milestone(opportunity=deal, milestone=Milestone.PROPOSED, actor=seller, on=TODAY)
    assert (deal.milestone, deal.milestone_since) == (Milestone.PROPOSED, TODAY)
    services.move_milestone(opportunity=deal, milestone=Milestone.QUALIFIED, actor=seller)
    deal.refresh_from_db()
    assert deal.milestone == Milestone.QUALIFIED
    assert [e.action for e in history_of(deal)] == ["opportunity.milestone_moved"] * 2


def test_moving_to_where_it_is_writes_nothing(deal, seller):
    services.move_milestone(opportunity=deal, milestone=deal.milestone, actor=seller)
    assert deal.version == 1
    assert not AuditEntry.objects.exists()


def test_signed_is_refused_with_what_is_missing(seller):
    deal = make.make_opportunity(owner=seller)
    with pytest.raises(DomainError) as refusal:
        services.move_milestone(opportunity=deal, milestone=Milestone.SIGNED, actor=seller)
    words = [str(what) for what, _link in refusal.value.missing]
    assert len(words) == 3
    assert all(link.startswith("/opportunities/") for _what, link in refusal.value.missing)


def test_a_stale_move_is_refused(deal, seller):
    services.move_milestone(opportunity=deal, milestone=Milestone.CONTACTED, actor=seller)
    old = Opportunity.objects.get(pk=deal.pk)
    with pytest.raises(StaleVersion):
        services.move_milestone(
            opportunity=old, milestone=Milestone.PROPOSED, actor=seller, version=1
        )


def test_win_sets_status_month_and_contract_dates(deal, seller):
    services.win(opportunity=deal, closed_on=TODAY, amount=Decimal(900), actor=seller, today=TODAY)
    deal.refresh_from_db()
    assert (deal.status, deal.milestone) == (OpportunityStatus.WON, Milestone.SIGNED)
    assert deal.closed_month == datetime.date(2026, 3, 1)
    assert (deal.amount, deal.amount_base) == (Decimal(900), Decimal(900))
    figures = deal.account.figures
    figures.refresh_from_db()
    assert (figures.first_contract_on, figures.last_contract_on) == (TODAY, TODAY)
    assert history_of(deal).get().action == "opportunity.won"


def test_win_needs_amount_and_account(seller):
    deal = make.make_opportunity(owner=seller)
    with pytest.raises(DomainError) as refusal:
        services.win(opportunity=deal, closed_on=TODAY, actor=seller, today=TODAY)
    assert len(refusal.value.missing) == 2
    deal.refresh_from_db()
    assert deal.status == OpportunityStatus.OPEN
    assert not AuditEntry.objects.exists()


def test_an_import_may_win_without_an_account(seller):
    seller.channel = "import"
    deal = make.make_opportunity(owner=seller, amount=Decimal(5))
    services.win(opportunity=deal, closed_on=TODAY, actor=seller, today=TODAY)
    assert deal.status == OpportunityStatus.WON


@pytest.mark.parametrize("day", [datetime.date(2026, 3, 11), datetime.date(2026, 1, 4)])
def test_a_deal_is_closed_between_opening_and_today(deal, seller, day):
    with pytest.raises(DomainError) as refusal:
        services.win(opportunity=deal, closed_on=day, actor=seller, today=TODAY)
    assert refusal.value.field == "closed_on"


def test_lose_keeps_the_milestone_and_needs_a_reason(deal, seller):
    with pytest.raises(DomainError):
        services.lose(opportunity=deal, closed_on=TODAY, reason=" ", actor=seller, today=TODAY)
    services.lose(
        opportunity=deal, closed_on=TODAY, reason="Price", actor=seller, today=TODAY
    )
    deal.refresh_from_db()
    assert (deal.status, deal.milestone) == (OpportunityStatus.LOST, Milestone.IDENTIFIED)
    assert deal.lost_reason == "Price"
    with pytest.raises(DomainError):
        services.move_milestone(opportunity=deal, milestone=Milestone.PROPOSED, actor=seller)


def test_reopen_takes_the_contract_back(deal, seller):
    services.win(opportunity=deal, closed_on=TODAY, actor=seller, today=TODAY)
    services.reopen(opportunity=deal, reason="Signed the wrong one", actor=seller, today=TODAY)
    deal.refresh_from_db()
    assert (deal.status, deal.milestone) == (OpportunityStatus.OPEN, Milestone.PROPOSED)
    assert (deal.closed_on, deal.closed_month) == (None, None)
    deal.account.figures.refresh_from_db()
    assert deal.account.figures.first_contract_on is None


def test_a_won_deal_goes_on_to_delivered(deal, seller):
    services.win(opportunity=deal, closed_on=TODAY, actor=seller, today=TODAY)
    services.move_milestone(opportunity=deal, milestone=Milestone.DELIVERED, actor=seller)
    assert deal.milestone == Milestone.DELIVERED
    with pytest.raises(DomainError):
        services.move_milestone(opportunity=deal, milestone=Milestone.PROPOSED, actor=seller)


def test_others_may_not_move_win_or_lose(deal):
    stranger = make.make_user("stranger")
    for act in (
        lambda: services.move_milestone(
            opportunity=deal, milestone=Milestone.PROPOSED, actor=stranger
        ),
        lambda: services.win(opportunity=deal, closed_on=TODAY, actor=stranger, today=TODAY),
        lambda: services.lose(
            opportunity=deal, closed_on=TODAY, reason="x", actor=stranger, today=TODAY
        ),
    ):
        with pytest.raises(PermissionDenied):
            act()
    assert not AuditEntry.objects.exists()


def test_the_database_keeps_status_and_milestone_together(deal):
    deal.status, deal.closed_on = OpportunityStatus.WON, TODAY
    with pytest.raises(ValidationError):
        deal.full_clean()
