import datetime

import pytest

from accounts.tiering import TierRule, contract_forbids, is_full, needs_new_tier

SIGNED = datetime.date(2026, 3, 1)


@pytest.mark.parametrize(
    ("rule", "signed", "forbidden"),
    [
        (TierRule(only_without_contract=True), None, False),
        (TierRule(only_without_contract=True), SIGNED, True),
        (TierRule(), SIGNED, False),
    ],
)
def test_a_tier_for_potential_accounts_closes_with_the_first_contract(rule, signed, forbidden):
    assert contract_forbids(rule, signed) is forbidden
    assert needs_new_tier(rule, signed) is forbidden


def test_no_tier_needs_no_new_one():
    assert needs_new_tier(None, SIGNED) is False


@pytest.mark.parametrize(
    ("top_n", "there", "full"), [(None, 900, False), (5, 4, False), (5, 5, True)]
)
def test_a_cut_off_leaves_room_for_so_many(top_n, there, full):
    assert is_full(TierRule(top_n=top_n), there) is full
