"""What tiers allow. Plain values in, plain values out (R-ACC-13, R-ACC-16)."""

import datetime
from dataclasses import dataclass


@dataclass(frozen=True)
class TierRule:
    """What a tier asks: `only_without_contract` for potential accounts, `top_n` as rank cut-off."""

    only_without_contract: bool = False
    top_n: int | None = None


def contract_forbids(rule: TierRule, first_contract_on: datetime.date | None) -> bool:
    """A tier for potential accounts is closed once a contract was signed."""
    return rule.only_without_contract and first_contract_on is not None


def is_full(rule: TierRule, accounts_in_tier: int) -> bool:
    """Whether the cut-off leaves no place for one more account."""
    return rule.top_n is not None and accounts_in_tier >= rule.top_n


def needs_new_tier(rule: TierRule | None, first_contract_on: datetime.date | None) -> bool:
    """A first contract proposes another tier for an account that sits in such a tier."""
    return rule is not None and contract_forbids(rule, first_contract_on)
