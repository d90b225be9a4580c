"""The dashboard: right figures, of what one sees, each with rows that add up to it."""

import datetime
from decimal import Decimal

import pytest
from django.test import RequestFactory
from django.urls import reverse
from openpyxl import load_workbook

from core.lists import Listing
from core.models import CompanySettings
from core.money import added
from kpi.dashboard import Dashboard
from opportunities.lists import OPPORTUNITIES
from opportunities.selectors import deals_of
from teams.models import User
from tests import factories as make

pytestmark = pytest.mark.django_db
day = datetime.date
URL = "/dashboard/"


@pytest.fixture
def world(cast):
    """Two years of deals of two departments, with and without account, tier and industry."""
    cast.account.tier = make.make_tier("core")
    cast.account.industry = make.make_industry("chips", name_zh="芯片", name_en="Chips")
    cast.account.save()
    cast.hidden.tier = make.make_tier("strategic")
    cast.hidden.save()
    second = make.make_user("second", unit=cast.east)
    plan = [
        (cast.seller, cast.account, "1134.67", "won", day(2017, 1, 5)),
        (cast.seller, cast.account, "0.01", "won", day(2017, 3, 31)),
        (cast.seller, None, "50.50", "won", day(2017, 4, 1)),
        (second, cast.account, "200", "won", day(2017, 12, 31)),
        (second, cast.hidden, "77.70", "won", day(2017, 8, 9)),
        (second, cast.account, "10", "lost", day(2017, 8, 10)),
        (cast.rival, cast.hidden, "900", "won", day(2017, 5, 5)),
        (cast.rival, cast.hidden, "5", "lost", day(2017, 5, 5)),
        (cast.rival, None, None, "lost", day(2017, 5, 6)),
        (cast.seller, cast.account, "300", "won", day(2016, 2, 1)),
        (cast.rival, cast.hidden, "40", "won", day(2016, 11, 30)),
        (cast.rival, cast.hidden, "40", "lost", day(2016, 11, 30)),
    ]
    for owner, account, amount, status, closed in plan:
        make.make_opportunity(
            owner=owner,
            account=account,
            amount=None if amount is None else Decimal(amount),
            status=status,
            closed_on=closed,
            opened_on=closed,
        )
    for owner, amount, milestone in (
        (cast.seller, "11", "identified"),
        (second, None, "proposed"),
        (cast.rival, "22.22", "proposed"),
    ):
        make.make_opportunity(
            owner=owner, amount=amount and Decimal(amount), milestone=milestone
        )
    archived = make.make_opportunity(
        owner=cast.seller, amount=Decimal(9999), status="won", closed_on=day(2017, 6, 6)
    )
    archived.archived_at = datetime.datetime(2018, 1, 1, tzinfo=datetime.UTC)
    archived.save()
    cast.second = second
    return cast


def board_of(browser, query=""):
    answer = browser.get(f"{URL}?{query}")
    assert answer.status_code == 200
    return answer.context["board"]


def test_the_latest_year_with_data_opens_first(world, as_user):
    board = board_of(as_user(world.boss))
    assert board.span.code == "2017"
    assert board.whole.amount == Decimal("2362.88")
    assert (board.whole.won, board.whole.lost) == (6, 3)
    assert round(board.whole.win_rate, 4) == Decimal("0.6667")
    assert [row.amount for row in board.by_part.rows] == [
        Decimal("1134.68"),
        Decimal("950.50"),
        Decimal("77.70"),
        Decimal("200.00"),
    ]
    make.make_opportunity(
        owner=world.rival, amount=Decimal(1), status="won", closed_on=day(2016, 1, 4)
    )
    board = board_of(as_user(world.boss))
    assert [row.before for row in board.by_part.rows] == [301, 0, 0, 40]
    assert board.whole.before == Decimal(341)


def test_half_a_year_before_is_nothing_to_grow_from(world, as_user):
    """The data begin in February 2016: 2017 compares only from its second quarter on."""
    full = board_of(as_user(world.boss), "period=2017")
    assert not full.compares and full.growth is None
    quarter = board_of(as_user(world.boss), "period=2017q4")
    assert quarter.compares
    assert quarter.growth == (Decimal(200) - 40) / 40


def test_figures_are_of_what_one_sees(world, as_user):
    east, west, own = (
        board_of(as_user(who), "period=2017").whole
        for who in (world.director, world.sibling, world.seller)
    )
    assert east.amount == Decimal("1462.88")
    assert west.amount == Decimal("977.70")  # its own deals and the one on its own account
    assert own.amount == Decimal("1385.18")  # their own, and others' deals on their account
    world.root.opportunities_follow_account = False
    world.root.save()
    narrow = board_of(as_user(world.seller), "period=2017").whole
    assert narrow.amount == Decimal("1185.18")
    assert (narrow.won, narrow.lost) == (3, 0)
    agent = board_of(as_user(world.second), "period=2017")
    assert agent.whole.amount == Decimal("277.70")
    assert [row.label for row in agent.by_owner.rows] == [world.second.name]


