"""An edit checks what it changes: fields, and every rule that reads one of them."""

import datetime

import pytest
from django.core.exceptions import ValidationError

from core import writing
from tests import factories as make

pytestmark = pytest.mark.django_db
DAY = datetime.date(2026, 1, 5)


def edit(instance, **values):
    return writing.edit(instance=instance, values=values, actor=None, action="edited")


def test_a_rule_over_two_fields_holds_when_one_of_them_changes():
    deal = make.make_opportunity(owner=make.make_user(), opened_on=DAY)
    with pytest.raises(ValidationError) as refused:
        edit(deal, closed_on=DAY - datetime.timedelta(days=1), status="lost")
    assert "__all__" in refused.value.message_dict


def test_a_taken_number_is_refused_in_its_own_words():
    first = make.make_account(name="甲", registration_no="91320500MA0000001X")
    second = make.make_account(name="乙", registration_no="91320500MA0000002X")
    with pytest.raises(ValidationError) as refused:
        edit(second, registration_no=first.registration_no)
    [message] = refused.value.messages
    constraint = next(c for c in type(first)._meta.constraints if c.name == "registration_no_once")
    assert message == constraint.violation_error_message


def test_a_wrong_value_is_refused_and_what_was_there_is_not_looked_at_again():
    account = make.make_account(name="甲")
    type(account).objects.filter(pk=account.pk).update(website="not an address")
    account.refresh_from_db()
    with pytest.raises(ValidationError):
        edit(account, founded_year=3000)
    account.refresh_from_db()
    edit(account, founded_year=1999)
    account.refresh_from_db()
    assert account.founded_year == 1999


def test_an_edit_asks_the_database_only_about_what_changes(django_assert_max_num_queries):
    deal = make.make_opportunity(owner=make.make_user(), opened_on=DAY)
    make.make_account(name="甲")
    with django_assert_max_num_queries(6):  # savepoint, update, history, release
        edit(deal, next_step="拜访")
    deal.refresh_from_db()
    assert deal.next_step == "拜访"
