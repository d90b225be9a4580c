"""What a person does from log-in to result, in a real browser, one story a test."""

import re
from decimal import Decimal

import pytest
from openpyxl import load_workbook
from playwright.sync_api import expect

from tests.browser import steps
from tests.browser.conftest import log_in

pytestmark = pytest.mark.dealt

MANAGER, DIRECTOR, CHIEF, ADMINISTRATOR = "沈知远", "顾文澜", "周铭", "许文"
GENERAL_MANAGER, SIBLING = "陆振声", "贺知秋"
KNOWN = "苏州衡曜半导体有限公司"


def heading(page):
    return page.locator("main h1")


def row_of(page, text):
    return page.locator("[data-keys] tbody tr", has_text=text)


def exported(page, folder) -> list[tuple]:
    """The rows of the workbook that a list offers of what it shows, titles first."""
    page.locator("summary[aria-label=导出]").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Excel (xlsx)").click()
    download.value.save_as(folder / "list.xlsx")
    return list(load_workbook(folder / "list.xlsx").active.iter_rows(values_only=True))


def drag(page, card, lane):
    """By the mouse, and let go only when the lane has made room for the card."""
    card.locator("header").hover(position={"x": 4, "y": 4})
    page.mouse.down()
    place = lane.locator("[data-card]").first.bounding_box()
    for step in range(60):
        page.mouse.move(place["x"] + 30 + step % 9, place["y"] + 30 + step % 7, steps=4)
        if lane.locator(".k-ghost, .k-held").count():
            break
    page.mouse.up()


def account_of(page, name):
    """The address of an account's page."""
    return f"/accounts/{steps.number_of(page, 'accounts', name)}/"


# ---------- accounts ----------


def test_a_manager_enters_an_account_and_is_told_of_one_alike(visit):
    page = visit(None, "/login/login/")
    log_in(page, MANAGER)
    expect(page.get_by_role("link", name="工作台").first).to_have_attribute("aria-current", "page")
    page.goto("/accounts/")
    page.get_by_role("link", name="我负责的", exact=True).click()
    expect(page.locator("nav.k-tabs [aria-current]")).to_contain_text("我负责的")
    page.get_by_role("link", name="新建客户").first.click()
    page.locator("#id_name").press_sequentially("苏州衡曜半导体")
    expect(page.locator("#alike")).to_contain_text(KNOWN)
    page.locator("#id_name").fill("苏州云栖测试仪器有限公司")
    expect(page.locator("#alike")).to_be_empty()
    page.locator("#id_contact_name").fill("章若水")
    page.get_by_role("button", name="录入客户").click()
    expect(heading(page)).to_have_text("苏州云栖测试仪器有限公司")
    page.goto("/accounts/?whose=managed&sort=name")
    expect(row_of(page, "苏州云栖测试仪器")).to_be_visible()


def test_a_name_that_exists_is_entered_only_when_confirmed(visit):
    page = visit(MANAGER, "/accounts/new/")
    page.locator("#id_name").fill(KNOWN)
    page.get_by_role("button", name="录入客户").click()
    expect(page.locator("#alike")).to_contain_text("KA-")
    expect(page.locator("#id_confirm_duplicate")).not_to_be_checked()
    expect(page).to_have_url(re.compile("/accounts/new/$"))


def test_a_cell_changed_meanwhile_shows_both_values(visit):
    mine = visit(MANAGER, "/accounts/?whose=managed")
    cell = row_of(mine, "柏舟印务").locator("[data-edit*='/closeness/']")
    before = cell.inner_text()
    cell.click()
    choice = row_of(mine, "柏舟印务").locator("select[data-edit-input]")
    expect(choice).to_be_focused()

    theirs = visit(DIRECTOR, "/accounts/?q=柏舟印务")
    row_of(theirs, "柏舟印务").locator("[data-edit*='/closeness/']").click()
    other = row_of(theirs, "柏舟印务").locator("select[data-edit-input]")
    expect(other).to_be_focused()
    labels = [label for label in other.locator("option").all_inner_texts() if label != before]
    other.select_option(label=labels[0])
    expect(row_of(theirs, "柏舟印务").locator("[data-edit*='/closeness/']")).to_have_text(labels[0])

    choice.select_option(label=labels[1])
    expect(row_of(mine, "柏舟印务").locator(".k-edit")).to_contain_text(f"改为 {labels[0]}")
    expect(choice.locator("option:checked")).to_have_text(labels[1])
    choice.press("Enter")
    expect(row_of(mine, "柏舟印务").locator("[data-edit*='/closeness/']")).to_have_text(labels[1])


