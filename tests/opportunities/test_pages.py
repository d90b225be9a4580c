"""Pages of opportunities: what they show, to whom, and what they refuse."""

import datetime
from decimal import Decimal

import pytest
from django.urls import reverse

from core.models import AuditEntry
from opportunities.models import Milestone, Opportunity, OpportunityStatus
from opportunities.search import search_opportunities
from tests import factories as make

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def url(name, *args):
    return reverse(f"opportunities:{name}", args=args)


@pytest.fixture
def deal(cast):
    return make.make_opportunity(
        "二厂专网", owner=cast.seller, account=cast.account, amount=Decimal("120000")
    )


def test_the_list_shows_visible_deals_with_their_total(cast, as_user, deal):
    make.make_opportunity("别人的", owner=cast.rival, amount=Decimal(7))
    page = as_user(cast.seller).get(url("opportunity_list"))
    listing = page.context["listing"]
    assert [row.pk for row in listing.page.rows] == [deal.pk]
    assert listing.totals["amount"] == Decimal("120000.00")
    assert "别人的" not in page.content.decode()
    assert "120,000.00" in page.content.decode()


@pytest.mark.parametrize("who", ["rival", "sibling"])
@pytest.mark.parametrize(
    "name",
    [
        "opportunity_detail",
        "opportunity_edit",
        "opportunity_move",
        "opportunity_win",
        "opportunity_lose",
        "opportunity_reopen",
        "opportunity_archive",
        "opportunity_owner",
        "opportunity_member_add",
        "opportunity_step",
    ],
)
def test_a_hidden_deal_is_not_there(cast, as_user, deal, who, name):
    browser = as_user(getattr(cast, who))
    assert browser.get(url(name, deal.pk)).status_code == 404
    if name not in ("opportunity_detail",):
        assert browser.post(url(name, deal.pk), {"lane": "proposed"}).status_code == 404
    assert not AuditEntry.objects.exists()


def test_the_detail_page_says_what_matters(cast, as_user, deal):
    text = as_user(cast.director).get(url("opportunity_detail", deal.pk)).content.decode()
    assert deal.name in text and deal.number in text
    assert reverse("accounts:account_detail", args=[cast.account.pk]) in text


def test_a_hidden_account_is_not_named(cast, as_user):
    deal = make.make_opportunity(owner=cast.seller, account=cast.hidden, amount=Decimal(5))
    browser = as_user(cast.seller)
    link = reverse("accounts:account_detail", args=[cast.hidden.pk])
    pages = (
        url("opportunity_detail", deal.pk),
        url("opportunity_list"),
        url("opportunity_board"),
        f"{url('opportunity_export')}?format=csv",
        f"{url('opportunity_list')}?choices=account",
        f"{reverse('core:search')}?q={deal.name}",
    )
    for address in pages:
        answer = browser.get(address, HTTP_ACCEPT_LANGUAGE="en")
        assert answer.status_code == 200, address
        text = answer.getvalue().decode()
        assert cast.hidden.name not in text and link not in text, address
        if "choices" not in address:
            assert deal.name in text, address
            assert "not yours to see" in text or "无权查看" in text, address


def test_a_list_is_not_narrowed_by_a_hidden_account(cast, as_user):
    """Nothing tells its number from one that was never given."""
    deal = make.make_opportunity(owner=cast.seller, account=cast.hidden, amount=Decimal(5))
    browser = as_user(cast.seller)
    told = []
    for pk in (cast.hidden.pk, 987654):
        listing = browser.get(url("opportunity_list"), {"account": pk}).context["listing"]
        told.append((listing.count, listing.notes, [row.pk for row in listing.page.rows]))
    assert told[0] == told[1] and told[0][2] == [deal.pk]


def test_the_place_of_a_hidden_account_does_not_tell_its_name(cast, as_user):
    """By account, the hidden one stands where the unknown ones stand, both ways."""
    hidden = make.make_opportunity("hidden", owner=cast.seller, account=cast.hidden)
    known = make.make_opportunity("known", owner=cast.seller, account=cast.account)
    browser = as_user(cast.seller)
    for sort in ("account", "-account"):
        rows = browser.get(url("opportunity_list"), {"sort": sort}).context["listing"].page.rows
        assert [row.pk for row in rows] == [known.pk, hidden.pk]


def test_followers_of_the_account_read_but_do_not_change(cast, as_user):
    deal = make.make_opportunity(owner=cast.rival, account=cast.account)
    browser = as_user(cast.seller)
    assert browser.get(url("opportunity_detail", deal.pk)).status_code == 200
    assert browser.get(url("opportunity_edit", deal.pk)).status_code == 403
    answer = browser.post(url("opportunity_move", deal.pk), {"lane": "proposed"})
    assert answer.status_code == 403
    cast.root.opportunities_follow_account = False
    cast.root.save()
    assert browser.get(url("opportunity_detail", deal.pk)).status_code == 404