QUERIES = [
    "",
    "period=2016",
    "period=2017q2",
    "closed_from=2017-02-10&closed_to=2017-08-09",
    "tier={tier}",
    "industry=none",
    "owner={owner}",
    "unit={unit}&kind=incremental",
    "account=none",
    "manager={owner}",
]


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize(
    ("who", "follow"),
    [("boss", True), ("director", True), ("director", False), ("sibling", True), ("seller", False)],
)
def test_every_figure_adds_up_to_the_rows_behind_it(world, query, who, follow):
    world.root.opportunities_follow_account = follow
    world.root.save()
    user = User.objects.get(pk=getattr(world, who).pk)
    query = query.format(
        tier=world.account.tier_id, owner=world.seller.pk, unit=world.east.pk
    )
    request = RequestFactory().get(f"{URL}?{query}")
    request.user = user
    board = Dashboard(request)

    def rows_behind(url):
        """The list as its page makes it, without drawing it."""
        behind = RequestFactory().get(url)
        assert behind.path == reverse("opportunities:opportunity_list")
        behind.user = user
        listing = Listing(OPPORTUNITIES, behind, deals_of(user))
        assert not listing.notes, url
        return listing

    checked = 0
    for figure in board.figures:
        assert added(row.amount for row in figure.rows) == figure.whole.amount, figure.code
        assert sum(row.won for row in figure.rows) == figure.whole.won, figure.code
        for row in [*figure.rows, figure.whole]:
            if row.rest or not row.url:
                continue
            behind = rows_behind(row.url)
            assert (behind.count, behind.totals["amount"]) == (row.won, row.amount), (
                figure.code,
                row.label,
                row.url,
            )
            if row.lost_url:
                assert rows_behind(row.lost_url).count == row.lost, (figure.code, row.label)
            checked += 1
    assert checked >= 4
    assert rows_behind(board.decided_url).count == board.whole.decided
    named = sum(row.amount for row in board.largest.rows if row.named)
    if named and board.largest_url:
        assert rows_behind(board.largest_url).totals["amount"] == named


def test_the_page_leads_to_its_rows(world, as_user):
    browser = as_user(world.director)
    board = board_of(browser, "period=2017")
    for url in (board.total.url, board.by_part.rows[0].url, board.pipeline.whole.url):
        assert url.replace("&", "&amp;") in browser.get(URL, {"period": "2017"}).content.decode()
    listing = browser.get(board.total.url).context["listing"]
    assert listing.totals["amount"] == board.whole.amount


def test_a_hidden_account_is_not_told(world, as_user):
    board = board_of(as_user(world.second), "period=2017")
    assert [row.named for row in board.by_tier.rows] == [False]
    page = as_user(world.second).get(URL, {"period": "2017"}).content.decode()
    assert world.hidden.tier.name not in page
    assert reverse("accounts:account_detail", args=[world.hidden.pk]) not in page
    assert world.hidden.name not in page
    assert "(not yours to see)" in page or "（无权查看）" in page
    assert f"account={world.hidden.pk}" not in page
    assert None in [row.key for row in board.largest.rows if row.named]


def test_conditions_work_together(world, as_user):
    browser = as_user(world.boss)
    board = board_of(browser, f"period=2017&tier={world.account.tier_id}&owner={world.second.pk}")
    assert board.whole.amount == Decimal(200)
    assert [row.key for row in board.by_owner.rows] == [world.second.pk]


def test_concentration_counts_the_largest(world, as_user):
    CompanySettings.objects.update_or_create(id=1, defaults={"dashboard_top_accounts": 3})
    board = board_of(as_user(world.boss), "period=2017")
    assert [row.amount for row in board.largest.rows if row.named] == [
        Decimal("1334.68"),
        Decimal("977.70"),
    ]
    assert board.whole.accounts == 2
    assert round(board.concentration, 6) == round(Decimal("2312.38") / Decimal("2362.88"), 6)


def test_long_rankings_gather_the_rest(world, as_user):
    for number in range(15):
        make.make_opportunity(
            owner=make.make_user(f"agent{number}", unit=world.west),
            amount=Decimal(number + 1),
            status="won",
            closed_on=day(2017, 2, 2),
        )
    browser = as_user(world.boss)
    figure = board_of(browser, "period=2017").by_owner
    assert len(figure.rows) == 11
    assert figure.rows[-1].rest == 8
    assert sum(row.amount for row in figure.rows) == figure.whole.amount
    full = board_of(browser, "period=2017&all=owner").by_owner
    assert len(full.rows) == 18 and not any(row.rest for row in full.rows)


def test_nothing_at_all_is_said_plainly(cast, as_user):
    answer = as_user(cast.seller).get(URL)
    assert answer.status_code == 200
    board = answer.context["board"]
    assert (board.whole.amount, board.whole.win_rate, board.concentration) == (0, None, None)


def test_nonsense_in_the_address_is_no_error(world, as_user):
    browser = as_user(world.boss)
    for query in (
        "period=1&tier=x&owner=99999999999999999999999&all=zzz",
        "closed_from=2017-99-99&closed_to=x&industry=%00",
        "closed_from=2018-01-01&closed_to=2017-01-01",
        "closed_to=2017-03-31",
    ):
        assert browser.get(f"{URL}?{query}").status_code == 200, query
    assert browser.get(f"{URL}?choices=period").status_code == 200
    assert browser.get(f"{URL}?choices=*").status_code == 200
    assert browser.get(f"{URL}?choices=zzz").status_code == 404


def test_the_workbook_holds_the_same_figures(world, as_user, tmp_path):
    answer = as_user(world.boss).get("/dashboard/export/", {"period": "2017"})
    path = tmp_path / "dashboard.xlsx"
    path.write_bytes(b"".join(answer.streaming_content))
    book = load_workbook(path)
    assert len(book.sheetnames) == 8
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    assert [row[1] for row in rows[2:]] == [1134.68, 950.5, 77.7, 200, 2362.88]
    reader = make.make_user("reader", post=make.make_post("reader", rights=[]))
    assert as_user(reader).get("/dashboard/export/").status_code == 403
    assert as_user(reader).get(URL).status_code == 200


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_headline_says_the_finding(world, as_user, language):
    world.boss.language = language
    world.boss.save()
    text = as_user(world.boss).get(URL, {"period": "2017"}).content.decode()
    assert ("2,362.88" in text) and ("66.7%" in text or "66.67" in text)
    assert ("2017年" in text) == (language == "zh-hans")
