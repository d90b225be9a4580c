"""A new record is checked whole, an edit for what it changes: fields, and each rule on them."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

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


def new_deal(**fields):
    values = {"number": "N-1", "name": "x", "opened_on": DAY, "expected_close_on": DAY}
    deal = make.make_opportunity(owner=make.make_user(), opened_on=DAY)
    type(deal).objects.filter(pk=deal.pk).delete()
    deal.pk = None
    for name, value in (values | fields).items():
        setattr(deal, name, value)
    return deal


def create(instance):
    return writing.create(instance=instance, actor=None, action="created")


def test_what_the_database_refuses_of_a_new_record_is_said_in_words_and_leaves_nothing():
    wrong = {"closed_on": DAY - datetime.timedelta(days=1), "status": "lost"}
    deal = new_deal(**wrong)
    kind = type(deal)
    with pytest.raises(ValidationError) as refused:
        create(deal)
    assert "__all__" in refused.value.message_dict
    assert not kind.objects.exists()  # and the transaction goes on
    assert create(new_deal()).pk


def test_who_is_second_at_the_same_moment_meets_the_database_itself(monkeypatch):
    taken = make.make_opportunity(owner=make.make_user(), opened_on=DAY)
    deal = new_deal(number=taken.number)
    monkeypatch.setattr(writing, "clean_new", lambda instance: None)  # nobody was there yet
    with pytest.raises(IntegrityError), transaction.atomic():
        create(deal)


def test_a_new_record_names_every_wrong_field_at_once():
    taken = make.make_opportunity(owner=make.make_user(), opened_on=DAY)
    deal = new_deal(number=taken.number, name="", currency_id="NIL")
    with pytest.raises(ValidationError) as refused:
        create(deal)
    assert {"number", "name", "currency"} <= set(refused.value.message_dict)


def test_a_reference_at_hand_is_not_asked_for_again(django_assert_max_num_queries):
    deal = new_deal()
    assert deal.owner.pk and deal.currency.pk and deal.owner_unit.pk
    with django_assert_max_num_queries(8):
        create(deal)