def test_a_form_changed_meanwhile_shows_both_values(visit):
    mine = visit(MANAGER)
    path = account_of(mine, "苏州风陵仓储有限公司")
    theirs = visit(DIRECTOR)
    for page, phone in ((mine, "0512-6000 0001"), (theirs, "0512-6000 0002")):
        page.goto(f"{path}edit/")
        page.locator("#id_phone").fill(phone)
    theirs.locator("main form [data-k=go]").click()
    expect(heading(theirs)).to_contain_text("风陵仓储")
    mine.locator("main form [data-k=go]").click()
    conflict = mine.locator(".k-conflict")
    expect(conflict).to_contain_text("0512-6000 0001")
    expect(conflict).to_contain_text("0512-6000 0002")
    mine.locator("main form [data-k=go]").click()
    expect(mine.locator(".k-vitals")).to_contain_text("0512-6000 0001")


def test_a_tier_is_changed_with_a_reason(visit):
    page = visit(DIRECTOR)
    page.goto(account_of(page, "苏州越棠服饰有限公司"))
    page.get_by_role("link", name="变更等级").click()
    dialog = page.locator("#k-dialog")
    dialog.locator("input[name=tier]").first.check()
    tier = dialog.locator("label", has=page.locator("input[name=tier]:checked")).inner_text()
    dialog.locator("[name=reason]").evaluate("field => field.required = false")
    dialog.locator("[data-k=go]").click()
    expect(dialog.locator("[aria-invalid=true]")).to_have_attribute("name", "reason")
    dialog.locator("[name=reason]").fill("年度复核：签约额连续两年过线")
    dialog.locator("[data-k=go]").click()
    expect(page.locator(".k-id .k-facts")).to_contain_text(tier.strip())
    page.get_by_role("link", name="历史", exact=True).click()
    latest = page.locator(".k-history li").first
    expect(latest).to_contain_text(DIRECTOR)
    expect(latest).to_contain_text("年度复核：签约额连续两年过线")


def test_a_star_and_what_was_seen_stand_in_the_margin(visit):
    page = visit(CHIEF)
    page.goto(account_of(page, "苏州禾锦包装材料有限公司"))
    seen = page.locator("#k-followed a", has_text="禾锦包装")
    expect(seen).to_be_visible()
    expect(seen.locator("[href*=star]")).to_have_count(0)
    page.get_by_role("button", name="收藏").click()
    expect(page.locator(".k-star button")).to_have_attribute("aria-pressed", "true")
    expect(seen.locator("svg")).to_have_count(1)
    page.goto("/accounts/?whose=starred")
    expect(row_of(page, "禾锦包装")).to_be_visible()


# ---------- lists ----------


@pytest.mark.parametrize("typed", ["hybdt", "衡曜半导体", "hengyao"])
def test_an_account_is_found_from_anywhere(visit, typed):
    page = visit(MANAGER, "/contacts/")
    page.keyboard.press("Control+k")
    page.locator("#k-palette input").press_sequentially(typed)
    hit = page.locator("#k-palette [data-found] [role=option]", has_text=KNOWN)
    expect(hit.first).to_be_visible()
    while "昆山" in page.locator("#k-palette [aria-selected=true]").inner_text():
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(heading(page)).to_have_text(KNOWN)


def test_a_list_is_worked_by_keyboard(visit):
    page = visit(MANAGER, "/accounts/?sort=name")
    rows = page.locator("[data-keys] tbody tr")
    for key in "jjjk":
        page.keyboard.press(key)
    expect(rows.nth(1)).to_have_attribute("data-at", "")
    expect(page.locator("[data-at]")).to_have_count(1)
    page.keyboard.press("x")
    expect(rows.nth(1).locator("[name=ids]")).to_be_checked()
    expect(page.locator("[data-bulk]")).to_contain_text("1")
    page.keyboard.press("x")
    expect(page.locator("[data-bulk]")).to_be_hidden()
    name = rows.nth(1).locator("a[data-open] .k-one").inner_text()
    page.keyboard.press("o")
    expect(page).to_have_url(re.compile(r"/accounts/\d+/$"))
    expect(page).to_have_title(re.compile(name))