def test_a_deal_is_entered_with_its_products(cast, as_user):
    product = make.make_product(list_price=Decimal("10.50"), currency=make.make_currency())
    answer = as_user(cast.seller).post(
        url("opportunity_create"),
        {
            "name": "新商机",
            "account": cast.account.pk,
            "currency": "CNY",
            "kind": "incremental",
            "milestone": "contacted",
            "owner": "",
            "lines-TOTAL_FORMS": 2,
            "lines-INITIAL_FORMS": 0,
            "lines-0-product": product.pk,
            "lines-0-quantity": "3",
            "lines-0-unit_price": "",
            "lines-1-product": "",
            "lines-1-quantity": "1",
            "lines-1-unit_price": "",
        },
    )
    made = Opportunity.objects.get()
    assert answer.status_code == 302 and answer["Location"] == made.get_absolute_url()
    assert (made.amount, made.milestone, made.owner) == (
        Decimal("31.50"),
        Milestone.CONTACTED,
        cast.seller,
    )
    assert made.opened_on is not None


def test_a_foreign_account_is_no_choice(cast, as_user):
    browser = as_user(cast.seller)
    data = {"name": "x", "account": cast.hidden.pk, "currency": "CNY", "kind": "incremental"}
    data |= {"milestone": "identified", "lines-TOTAL_FORMS": 0, "lines-INITIAL_FORMS": 0}
    answer = browser.post(url("opportunity_create"), data)
    assert answer.status_code == 422
    assert cast.hidden.name not in answer.content.decode()
    assert not Opportunity.objects.exists()
    assert browser.get(url("opportunity_create"), {"account": cast.hidden.pk}).status_code == 404
    offered = browser.get(reverse("accounts:account_options")).json()["results"]
    assert [row["id"] for row in offered] == [cast.account.pk]
    assert browser.get(reverse("accounts:account_options"), {"q": "秘密"}).json()["results"] == []


def test_owners_offered_are_those_one_answers_for(cast, as_user):
    offered = as_user(cast.director).get(url("owner_options")).json()["results"]
    assert {row["id"] for row in offered} == {cast.seller.pk, cast.director.pk}


def test_an_edit_keeps_an_account_the_editor_does_not_see(cast, as_user):
    deal = make.make_opportunity(owner=cast.seller, account=cast.hidden, amount=Decimal(5))
    browser = as_user(cast.seller)
    page = browser.get(url("opportunity_edit", deal.pk))
    assert "account" not in page.context["form"].fields
    data = {"version": 1, "name": "neu", "currency": "CNY", "kind": "existing", "amount": "6"}
    answer = browser.post(
        url("opportunity_edit", deal.pk), data | {"lines-TOTAL_FORMS": 0, "lines-INITIAL_FORMS": 0}
    )
    assert answer.status_code == 302
    deal.refresh_from_db()
    assert (deal.account, deal.name, deal.amount) == (cast.hidden, "neu", Decimal(6))


def test_a_stale_edit_shows_both_values(cast, as_user, deal):
    browser = as_user(cast.seller)
    deal.version, deal.amount, deal.amount_base = 2, Decimal(130000), Decimal(130000)
    deal.save()
    data = {"version": 1, "name": deal.name, "account": cast.account.pk, "amount": "140000"}
    data |= {"currency": "CNY", "kind": deal.kind, "lines-TOTAL_FORMS": 0, "lines-INITIAL_FORMS": 0}
    answer = browser.post(url("opportunity_edit", deal.pk), data)
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "130,000.00" in text and "140,000.00" in text
    assert answer.context["form"]["version"].value() == 2
    data["version"] = 2
    assert browser.post(url("opportunity_edit", deal.pk), data).status_code == 302
    deal.refresh_from_db()
    assert deal.amount == Decimal(140000)


def test_a_cell_is_edited_in_place(cast, as_user, deal):
    browser = as_user(cast.seller)
    address = url("opportunity_cell", deal.pk, "amount")
    assert "data-edit-form" in browser.get(address, headers=HTMX).content.decode()
    answer = browser.post(address, {"amount": "99.5", "version": 1}, headers=HTMX)
    assert answer.status_code == 200 and answer.content.decode().startswith("<td")
    deal.refresh_from_db()
    assert deal.amount_base == Decimal("99.50")
    answer = browser.post(address, {"amount": "-1", "version": 2}, headers=HTMX)
    assert answer.status_code == 422
    answer = browser.post(address, {"amount": "5", "version": 1}, headers=HTMX)
    assert answer.status_code == 409
    assert browser.get(url("opportunity_cell", deal.pk, "owner")).status_code == 404


