"""Ready columns: what they show, what goes into files, how they sort, and that all of it yields."""

import datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.utils.safestring import SafeString

from accounts.models import Account
from core.formats import UNKNOWN
from core.lists import ListContext
from core.lists.columns import (
    choice_column,
    day_column,
    link_column,
    money_column,
    name_column,
    number_column,
    state_column,
    text_column,
    time_column,
)

TODAY = datetime.date(2026, 11, 27)
# Half past seven in the evening of the 24th in UTC is the 25th in Shanghai.
NIGHT = datetime.datetime(2026, 11, 24, 19, 30, tzinfo=datetime.UTC)


@pytest.fixture
def context():
    return ListContext(user=None, today=TODAY, language="en", currency="CNY")


def row(**values):
    return SimpleNamespace(pk=7, **values)


def test_a_link_names_the_row_and_leads_to_its_page(context):
    column = link_column("name", "Account", "accounts:account_detail")
    shown = column.cell(row(name="<b>A & B</b>"), context)
    assert isinstance(shown, SafeString)
    assert 'href="/accounts/7/"' in shown
    assert "&lt;b&gt;A &amp; B&lt;/b&gt;" in shown
    assert "<b>" not in shown
    assert column.export(row(name="<b>A & B</b>"), context) == "<b>A & B</b>"
    assert (column.sort, column.fixed, column.phone) == (("name",), True, "a")


def test_what_a_function_names_does_not_sort(context):
    column = link_column("x", "X", "accounts:account_detail", lambda one: one.name.upper())
    assert column.export(row(name="ab"), context) == "AB"
    assert not column.sortable


def test_a_time_is_of_the_day_it_was_here_not_in_utc(context):
    column = day_column("at", "At")
    assert column.cell(row(at=NIGHT), context) == "11-25"
    assert column.export(row(at=NIGHT), context) is NIGHT
    assert time_column("at", "At").cell(row(at=NIGHT), context) == "11-25 03:30"


def test_an_unknown_day_is_a_dash_for_eyes_and_nothing_in_files(context):
    column = day_column("due", "Due", "figures.due_on")
    without = row(figures=None)
    assert column.cell(without, context) == UNKNOWN
    assert column.export(without, context) is None
    assert column.sort == ("figures__due_on",)


def test_a_sum_is_in_its_own_currency_or_in_the_company_s(context):
    deal = row(total=Decimal("186.5"), currency_id="USD")
    assert money_column("total", "Total").cell(deal, context) == "$186.50"
    assert money_column("total", "Total", currency="").cell(deal, context) == "¥186.50"
    assert money_column("total", "Total").export(deal, context) == Decimal("186.5")
    assert not money_column("total", "Total").sortable  # currencies do not compare


def test_an_exact_sum_keeps_its_decimals(context):
    deal = row(total=Decimal("12345.60"), currency_id="CNY")
    assert money_column("total", "Total", exact=True).cell(deal, context) == "¥12,345.60"
    assert money_column("total", "Total").cell(deal, context) == "¥12.3K"


def test_numbers_texts_and_names_show_a_dash_where_nothing_is(context):
    empty = row(score=None, note="", owner=None)
    columns = number_column("score", "S"), text_column("note", "N"), name_column("owner", "O")
    assert [one.cell(empty, context) for one in columns] == [UNKNOWN] * 3
    full = row(score=Decimal("4.25"), note="n", owner="Li")
    assert number_column("score", "S", digits=1).cell(full, context) == "4.3"
    assert [one.cell(full, context) for one in columns[1:]] == ["n", "Li"]
    assert columns[2].related == ("owner",)


def test_a_choice_is_said_in_words_and_a_state_has_its_shape(context):
    account = Account(status="registered", nature="")
    word = account.get_status_display()
    assert choice_column("status", "S").cell(account, context) == word
    assert choice_column("nature", "N").cell(account, context) == UNKNOWN
    column = state_column("status", "S", lambda one: f"[{one.status}]")
    assert column.cell(account, context) == "[registered]"
    assert column.export(account, context) == word
    assert column.sort == ("status",)


def test_what_the_declaration_says_goes_before_what_is_usual(context):
    column = day_column("at", "At", sort=(), numeric=False, cell=lambda one, c: "mine", wide="3")
    assert (column.sort, column.numeric, column.wide) == ((), False, "3")
    assert column.cell(row(at=NIGHT), context) == "mine"
    assert time_column("at", "At", cell=lambda one, c: "own").cell(row(at=NIGHT), context) == "own"