def test_a_view_is_kept_shared_and_used_by_another(visit):
    page = visit(DIRECTOR, "/accounts/?credit=A&sort=name")
    page.get_by_role("link", name="另存视图").click()
    dialog = page.locator("#k-dialog")
    dialog.locator("[name=name]").fill("信用甲等")
    dialog.locator("[name=is_shared]").check()
    dialog.locator("[data-k=go]").click()
    expect(page.locator("nav.k-tabs [aria-current]")).to_contain_text("信用甲等")
    colleague = visit(MANAGER, "/accounts/")
    colleague.locator("nav.k-tabs a", has_text="信用甲等").click()
    expect(colleague.locator("nav.k-tabs [aria-current]")).to_contain_text("信用甲等")
    credits = colleague.locator("[data-keys] tbody tr td:nth-last-child(2)").all_inner_texts()
    assert set(credits) == {"A"}


def test_what_is_shown_is_exported(visit, tmp_path):
    page = visit(MANAGER, "/accounts/?whose=managed&sort=name")
    shown = page.locator("[data-keys] tbody a[data-open] .k-one").all_inner_texts()
    heads = page.locator("[data-keys] thead th").all_inner_texts()[1:]
    lines = exported(page, tmp_path)
    assert len(lines) - 1 == len(shown)
    told = [str(head) for head in lines[0] if head]
    assert [head.split()[0] for head in heads] == [head.split()[0] for head in told[: len(heads)]]


# ---------- opportunities ----------


@pytest.mark.parametrize("way", ["by keyboard", "by dragging"])
def test_a_card_is_moved_on_the_board(visit, way):
    deal, lane = {
        "by keyboard": ("办公云桌面三期", "明确需求"),
        "by dragging": ("上海至斯图加特跨境专线扩容", "接触"),
    }[way]
    page = visit(MANAGER, "/opportunities/board/")
    card = page.locator("[data-card]", has=page.locator("h3", has_text=re.compile(f"^{deal}$")))
    to = page.locator(f"[data-lane][aria-label={lane}]")
    before = card.locator("xpath=ancestor::section").get_attribute("aria-label")
    assert before != lane
    if way == "by keyboard":
        card.focus()
        page.keyboard.press("m")
        page.get_by_role("dialog").get_by_role("button", name=lane).click()
    else:
        drag(page, card, to)
    expect(to.locator("[data-card]", has_text=deal).first).to_be_visible()
    expect(page.locator("#k-toasts")).to_contain_text(lane)
    page.goto(f"/opportunities/?q={deal}")
    row = page.locator("[data-keys] tbody tr", has=page.get_by_text(deal, exact=True))
    expect(row).to_contain_text(lane)


# ---------- import ----------


def test_a_file_is_tried_corrected_written_and_taken_back(visit):
    page = visit(DIRECTOR)
    sheet = ["客户全称,成立年份", "苏州引入阀业有限公司,二零一零", "苏州引入泵业有限公司,2011"]
    steps.upload(page, "引入.csv", sheet, "accounts")
    expect(page.locator("#import-acts")).to_contain_text("1")
    bad = page.locator("form[data-bad] .k-in")
    expect(bad).to_have_count(1)
    bad.fill("2010")
    bad.press("Enter")
    expect(bad).to_have_count(0)
    go = page.locator("#import-acts [data-k=go]")
    expect(go).to_contain_text("2")
    go.click()
    undo = page.get_by_role("button", name="撤销")
    expect(undo).to_be_visible(timeout=30_000)
    assert page.request.get("/accounts/options/?q=苏州引入").json()["results"][1:]
    undo.click()
    page.get_by_role("dialog").get_by_role("button", name="确定").click()
    expect(heading(page)).to_contain_text("已撤销", timeout=30_000)
    assert page.request.get("/accounts/options/?q=苏州引入").json()["results"] == []


# ---------- dashboard ----------


def test_the_rows_behind_a_figure_add_up_to_it(visit, tmp_path):
    page = visit(DIRECTOR, "/dashboard/")
    figure = page.locator("#industry, [data-chart=rank]").first
    figure.locator("[data-to=table]").click()
    line = figure.locator("tbody tr:not([data-k=rest])").first
    amount, number = (Decimal(v.get_attribute("data-v")) for v in line.locator("[data-v]").all())
    line.locator("a").first.click()
    page.wait_for_url("**/opportunities/?**")
    shown = page.locator("summary[aria-label=导出]").inner_text()
    assert int(re.search(r"\d+", shown)[0]) == number
    page.goto(f"{page.url}&columns=name&columns=amount_base")
    lines = exported(page, tmp_path)
    column = lines[0].index("金额（本位币）")
    assert sum(Decimal(str(line[column] or 0)) for line in lines[1:]) == amount