def test_a_dropped_card_gets_the_board_back(cast, as_user, deal):
    browser = as_user(cast.seller)
    answer = browser.post(
        url("opportunity_move", deal.pk), {"lane": "proposed", "version": 1}, headers=HTMX
    )
    assert answer.status_code == 200
    assert 'id="board"' in answer.content.decode()
    deal.refresh_from_db()
    assert deal.milestone == Milestone.PROPOSED


def test_a_drop_on_signed_is_refused_with_the_way_to_win(cast, as_user, deal):
    browser = as_user(cast.seller)
    answer = browser.post(
        url("opportunity_move", deal.pk), {"lane": "signed", "version": 1}, headers=HTMX
    )
    assert answer.status_code == 422
    assert url("opportunity_win", deal.pk) in answer["HX-Trigger"]
    assert browser.post(
        url("opportunity_move", deal.pk), {"lane": "moon", "version": 1}, headers=HTMX
    ).status_code in (400, 422)
    deal.refresh_from_db()
    assert deal.milestone == Milestone.IDENTIFIED


def test_a_stale_drop_changes_nothing(cast, as_user, deal):
    deal.version = 3
    deal.save()
    answer = as_user(cast.seller).post(
        url("opportunity_move", deal.pk), {"lane": "proposed", "version": 1}, headers=HTMX
    )
    assert answer.status_code == 409
    deal.refresh_from_db()
    assert deal.milestone == Milestone.IDENTIFIED


def test_moving_works_without_scripts(cast, as_user, deal):
    browser = as_user(cast.seller)
    assert browser.get(url("opportunity_move", deal.pk)).status_code == 200
    answer = browser.post(url("opportunity_move", deal.pk), {"lane": "qualified", "version": 1})
    assert answer.status_code == 302
    deal.refresh_from_db()
    assert deal.milestone == Milestone.QUALIFIED


def test_win_lose_and_reopen_by_page(cast, as_user, deal):
    browser = as_user(cast.seller)
    today = datetime.date.today().isoformat()
    assert browser.post(url("opportunity_win", deal.pk), {"amount": "5"}).status_code == 422
    won = {"closed_on": today, "amount": "100", "version": 1}
    assert browser.post(url("opportunity_win", deal.pk), won, headers=HTMX).status_code == 204
    deal.refresh_from_db()
    assert (deal.status, deal.amount) == (OpportunityStatus.WON, Decimal(100))
    assert browser.post(url("opportunity_reopen", deal.pk), {"reason": ""}).status_code == 422
    browser.post(url("opportunity_reopen", deal.pk), {"reason": "wrong", "version": 2})
    lost = {"closed_on": today, "reason": "price", "version": 3}
    assert browser.post(url("opportunity_lose", deal.pk), lost).status_code == 302
    deal.refresh_from_db()
    assert deal.status == OpportunityStatus.LOST


def test_a_win_can_name_the_account(cast, as_user):
    deal = make.make_opportunity(owner=cast.seller, amount=Decimal(5))
    day = datetime.date.today().isoformat()
    data = {"closed_on": day, "amount": "5", "version": 1, "account": cast.account.pk}
    assert as_user(cast.seller).post(url("opportunity_win", deal.pk), data).status_code == 302
    deal.refresh_from_db()
    assert (deal.status, deal.account) == (OpportunityStatus.WON, cast.account)


def test_board_totals_are_those_of_all_deals(cast, as_user, monkeypatch):
    monkeypatch.setattr("opportunities.selectors.CARDS_IN_A_LANE", 2)
    for amount in (1, 2, 3):
        make.make_opportunity(owner=cast.seller, amount=Decimal(amount))
    make.make_opportunity(owner=cast.seller, milestone="proposed")
    won = make.make_opportunity(owner=cast.seller, amount=Decimal(9), status="won")
    make.make_opportunity(
        owner=cast.seller,
        amount=Decimal(9),
        status="won",
        closed_on=datetime.date(2001, 1, 1),
    )
    make.make_opportunity(owner=cast.rival, amount=Decimal(500))
    page = as_user(cast.seller).get(url("opportunity_board"))
    lanes = {lane.code: lane for lane in page.context["board"].lanes}
    first = lanes["identified"]
    assert (first.count, first.amount, first.more) == (3, Decimal(6), 1)
    assert [card.deal.amount for card in first.cards] == [Decimal(3), Decimal(2)]
    assert (lanes["proposed"].count, lanes["signed"].count) == (1, 1)
    assert lanes["signed"].cards[0].deal == won
    for lane in lanes.values():
        rows = as_user(cast.seller).get(lane.url).context["listing"]
        assert (rows.count, rows.totals["amount"]) == (lane.count, lane.amount)


