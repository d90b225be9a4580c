"""The lists of accounts and contacts: who sees what, cells in place, bulk edit, export."""

import datetime
import io

import pytest
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from accounts.models import Account
from core.models import AuditEntry, SavedView
from tests.factories import (
    assign,
    make_account,
    make_company,
    make_contact,
    make_director,
    make_opportunity,
    make_post,
    make_tier,
    make_unit,
    make_user,
)

pytestmark = pytest.mark.django_db
HX = {"HX-Request": "true"}


@pytest.fixture
def unit():
    return make_unit("east", parent=make_unit(), kind="division")


@pytest.fixture
def kim(unit):
    return make_user("kim", unit=unit)


@pytest.fixture
def dora(unit):
    return make_director("dora", unit=unit)


@pytest.fixture
def acme(kim):
    return make_account("衡曜半导体", manager=kim, closeness="average")


def rows_of(response):
    return [str(a) for a in response.context["listing"].page.rows]


def test_a_manager_sees_their_own_accounts_and_only_those(client, kim, acme):
    make_account("别人的客户", manager=make_user("sam"))
    client.force_login(kim)
    response = client.get(reverse("accounts:account_list"))
    assert rows_of(response) == ["衡曜半导体"]
    assert response.context["listing"].count == 1


def test_archived_accounts_wait_in_their_own_view(client, kim, acme):
    make_account("旧客户", manager=kim, archived_at=timezone.now())
    client.force_login(kim)
    url = reverse("accounts:account_list")
    assert rows_of(client.get(url)) == ["衡曜半导体"]
    assert rows_of(client.get(url, {"state": "archived"})) == ["旧客户"]
    assert len(rows_of(client.get(url, {"state": "all"}))) == 2


@pytest.mark.parametrize("text", ["衡曜", "HYBDT", "hengyao", "导体 衡"])
def test_any_part_of_name_or_pinyin_narrows_the_list(client, kim, acme, text):
    make_account("澜途精工", manager=kim)
    client.force_login(kim)
    assert rows_of(client.get(reverse("accounts:account_list"), {"q": text})) == ["衡曜半导体"]


def test_age_and_time_status_narrow_as_they_are_computed(client, kim, acme):
    today = timezone.localdate()
    acme.figures.first_contract_on = today - datetime.timedelta(days=800)
    acme.figures.last_contract_on = today - datetime.timedelta(days=30)
    acme.figures.save()
    make_account("新客户", manager=kim)
    client.force_login(kim)
    url = reverse("accounts:account_list")
    assert rows_of(client.get(url, {"age": "existing"})) == ["衡曜半导体"]
    assert rows_of(client.get(url, {"age": "new"})) == ["新客户"]
    assert rows_of(client.get(url, {"time": "present"})) == ["衡曜半导体"]
    assert rows_of(client.get(url, {"time": "future"})) == ["新客户"]
    assert rows_of(client.get(url, {"time": "past"})) == []


def test_sums_of_opportunities_count_only_what_the_viewer_sees(client, unit, kim, dora, acme):
    unit.opportunities_follow_account = False
    unit.save(update_fields=["opportunities_follow_account"])
    make_opportunity(owner=kim, account=acme, amount=120_000)
    make_opportunity(owner=make_user("elsewhere"), account=acme, amount=990_000)
    client.force_login(kim)
    body = client.get(reverse("accounts:account_list")).content.decode()
    assert ("12.0" in body or "120.0" in body) and "99.0" not in body and "111.0" not in body
    late = client.get(reverse("accounts:account_list"), {"total": "open"}).content.decode()
    assert "12" in late and "111" not in late


def test_a_contact_with_roles_at_two_accounts_is_listed_once(client, kim, acme):
    other = make_account("澜途精工", manager=kim)
    contact = make_contact("高翊", account=acme, is_primary=True, title="总监")
    contact.roles.create(account=other)
    client.force_login(kim)
    response = client.get(reverse("accounts:contact_list"))
    assert rows_of(response) == ["高翊"] and response.context["listing"].count == 1


def test_a_former_colleague_sees_a_contact_no_longer(client, kim, acme):
    yesterday = timezone.localdate() - datetime.timedelta(days=1)
    removed = make_user("removed")
    assign(acme, removed, "seller", starts_on=yesterday, ends_on=yesterday)
    contact = make_contact("高翊", account=acme)
    client.force_login(removed)
    assert rows_of(client.get(reverse("accounts:contact_list"))) == []
    assert client.get(contact.get_absolute_url()).status_code == 404


# ---------- a cell in place ----------


def cell(account, field="closeness"):
    return reverse("accounts:account_cell", args=[account.pk, field])


def test_a_cell_is_saved_and_drawn_again(client, kim, acme):
    client.force_login(kim)
    assert b"data-edit-form" in client.get(cell(acme), headers=HX).content
    response = client.post(cell(acme), {"closeness": "close", "version": 1}, headers=HX)
    acme.refresh_from_db()
    assert response.status_code == 200 and acme.closeness == "close"
    assert response.content.strip().startswith(b"<td") and b"data-edit=" in response.content
    assert AuditEntry.objects.filter(action="account.edited").count() == 1


