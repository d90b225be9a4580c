"""Entering and editing a deal, its products, its owner and its team: service level."""

import datetime
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied

from core.audit import history_of
from core.exceptions import DomainError, MissingRate, StaleVersion
from core.models import AuditEntry, ExchangeRate
from opportunities import services
from opportunities.models import BusinessKind, Opportunity, OpportunityStatus
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def unit():
    return make.make_unit("east", parent=make.make_unit())


@pytest.fixture
def seller(unit):
    make.make_currency()
    return make.make_user("seller", unit=unit)


@pytest.fixture
def director(unit):
    return make.make_director("director", unit=unit)


def test_a_new_deal_belongs_to_who_enters_it(seller, unit):
    account = make.make_account(manager=seller)
    deal = services.create_opportunity(
        actor=seller, name="专网二期", account=account, amount=Decimal("10.10")
    )
    assert (deal.owner, deal.owner_unit, deal.created_by) == (seller, unit, seller)
    assert deal.number.startswith("OP-")
    assert "zhuanwangerqi" in deal.search_index
    assert (deal.amount_base, deal.currency_id) == (Decimal("10.10"), "CNY")
    assert history_of(deal).get().action == "opportunity.created"


def test_numbers_skip_what_an_import_brought(seller):
    make.make_opportunity(owner=seller, number="OP-000001")
    numbers = [services.create_opportunity(actor=seller, name="x").number for _ in range(2)]
    assert numbers == ["OP-000002", "OP-000003"]


def test_without_an_amount_the_lines_give_it(seller):
    product = make.make_product(list_price=Decimal(100), currency=make.make_currency())
    other = make.make_product()
    deal = services.create_opportunity(
        actor=seller,
        name="x",
        lines=[
            {"product": product, "quantity": Decimal(3)},
            {"product": other, "quantity": Decimal("1.5"), "unit_price": Decimal(10)},
        ],
    )
    assert deal.amount == Decimal("315.00")
    assert deal.lines.count() == 2


def test_a_deal_already_won_can_be_recorded(seller):
    account = make.make_account(manager=seller)
    day = datetime.date(2025, 5, 4)
    deal = services.create_opportunity(
        actor=seller, name="x", account=account, amount=Decimal(7), status="won", closed_on=day
    )
    assert deal.closed_month == datetime.date(2025, 5, 1)
    account.figures.refresh_from_db()
    assert account.figures.last_contract_on == day


def test_nobody_enters_deals_for_others_but_the_line(seller, director):
    rival = make.make_user("rival", unit=make.make_unit("west", parent=make.make_unit()))
    with pytest.raises(PermissionDenied):
        services.create_opportunity(actor=seller, name="x", owner=rival)
    with pytest.raises(PermissionDenied):
        services.create_opportunity(actor=director, name="x", owner=rival)
    assert services.create_opportunity(actor=director, name="x", owner=seller).owner == seller
    assert Opportunity.objects.count() == 1


def test_a_deal_is_not_put_on_a_hidden_account(seller):
    rival = make.make_user("rival", unit=make.make_unit("west", parent=make.make_unit()))
    hidden = make.make_account(manager=rival)
    with pytest.raises(DomainError) as refusal:
        services.create_opportunity(actor=seller, name="x", account=hidden)
    assert refusal.value.field == "account"
    assert hidden.name not in str(refusal.value)
    deal = make.make_opportunity(owner=seller)
    with pytest.raises(DomainError):
        services.update_opportunity(opportunity=deal, values={"account": hidden}, actor=seller)
    assert Opportunity.objects.get().account is None


def test_an_amount_in_another_currency_needs_a_rate(seller):
    usd = make.make_currency("USD")
    with pytest.raises(MissingRate):
        services.create_opportunity(actor=seller, name="x", amount=Decimal(5), currency=usd)
    ExchangeRate.objects.create(
        currency=usd, valid_from=datetime.date(2020, 1, 1), rate=Decimal("7.125")
    )
    deal = services.create_opportunity(actor=seller, name="x", amount=Decimal(5), currency=usd)
    assert deal.amount_base == Decimal("35.63")
    services.update_opportunity(
        opportunity=deal, values={"currency": make.make_currency()}, actor=seller
    )
    assert deal.amount_base == Decimal("5.00")


def test_an_edit_keeps_index_base_and_history(seller):
    deal = make.make_opportunity(owner=seller, amount=Decimal(5))
    services.update_opportunity(
        opportunity=deal,
        values={"name": "云资源池", "amount": Decimal(6), "kind": BusinessKind.EXISTING},
        actor=seller,
        version=1,
    )
    deal.refresh_from_db()
    assert (deal.amount_base, deal.version) == (Decimal(6), 2)
    assert "yunziyuanchi" in deal.search_index
    assert set(history_of(deal).get().changes) >= {"name", "amount", "kind"}


def test_a_stale_edit_says_what_both_changed(seller):
    deal = make.make_opportunity(owner=seller, amount=Decimal(5))
    services.update_opportunity(opportunity=deal, values={"amount": Decimal(6)}, actor=seller)
    with pytest.raises(StaleVersion) as refusal:
        services.update_opportunity(
            opportunity=deal, values={"amount": Decimal(7)}, actor=seller, version=1
        )
    assert refusal.value.conflicts["amount"] == (Decimal(6), Decimal(7))


def test_status_and_milestone_are_no_plain_fields(seller):
    deal = make.make_opportunity(owner=seller)
    for name in ("status", "milestone", "number", "created_by", "version"):
        with pytest.raises(TypeError):
            services.update_opportunity(opportunity=deal, values={name: "x"}, actor=seller)