def test_bulk_edit_previews_then_changes(cast, as_user):
    deals = [make.make_opportunity(owner=cast.seller) for _ in range(2)]
    ids = [deal.pk for deal in deals]
    browser = as_user(cast.seller)
    page = browser.post(url("opportunity_bulk"), {"ids": ids})
    assert page.status_code == 200 and len(page.context["deals"]) == 2
    data = {"ids": ids, "preview": "1", "kind": "existing"}
    page = browser.post(url("opportunity_bulk"), data)
    assert page.context["changed"] == 2
    assert not Opportunity.objects.filter(kind="existing").exists()
    assert browser.post(url("opportunity_bulk"), data | {"apply": "1"}).status_code == 302
    assert Opportunity.objects.filter(kind="existing").count() == 2


def test_bulk_edit_with_a_foreign_deal_is_all_or_none(cast, as_user):
    mine = make.make_opportunity(owner=cast.seller)
    theirs = make.make_opportunity(owner=cast.rival)
    data = {"ids": [mine.pk, theirs.pk], "preview": "1", "kind": "existing", "apply": "1"}
    assert as_user(cast.seller).post(url("opportunity_bulk"), data).status_code == 404
    assert not Opportunity.objects.filter(kind="existing").exists()


def test_the_export_holds_what_the_list_shows(cast, as_user, deal):
    make.make_opportunity("别人的", owner=cast.rival)
    answer = as_user(cast.seller).get(url("opportunity_export"), {"format": "csv"})
    text = b"".join(answer.streaming_content).decode()
    assert deal.name in text and "别人的" not in text
    post = make.make_post("reader", rights=[])
    reader = make.make_user("reader", unit=cast.east, post=post)
    assert as_user(reader).get(url("opportunity_export")).status_code == 403


def test_the_search_finds_by_pinyin_and_by_account(cast, deal):
    for text in ("erchang", "ecz", deal.number, "hengyao"):
        assert [h["title"] for h in search_opportunities(cast.seller, text, 5)["hits"]] == [
            deal.name
        ], text
    assert search_opportunities(cast.rival, "erchang", 5)["hits"] == []


def test_account_facts_are_no_side_channel(cast, as_user):
    """Filtering by the tier of an account one does not see tells nothing (T12)."""
    cast.hidden.tier = make.make_tier("core")
    cast.hidden.save()
    deal = make.make_opportunity(owner=cast.seller, account=cast.hidden)
    browser = as_user(cast.seller)
    core = browser.get(url("opportunity_list"), {"tier": cast.hidden.tier_id})
    without = browser.get(url("opportunity_list"), {"tier": "none"})
    assert core.context["listing"].count == 0
    assert [row.pk for row in without.context["listing"].page.rows] == [deal.pk]
    boss = as_user(cast.boss).get(url("opportunity_list"), {"tier": cast.hidden.tier_id})
    assert boss.context["listing"].count == 1


def test_nonsense_in_the_address_is_no_error(cast, as_user, deal):
    browser = as_user(cast.seller)
    for query in (
        "owner=x&tier=999999999999999999999&closed_from=2026-13-45&amount_from=NaN",
        "status=%00&sort=-owner__password&after=abc&account=-1&q=%00",
        "attention=zzz&whose=zzz&milestone=zzz&unit=none",
    ):
        assert browser.get(f"{url('opportunity_list')}?{query}").status_code == 200
        assert browser.get(f"{url('opportunity_board')}?{query}").status_code == 200


def test_an_archived_deal_leaves_lists_but_keeps_its_page(cast, as_user, deal):
    browser = as_user(cast.seller)
    browser.post(url("opportunity_archive", deal.pk), {"reason": "double", "version": 1})
    assert browser.get(url("opportunity_list")).context["listing"].count == 0
    assert browser.get(url("opportunity_detail", deal.pk)).status_code == 200
    assert browser.post(url("opportunity_win", deal.pk)).status_code == 403
    browser.post(url("opportunity_restore", deal.pk))
    assert browser.get(url("opportunity_list")).context["listing"].count == 1


def test_the_team_is_changed_by_owner_and_line_only(cast, as_user, deal):
    helper = make.make_user("helper", unit=cast.west)
    browser = as_user(cast.seller)
    added = browser.post(url("opportunity_member_add", deal.pk), {"user": helper.pk, "role": "x"})
    assert added.status_code == 302
    member = deal.members.get()
    browser = as_user(helper)
    assert browser.get(url("opportunity_detail", deal.pk)).status_code == 200
    for name, data in (
        ("opportunity_member_add", {"user": cast.rival.pk}),
        ("opportunity_owner", {"owner": helper.pk}),
        ("opportunity_archive", {"reason": "x"}),
    ):
        assert browser.post(url(name, deal.pk), data).status_code == 403, name
    assert (
        browser.post(url("opportunity_member_remove", deal.pk, member.pk)).status_code == 403
    )
    as_user(cast.director).post(url("opportunity_member_remove", deal.pk, member.pk))
    assert as_user(helper).get(url("opportunity_detail", deal.pk)).status_code == 404
