"""An amount nobody knows yet is an en dash on pages and nothing in files, never 0."""

from decimal import Decimal
from io import BytesIO

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from core.formats import UNKNOWN
from core.money import added
from opportunities import selectors
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def unknown(cast):
    return make.make_opportunity("Vague", owner=cast.seller, account=cast.account)


@pytest.fixture
def browser(cast, as_user):
    return as_user(cast.seller)


def listing_of(browser, page, **query):
    return browser.get(reverse(page), query).context["listing"]


def test_sums_of_unknown_amounts_are_unknown():
    assert added([]) == 0
    assert added([None, None]) is None
    assert added([None, Decimal(5)]) == 5


def test_the_list_of_opportunities(browser, unknown, cast):
    listing = listing_of(browser, "opportunities:opportunity_list")
    assert listing.totals["amount"] is None
    assert UNKNOWN in [text for _attributes, text in listing.foot]
    make.make_opportunity(owner=cast.seller, amount=Decimal("10.10"))
    listing = listing_of(browser, "opportunities:opportunity_list")
    assert listing.totals["amount"] == Decimal("10.10")


def test_an_empty_list_adds_up_to_nothing(browser, cast):
    assert listing_of(browser, "opportunities:opportunity_list").totals["amount"] == 0


def test_the_list_of_accounts(browser, unknown, cast):
    listing = listing_of(browser, "accounts:account_list", columns=["name", "open"])
    [row] = listing.page.rows
    column = next(c for c in listing.columns if c.code == "open")
    context = listing.context_of_list
    assert column.cell(row, context) == UNKNOWN and column.export(row, context) is None
    assert column.lazy_total(listing.filtered, context) == UNKNOWN
    late = browser.get(reverse("accounts:account_list"), {"total": "open"})
    assert UNKNOWN in late.content.decode()


def test_the_pages_of_an_account(browser, unknown, cast):
    totals = selectors.account_totals(cast.account, cast.seller)
    assert (totals["open_amount"], totals["open_count"]) == (None, 1)
    assert (totals["won_amount"], totals["won_count"]) == (0, 0)
    for name in ("account_opportunities", "account_summary"):
        page = browser.get(reverse(f"opportunities:{name}", args=[cast.account.pk]))
        assert page.status_code == 200
        assert f">{UNKNOWN}</a>" in page.content.decode()


def test_the_board(browser, unknown, cast):
    board = browser.get(reverse("opportunities:opportunity_board")).context["board"]
    lanes = {lane.code: lane for lane in board.lanes}
    assert lanes[unknown.milestone].amount is None
    assert lanes["proposed"].amount == 0
    assert board.totals["amount"] is None
    assert browser.get(reverse("opportunities:opportunity_board")).status_code == 200
    make.make_opportunity(owner=cast.seller, amount=Decimal(7), milestone=unknown.milestone)
    board = browser.get(reverse("opportunities:opportunity_board")).context["board"]
    assert board.totals["amount"] == 7


def test_the_dashboard_and_its_file(browser, unknown, cast):
    page = browser.get("/dashboard/")
    figure = page.context["board"].pipeline
    assert [row.amount for row in figure.rows] == [None] and figure.whole.amount is None
    assert page.status_code == 200 and 'data-v="None"' not in page.content.decode()
    file = browser.get(reverse("kpi:dashboard_export"))
    sheet = load_workbook(BytesIO(file.getvalue())).worksheets[1]
    assert [row[1].value for row in list(sheet.rows)[2:]] == [None, None]


def test_the_summary_over_the_api(browser, unknown):
    told = browser.get("/api/v1/opportunities/summary/").json()
    assert (told["open"], told["open_amount"], told["won_amount"]) == (1, None, "0.00")


def test_products_without_a_price(browser, unknown):
    unknown.lines.create(product=make.make_product("P", list_price=None))
    page = browser.get(unknown.get_absolute_url())
    assert page.context["lines_total"] is None