def test_a_stale_cell_shows_both_values_and_lets_choose(client, kim, dora, acme):
    client.force_login(dora)
    client.post(cell(acme, "phone"), {"phone": "025-1", "version": 1}, headers=HX)
    client.force_login(kim)
    mine = {"phone": "025-2", "version": 1}
    answer = client.post(cell(acme, "phone"), mine, headers=HX)
    body = answer.content.decode()
    assert answer.status_code == 409 and "025-1" in body and "025-2" in body
    acme.refresh_from_db()
    assert acme.phone == "025-1"
    mine["version"] = answer.context["form"]["version"].value()
    assert client.post(cell(acme, "phone"), mine, headers=HX).status_code == 200
    acme.refresh_from_db()
    assert acme.phone == "025-2"


def test_a_cell_refuses_what_is_no_choice_and_changes_nothing(client, kim, acme):
    client.force_login(kim)
    answer = client.post(cell(acme), {"closeness": "friends", "version": 1}, headers=HX)
    acme.refresh_from_db()
    assert answer.status_code == 422 and acme.closeness == "average"


def test_a_seller_reads_the_account_but_may_not_edit_the_cell(client, acme):
    sam = make_user("sam")
    assign(acme, sam, "seller")
    client.force_login(sam)
    body = client.get(reverse("accounts:account_list")).content
    assert b"data-edit=" not in body
    answer = client.post(cell(acme), {"closeness": "close", "version": 1}, headers=HX)
    acme.refresh_from_db()
    assert answer.status_code == 403 and acme.closeness == "average"


@pytest.mark.parametrize("field", ["name", "tier", "credit_grade", "department", "nonsense"])
def test_only_a_few_cells_open(client, kim, acme, field):
    client.force_login(kim)
    assert client.get(cell(acme, field)).status_code == 404


# ---------- bulk edit ----------


def test_bulk_edit_says_first_what_it_would_change(client, dora, kim, acme):
    other = make_account("澜途精工", manager=kim, purchasing_power="weak")
    client.force_login(dora)
    url, ids = reverse("accounts:account_bulk"), [acme.pk, other.pk]
    asked = {"ids": ids, "field": "purchasing_power", "value": "weak", "step": "preview"}
    answer = client.post(url, asked)
    preview = answer.context["preview"]
    assert [str(row["record"]) for row in preview.rows] == ["衡曜半导体"]
    assert preview.unchanged == 1
    acme.refresh_from_db()
    assert acme.purchasing_power == ""
    assert client.post(url, asked | {"step": "apply"}).status_code == 302
    acme.refresh_from_db()
    assert acme.purchasing_power == "weak"
    assert AuditEntry.objects.filter(action="account.edited").count() == 1


def test_bulk_edit_of_all_takes_the_whole_filtered_list(client, dora, kim):
    for n in range(3):
        make_account(f"客户{n}", manager=kim)
    make_account("留着", manager=kim, nature="government")
    client.force_login(dora)
    url = f"{reverse('accounts:account_bulk')}?all=1&query=nature%3Dcommercial"
    answer = client.post(url, {})
    assert len(answer.context["ids"]) == 3


def test_bulk_edit_with_a_hidden_account_among_the_ticked_is_404(client, kim, acme):
    hidden = make_account("别人的", manager=make_user("far"))
    client.force_login(kim)
    asked = {"ids": [acme.pk, hidden.pk], "field": "closeness", "value": "close", "step": "apply"}
    assert client.post(reverse("accounts:account_bulk"), asked).status_code == 404
    assert not Account.objects.filter(closeness="close").exists()


def test_bulk_edit_tells_of_accounts_one_may_not_edit_and_leaves_them(client, kim, acme):
    shared = make_account("共享的", manager=make_user("near"))
    assign(shared, kim, "seller")
    client.force_login(kim)
    asked = {
        "ids": [acme.pk, shared.pk],
        "field": "closeness",
        "value": "close",
        "step": "preview",
    }
    preview = client.post(reverse("accounts:account_bulk"), asked).context["preview"]
    assert [str(row["record"]) for row in preview.rows] == ["衡曜半导体"]
    assert [str(account) for account, _why in preview.refused] == ["共享的"]
    client.post(reverse("accounts:account_bulk"), asked | {"step": "apply"})
    assert list(Account.objects.filter(closeness="close")) == [acme]


def test_bulk_edit_above_the_limit_is_refused(client, dora, kim):
    make_company(bulk_edit_max_rows=1)
    ids = [make_account(f"A{n}", manager=kim).pk for n in range(2)]
    client.force_login(dora)
    answer = client.post(reverse("accounts:account_bulk"), {"ids": ids})
    assert answer.status_code == 422