def test_a_corrected_closing_day_moves_month_and_contract(seller):
    account = make.make_account(manager=seller)
    deal = make.make_opportunity(
        owner=seller,
        account=account,
        amount=Decimal(5),
        status=OpportunityStatus.WON,
        closed_on=datetime.date(2026, 2, 3),
    )
    services.update_opportunity(
        opportunity=deal, values={"closed_on": datetime.date(2026, 1, 30)}, actor=seller
    )
    account.figures.refresh_from_db()
    assert deal.closed_month == datetime.date(2026, 1, 1)
    assert account.figures.first_contract_on == datetime.date(2026, 1, 30)


def test_new_lines_move_an_amount_that_followed_them(seller):
    product = make.make_product(list_price=Decimal(100), currency=make.make_currency())
    deal = services.create_opportunity(
        actor=seller, name="x", lines=[{"product": product, "quantity": Decimal(1)}]
    )
    line = {"product": product, "quantity": Decimal(4), "unit_price": Decimal(90)}
    services.set_lines(opportunity=deal, lines=[line], actor=seller)
    deal.refresh_from_db()
    assert deal.amount == Decimal(360)
    services.update_opportunity(opportunity=deal, values={"amount": Decimal(350)}, actor=seller)
    services.set_lines(opportunity=deal, lines=[{**line, "quantity": Decimal(9)}], actor=seller)
    deal.refresh_from_db()
    assert deal.amount == Decimal(350)
    assert deal.lines.get().quantity == Decimal(9)


def test_stale_lines_are_refused_and_nothing_is_lost(seller):
    product = make.make_product(list_price=Decimal(100), currency=make.make_currency())
    deal = services.create_opportunity(
        actor=seller, name="x", lines=[{"product": product, "quantity": Decimal(1)}]
    )
    with pytest.raises(StaleVersion):
        services.set_lines(opportunity=deal, lines=[], actor=seller, version=99)
    assert deal.lines.count() == 1


def test_the_owner_and_the_line_hand_a_deal_over(seller, director, unit):
    deal = make.make_opportunity(owner=seller)
    successor = make.make_user("successor", unit=make.make_unit("south", parent=unit))
    services.change_owner(opportunity=deal, owner=successor, actor=director, reason="Leave")
    deal.refresh_from_db()
    assert (deal.owner, deal.owner_unit) == (successor, successor.unit)


def test_a_team_member_edits_but_neither_takes_over_nor_adds_friends(seller):
    deal = make.make_opportunity(owner=seller)
    member, friend = make.make_user("member"), make.make_user("friend")
    assert not Opportunity.objects.visible_to(member).exists()
    services.add_member(opportunity=deal, user=member, actor=seller, role="Presales")
    assert Opportunity.objects.visible_to(member).get() == deal
    services.update_opportunity(opportunity=deal, values={"next_step": "Call"}, actor=member)
    with pytest.raises(PermissionDenied):
        services.change_owner(opportunity=deal, owner=member, actor=member)
    with pytest.raises(PermissionDenied):
        services.add_member(opportunity=deal, user=friend, actor=member)
    services.remove_member(member=deal.members.get(), actor=seller)
    assert not Opportunity.objects.visible_to(member).exists()


def test_archived_deals_leave_the_contract_dates(seller):
    account = make.make_account(manager=seller)
    deal = services.create_opportunity(
        actor=seller,
        name="x",
        account=account,
        amount=Decimal(5),
        status="won",
        closed_on=datetime.date(2026, 1, 5),
    )
    services.archive_opportunity(opportunity=deal, reason="Twice", actor=seller)
    account.figures.refresh_from_db()
    assert account.figures.first_contract_on is None
    services.restore_opportunity(opportunity=deal, actor=seller)
    account.figures.refresh_from_db()
    assert account.figures.first_contract_on == datetime.date(2026, 1, 5)


def test_hand_over_moves_open_deals_only(seller, director):
    open_deal = make.make_opportunity(owner=seller)
    closed = make.make_opportunity(owner=seller, amount=Decimal(1), status=OpportunityStatus.WON)
    successor = make.make_user("successor", unit=seller.unit)
    assert list(services.preview_deals(leaver=seller, actor=director)) == [open_deal]
    assert services.hand_over_deals(leaver=seller, to=successor, actor=director) == 1
    open_deal.refresh_from_db()
    closed.refresh_from_db()
    assert (open_deal.owner, closed.owner) == (successor, seller)
    assert history_of(open_deal).get().action == "opportunity.handed_over"
    with pytest.raises(PermissionDenied):
        services.hand_over_deals(leaver=successor, to=seller, actor=seller)


def test_bulk_edit_changes_all_or_none(seller):
    mine = [make.make_opportunity(owner=seller) for _ in range(2)]
    other = make.make_opportunity(owner=make.make_user("other"))
    values = {"expected_close_on": datetime.date(2026, 9, 1)}
    with pytest.raises(PermissionDenied):
        services.bulk_update_opportunities(
            opportunities=[*mine, other], values=values, actor=seller
        )
    assert not AuditEntry.objects.exists()
    assert services.bulk_update_opportunities(opportunities=mine, values=values, actor=seller) == 2
    assert Opportunity.objects.filter(**values).count() == 2


def test_floor_price_needs_the_right_to_see_cost():
    post = make.make_post("catalogue", rights=["manage_settings"])
    keeper = make.make_user("keeper", post=post)
    make.make_currency()
    product = services.create_product(actor=keeper, code="A1", name_en="Line")
    with pytest.raises(PermissionDenied):
        services.update_product(
            product=product, values={"floor_price": Decimal(5)}, actor=keeper
        )
    with pytest.raises(PermissionDenied):
        services.create_product(actor=make.make_user("plain"), code="A2", name_en="Other")