def test_a_bar_leads_to_its_rows(visit):
    page = visit(DIRECTOR, "/dashboard/")
    figure = page.locator("[data-chart=rank]").first
    line = figure.locator("tbody tr").first
    href = line.locator("a").first.get_attribute("href")
    figure.scroll_into_view_if_needed()
    figure.locator("canvas, svg").first.wait_for()
    spot = figure.locator(".k-plot").evaluate(
        """plot => {
          const chart = echarts.getInstanceByDom(plot), box = plot.getBoundingClientRect();
          const [x, y] = chart.convertToPixel({ seriesIndex: 0 }, [0, 0]);
          return [box.x + x + 6, box.y + y];
        }"""
    )
    page.mouse.click(*spot)
    page.wait_for_url("**/opportunities/?**")
    assert page.url.endswith(href)


# ---------- people ----------


@pytest.mark.parametrize(
    ("who", "places", "closed"),
    [
        (MANAGER, ["客户", "商机"], ["/admin/", "/imports/"]),
        (DIRECTOR, ["导入"], ["/admin/"]),
        (GENERAL_MANAGER, ["看板"], ["/admin/"]),
        (ADMINISTRATOR, ["管理"], []),
    ],
)
def test_each_of_the_cast_sees_their_own(visit, who, places, closed):
    page = visit(None, "/login/login/")
    log_in(page, who)
    expect(page).to_have_url(re.compile("/day/$"))
    expect(page.locator(".k-me")).to_contain_text(who)
    for place in places:
        expect(page.locator(".k-side .k-nav a", has_text=place).first).to_be_visible()
    for path in closed:
        assert not page.request.get(path, max_redirects=0).ok
    page.locator(".k-side-foot button").click()
    page.wait_for_url("**/login/**")


def test_an_administrator_gives_the_director_next_door_a_password(visit, chromium, address):
    page = visit(ADMINISTRATOR)
    number = steps.number_of(page, "people", SIBLING)
    page.goto(f"/admin/teams/user/{number}/password/")
    for name in ("password1", "password2"):
        page.locator(f"[name={name}]").fill("Xianyu-keHu-7731")
    page.locator("[name=password2]").press("Enter")
    page.wait_for_url(f"**/user/{number}/change/")
    director = visit(None, "/login/login/")
    director.locator("[name=login]").fill("he.zhiqiu")
    director.locator("[name=password]").fill("Xianyu-keHu-7731")
    director.get_by_role("button", name="登录").first.click()
    expect(director.locator(".k-me")).to_contain_text(SIBLING)
    director.goto("/accounts/")
    expect(row_of(director, "昱行客运")).to_be_visible()
    expect(row_of(director, "衡曜半导体")).to_have_count(0)
    hidden = steps.number_of(page, "accounts", KNOWN)
    assert director.goto(f"/accounts/{hidden}/").status == 404


def test_language_and_theme_stay_as_chosen(visit):
    # The choice is the person's, wherever they are logged in: nobody of the other stories.
    page = visit("许航", "/accounts/")
    page.locator(".k-lang").click()
    expect(heading(page)).to_have_text("Accounts")
    page.locator("[data-theme-switch]").first.click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    page.goto("/contacts/")
    expect(heading(page)).to_have_text("Contacts")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    page.locator(".k-lang").click()
    expect(heading(page)).to_have_text("联系人")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")


def test_an_account_is_entered_on_a_phone(visit):
    page = visit(MANAGER, "/contacts/", size="phone")
    page.locator("[popovertarget=k-more]").click()
    expect(page.locator("#k-more")).to_be_visible()
    page.keyboard.press("Escape")
    page.locator("[popovertarget=k-new]").click()
    page.locator("#k-new").get_by_role("link", name="新建客户").click()
    page.locator("#id_name").fill("苏州掌上电子有限公司")
    page.get_by_role("button", name="录入客户").click()
    expect(heading(page)).to_have_text("苏州掌上电子有限公司")
    assert steps.sticking_out(page) == []