def test_bulk_edit_without_a_tick_goes_back(client, dora):
    client.force_login(dora)
    answer = client.post(reverse("accounts:account_bulk"), {"next": "/accounts/?sort=name"})
    assert answer.status_code == 302 and answer.url == "/accounts/?sort=name"


# ---------- export and views ----------


def test_export_holds_the_same_rows_columns_and_order_as_the_page(client, dora, kim, acme):
    make_account("=HYPERLINK()", manager=kim)
    make_account("澜途精工", manager=kim, nature="government")
    client.force_login(dora)
    query = {"nature": "commercial", "sort": "-name", "columns": ["number", "employees"]}
    page = client.get(reverse("accounts:account_list"), query).context["listing"]
    answer = client.get(reverse("accounts:account_export"), query | {"format": "xlsx"})
    sheet = load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
    table = [[c.value for c in row] for row in sheet.iter_rows()]
    assert len(table[0]) == len(page.columns) == 3
    assert [row[0] for row in table[1:]] == ["衡曜半导体", "'=HYPERLINK()"]
    assert table[1][1] == acme.file_number


def test_who_may_not_export_has_no_button_and_gets_403(client, unit):
    reader = make_user("reader", unit=unit, post=make_post("reader", rights=[]))
    make_account("A", manager=reader)
    client.force_login(reader)
    assert b"/accounts/export/" not in client.get(reverse("accounts:account_list")).content
    assert client.get(reverse("accounts:account_export")).status_code == 403


def test_a_saved_view_is_a_tab_with_its_count(client, kim, acme):
    client.force_login(kim)
    client.post(
        reverse("core:view_save"),
        {"page": "accounts", "query": "closeness=average", "name": "一般客户"},
    )
    view = SavedView.objects.get()
    tabs = client.get(f"/accounts/?{view.query}").context["listing"].tabs
    current = [tab for tab in tabs if tab["current"]]
    assert [(tab["label"], tab["count"]) for tab in current] == [("一般客户", "1")]


def test_only_a_shared_view_shows_to_others_and_only_its_owner_changes_it(client, kim, dora):
    mine = SavedView.objects.create(owner=kim, page="accounts", name="私人", query="sort=name")
    SavedView.objects.create(
        owner=kim, page="accounts", name="大家", query="sort=-name", is_shared=True
    )
    client.force_login(dora)
    names = [t["label"] for t in client.get("/accounts/").context["listing"].tabs]
    assert "大家" in names and "私人" not in names
    assert client.get(reverse("core:view_edit", args=[mine.pk])).status_code == 404
    assert client.post(reverse("core:view_delete", args=[mine.pk])).status_code == 404
    assert SavedView.objects.count() == 2


def test_sharing_a_view_needs_the_right(client, unit):
    clerk = make_user("clerk", unit=unit, post=make_post("clerk", rights=[]))
    client.force_login(clerk)
    client.post(
        reverse("core:view_save"),
        {"page": "accounts", "query": "", "name": "x", "is_shared": "on"},
    )
    assert not SavedView.objects.get().is_shared


def test_the_board_counts_all_and_draws_some(client, dora, kim, monkeypatch):
    monkeypatch.setattr("accounts.selectors.CARDS_IN_A_LANE", 2)
    tier = make_tier("core")
    for n in range(4):
        make_account(f"A{n}", manager=kim, tier=tier)
    make_account("无等级", manager=kim)
    client.force_login(dora)
    lanes = client.get(reverse("accounts:account_board")).context["lanes"]
    assert [(lane["count"], len(lane["cards"]), lane["hidden"]) for lane in lanes] == [
        (4, 2, 2),
        (1, 1, 0),
    ]


def test_a_dropped_card_asks_for_the_reason(client, dora, kim, acme):
    tier = make_tier("core")
    client.force_login(dora)
    answer = client.post(
        reverse("accounts:account_move", args=[acme.pk]), {"lane": tier.pk}, headers=HX
    )
    assert answer.status_code == 204 and "kam:dialog" in answer["HX-Trigger"]
    acme.refresh_from_db()
    assert acme.tier is None


def test_groups_roll_up_what_the_viewer_sees(client, dora, kim):
    top = make_account("集团", manager=kim)
    middle = make_account("子公司", manager=kim, parent=top)
    leaf = make_account("分公司", manager=kim, parent=middle)
    make_account("外部分公司", manager=make_user("far"), parent=middle)
    make_opportunity(owner=kim, account=leaf, amount=200_000)
    client.force_login(dora)
    nodes = client.get(reverse("accounts:account_tree")).context["nodes"]
    assert [(str(n["account"]), n["size"]) for n in nodes] == [("集团", 3)]
    assert nodes[0]["sums"][0] in ("20.0", "0.20", "200.0")
    below = client.get(reverse("accounts:account_children", args=[top.pk]), headers=HX)
    assert [str(n["account"]) for n in below.context["nodes"]] == ["子公司"]
