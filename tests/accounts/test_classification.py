import datetime

import pytest

from accounts.classification import Age, TimeStatus, customer_age, is_key, time_status
from accounts.models import Account
from accounts.services.accounts import EDITABLE

TODAY = datetime.date(2026, 11, 21)


@pytest.mark.parametrize(
    ("first", "override", "age"),
    [
        (None, "", Age.NEW),
        (datetime.date(2025, 11, 22), "", Age.NEW),
        (datetime.date(2025, 11, 21), "", Age.EXISTING),
        (datetime.date(2020, 1, 1), "new", Age.NEW),
    ],
)
def test_a_customer_is_new_for_twelve_months_after_the_first_contract(first, override, age):
    assert customer_age(first_contract_on=first, today=TODAY, months=12, override=override) == age


@pytest.mark.parametrize(
    ("last", "status"),
    [
        (None, TimeStatus.FUTURE),
        (datetime.date(2024, 11, 22), TimeStatus.PRESENT),
        (datetime.date(2024, 11, 21), TimeStatus.PAST),
    ],
)
def test_past_present_future_follow_the_last_contract(last, status):
    assert time_status(last_contract_on=last, today=TODAY, months=24) == status


def test_key_follows_the_tier_unless_set_by_hand():
    assert is_key(tier_is_key=True, override=None)
    assert not is_key(tier_is_key=None, override=None)
    assert is_key(tier_is_key=False, override=True)
    assert not is_key(tier_is_key=True, override=False)


def test_every_single_choice_axis_is_a_column_people_can_edit():
    axes = {"nature", "purchasing_power", "closeness", "sales_channel", "geographic_scope"}
    assert axes <= EDITABLE
    for axis in axes:
        assert Account._meta.get_field(axis).choices
