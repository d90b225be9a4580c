import datetime

import pytest
from django.core.exceptions import PermissionDenied

from accounts import services
from accounts.models import DivisionTierScheme, TierMapping
from core import audit
from teams.services import move_unit
from tests import factories as make


def test_it_changes_the_tier_and_leaves_a_trace(company):
    services.change_tier(
        account=company.acme,
        tier=company.tiers["strategic"],
        reason="Joint laboratory",
        actor=company.dora,
    )
    company.acme.refresh_from_db()
    change = company.acme.tier_changes.get()
    assert company.acme.tier == company.tiers["strategic"]
    assert (change.from_tier, change.to_tier) == (
        company.tiers["important"],
        company.tiers["strategic"],
    )
    entry = audit.history_of(company.acme).get()
    assert (entry.action, entry.reason) == ("account.tier_changed", "Joint laboratory")


def test_nobody_changes_the_tier_of_an_account_they_manage(company):
    for actor in (company.kim, company.sid):
        with pytest.raises(PermissionDenied):
            services.change_tier(
                account=company.acme, tier=company.tiers["core"], reason="x", actor=actor
            )
    assert not company.acme.tier_changes.exists()


def test_a_reason_is_compulsory_and_the_same_tier_is_no_change(company):
    with pytest.raises(services.accounts.DomainError, match="Say why"):
        services.change_tier(
            account=company.acme, tier=company.tiers["core"], reason="  ", actor=company.dora
        )
    with pytest.raises(services.TierForbidden, match="already in tier"):
        services.change_tier(
            account=company.acme, tier=company.tiers["important"], reason="x", actor=company.dora
        )


def test_potential_is_closed_once_a_contract_was_signed(company):
    services.record_figures(account_id=company.acme.pk, first_contract_on=datetime.date(2026, 2, 3))
    with pytest.raises(services.TierForbidden, match="2026-02-03"):
        services.change_tier(
            account=company.acme, tier=company.tiers["potential"], reason="x", actor=company.dora
        )


def test_a_full_tier_takes_no_more(company):
    company.tiers["core"].top_n = 1
    company.tiers["core"].save()
    make.make_account("Big", manager=company.kim, tier=company.tiers["core"])
    with pytest.raises(services.TierForbidden, match="full"):
        services.change_tier(
            account=company.acme, tier=company.tiers["core"], reason="x", actor=company.dora
        )


@pytest.fixture
def southern(company):
    """The south has a scheme of its own; "important" is "ordinary" there, nothing else maps."""
    other = make.make_scheme("three")
    ordinary = make.make_tier("ordinary", scheme=other)
    TierMapping.objects.create(
        from_tier=company.tiers["important"], to_tier=ordinary, to_scheme=other
    )
    DivisionTierScheme.objects.create(division=company.south, scheme=other)
    return ordinary


def follow_of(account):
    account.refresh_from_db()
    change = account.tier_changes.get()
    entry = audit.history_of(account).filter(action="account.tier_changed").get()
    assert entry.reason == change.reason and "which uses" in entry.reason
    return account.tier, change.from_tier, change.to_tier


def test_an_account_that_is_transferred_takes_the_scheme_of_its_new_division(company, southern):
    seen = company.acme.version
    services.transfer_account(
        account=company.acme, to=company.sam, reason="South", actor=company.gm, version=seen
    )
    held = company.acme.tier, company.acme.version
    assert follow_of(company.acme) == (southern, company.tiers["important"], southern)
    assert held == (company.acme.tier, company.acme.version)


def test_without_a_mapping_the_tier_becomes_empty(company, southern):
    lost = make.make_account("Lost", manager=company.kim, tier=company.tiers["core"])
    services.transfer_account(account=lost, to=company.sam, reason="South", actor=company.gm)
    assert follow_of(lost) == (None, company.tiers["core"], None)


def test_within_the_division_the_tier_stays(company, southern):
    services.transfer_account(
        account=company.acme, to=company.lee, reason="North", actor=company.gm
    )
    assert company.acme.tier == company.tiers["important"]
    assert not company.acme.tier_changes.exists()


def test_accounts_of_a_unit_that_moves_take_the_scheme_of_its_new_division(company, southern):
    stays = make.make_account("Stays", manager=company.sam, tier=southern)
    version = company.acme.version
    move_unit(unit=company.team, parent=company.south, actor=None)
    assert follow_of(company.acme) == (southern, company.tiers["important"], southern)
    assert company.acme.division == company.south and company.acme.version == version + 1
    stays.refresh_from_db()
    assert stays.tier == southern and not stays.tier_changes.exists()


def test_an_archived_account_takes_the_scheme_when_it_comes_back(company, southern):
    services.archive_account(account=company.acme, reason="x", actor=company.gm)
    move_unit(unit=company.team, parent=company.south, actor=None)
    company.acme.refresh_from_db()
    assert company.acme.tier == company.tiers["important"]
    services.restore_account(account=company.acme, actor=company.gm)
    assert company.acme.tier == southern


def test_a_division_that_changes_scheme_takes_its_accounts_along(company):
    other = make.make_scheme("three")
    ordinary = make.make_tier("ordinary", scheme=other)
    TierMapping.objects.create(
        from_tier=company.tiers["important"], to_tier=ordinary, to_scheme=other
    )
    lost = make.make_account("Lost", manager=company.kim, tier=company.tiers["potential"])
    south = make.make_account("South", manager=company.sam, tier=company.tiers["important"])
    admin = make.make_administrator("admin", unit=company.root)

    plan = services.preview_scheme_switch(division=company.north, scheme=other)
    assert [(row["from"].code, row["to"], row["accounts"]) for row in plan] == [
        ("important", ordinary, 1),
        ("potential", None, 1),
    ]
    with pytest.raises(PermissionDenied):
        services.switch_tier_scheme(division=company.north, scheme=other, actor=company.dora)
    assert services.switch_tier_scheme(division=company.north, scheme=other, actor=admin) == 2
    for account, tier in (
        (company.acme, ordinary),
        (lost, None),
        (south, company.tiers["important"]),
    ):
        account.refresh_from_db()
        assert account.tier == tier
    assert services.switch_tier_scheme(division=company.north, scheme=other, actor=admin) == 0
    with pytest.raises(services.TierForbidden, match="does not belong"):
        services.change_tier(
            account=company.acme, tier=company.tiers["core"], reason="x", actor=company.dora
        )
