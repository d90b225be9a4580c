"""A visit from its plan to the archive, and what it cost from the voucher to the payment (F-02,
F-03): every step by the person whose turn it is, on the pages they have."""

import datetime
import re
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from tests.browser import steps
from tests.browser.conftest import log_in
from tests.browser.shares import shared_out

MANAGER, PROMOTION = "沈知远", "方晴"
LEADER, DIVISION, FINANCE = "傅云飞", "唐越", "陆静"
COMPANY = ZoneInfo("Asia/Shanghai")
KEPT = """() => Object.entries(localStorage)
  .filter(([key]) => key.startsWith("kam-draft-")).map(([, text]) => text).join()"""
GATE = {"latitude": 31.299812, "longitude": 120.741033, "accuracy": 12}
# Accounts and what is entered (Chinese: other tests look for English words on the pages of these
# people), and what the page says in its language.
STORIES = {
    "zh-hans": {
        "account": "晏清律所",
        "newcomer": "苏州栖云洁净技术有限公司",
        "purpose": "数据合规方案走访",
        "promise": "提交数据合规方案书面稿",
        "theirs": "约审计口负责人会谈",
        "archived": "已存档",
        "typed": "手工填写",
        "differs": "不一致",
        "waiting": "等待客户备案",
        "paid": "已报销",
    },
    "en": {
        "account": "临拓通信",
        "newcomer": "苏州翎羽空气净化有限公司",
        "purpose": "中继站点现场走访",
        "promise": "提交中继站点改造计划",
        "theirs": "约网络负责人会谈",
        "archived": "Archived",
        "typed": "typed in",
        "differs": "They differ",
        "waiting": "Wait for the registration",
        "paid": "Reimbursed",
    },
}


@pytest.fixture(params=shared_out(STORIES))
def told(request, visit):
    """(words, turn): `turn("方晴", address, "approve")` is the page on which that person gave
    these answers, one after the other."""

    def turn(who, address, *outcomes, **more):
        page = visit(who, address, lang=request.param, **more)
        for outcome in outcomes:
            steps.answer(page, outcome)
        return page

    return STORIES[request.param], turn


def now():
    return datetime.datetime.now(COMPANY)


def plan(page, words, funds=""):
    """On the form of a visit: planned for soon and handed in; the address of its page."""
    page.locator("#id_purpose").fill(words["purpose"])
    soon = now() + datetime.timedelta(hours=1)
    page.locator("#id_starts_at").fill(f"{soon:%Y-%m-%dT%H:%M}")
    page.locator("[name=contacts]").first.check()
    page.locator("#id_place").fill("苏州工业园区 8 号楼")
    page.locator("#id_budget").fill(funds)
    page.locator("main form button[name=hand_in]").click()
    page.wait_for_url(re.compile(r"/visits/\d+/$"))
    return page.url


def record(page, words, *promises):
    """What the visit brought, and who promised what."""
    page.locator("a[href$='/record/']").click()
    page.locator("#id_topics").fill("机房改造的范围与时间表")
    page.locator("#id_next_step").fill("两周内提交方案")
    page.locator("[name=result]").first.check()
    page.locator("[name=file_check]").first.check()
    for row, (what, who) in enumerate(promises):
        page.locator(f"[name=promise-{row}-what]").fill(what)
        tomorrow = now() + datetime.timedelta(days=1)
        page.locator(f"[name=promise-{row}-due_on]").fill(f"{tomorrow:%Y-%m-%d}")
        steps.pick(page, f"promise-{row}-who", who)
    page.locator("main form button[data-k=go]").click()
    page.wait_for_url(re.compile(r"/visits/\d+/$"))


def claim_costs(page, words, invoice):
    """From the page of the visit: the lines come to 430; the address of the claim."""
    page.locator("a[href*='/expenses/new/']").click()
    line = page.locator("[data-line]").first
    line.locator("[name$=-spent_on]").fill(f"{now():%Y-%m-%d}")
    line.locator("[name$=-category]").select_option(index=1)
    line.locator("[name$=-amount]").fill("430")
    line.locator("[name$=-invoice_no]").fill(invoice)
    page.locator("#id_total").fill("400")
    expect(page.locator("#sums")).to_contain_text(words["differs"])
    page.locator("main form button[data-k=go]").click()
    expect(page.locator("#id_total")).to_have_attribute("aria-invalid", "true")
    page.locator("#id_total").fill("430")
    page.locator("main form button[data-k=go]").click()
    page.wait_for_url(re.compile(r"/expenses/\d+/$"))
    return page.url


def pay(turn, claim):
    """What is left of the way once the customer is registered."""
    for who, *outcomes in (
        (DIVISION, "approve"),
        (LEADER, "approve"),
        (FINANCE, "approve", "done"),
    ):
        turn(who, claim, *outcomes)


def stands(page):
    """The step, or the end, that a route shows as reached."""
    return page.locator(".k-route [aria-current]")


def test_a_funded_visit_is_held_recorded_and_archived(told):
    words, turn = told
    manager = turn(MANAGER, "/visits/new/")
    number = steps.number_of(manager, "accounts", words["account"])
    manager.goto(f"/visits/new/?account={number}")
    address = plan(manager, words, funds="1200")
    turn(PROMOTION, address, "approve")
    manager.reload()
    steps.answer(manager, "submit")
    leader = turn(LEADER, "/work/")
    expect(leader.locator("[data-keys]")).to_contain_text(words["purpose"])
    turn(LEADER, address, "approve")
    turn(FINANCE, address, "approve")

    phone = turn(MANAGER, address, size="phone", at=GATE)
    phone.locator("a[href$='/check-in/']").click()
    expect(phone.locator("[data-located]")).to_contain_text("12 m")
    assert steps.sticking_out(phone) == []
    phone.locator("main form [data-k=go]").click()
    phone.wait_for_url(address)
    expect(phone.locator("section[aria-labelledby=v-in]")).to_contain_text("31.299812, 120.741033")
    record(
        phone,
        words,
        (words["promise"], "沈知远|Shen Zhiyuan"),
        (words["theirs"], "周铭|Zhou Ming"),
    )
    assert phone.url == address
    expect(steps.waits(phone, words["promise"])).not_to_have_count(0)
    expect(steps.waits(turn("周铭", "/work/"), words["theirs"])).not_to_have_count(0)

    turn(PROMOTION, address, "done")
    manager.goto(address)
    expect(stands(manager)).to_contain_text(words["archived"])
    manager.goto(f"/accounts/{number}/timeline/")
    expect(manager.locator("main")).to_contain_text(words["purpose"])

    claim = claim_from(manager, address, words)
    steps.answer(manager, "submit")
    turn(PROMOTION, claim, "done")
    pay(turn, claim)
    manager.reload()
    expect(stands(manager)).to_contain_text(words["paid"])
    for paper in ("voucher", "sheet"):
        manager.goto(claim)
        manager.locator(f"a[href$='/print/{paper}/']").click()
        expect(manager.locator("article.k-doc")).to_contain_text("430")
        expect(manager.locator(".k-signed")).to_contain_text(re.compile("陆静|Lu Jing"))


def test_who_logs_out_leaves_no_record_on_the_device(visit):
    page = visit(None, "/login/login/")
    log_in(page, MANAGER)
    page.goto("/visits/?whose=mine&status=visited")
    page.locator("[data-keys] tbody a").first.click()
    page.locator("a[href$='/record/']").click()
    page.locator("#id_topics").fill("价格底线")
    expect(page.locator("[data-draft-said]")).to_be_visible()
    assert "价格底线" in page.evaluate(KEPT)
    page.locator("#id_needs").fill("尚未存下的一句")
    page.locator(".k-side-foot button").click()
    page.wait_for_url("**/login/**")
    assert page.evaluate(KEPT) == ""


def claim_from(page, address, words):
    page.goto(address)
    return claim_costs(page, words, invoice=f"26-{words['account']}")


def test_costs_of_a_newcomer_wait_for_its_registration_and_are_paid(told):
    words, turn = told
    manager = turn(MANAGER, "/accounts/new/")
    steps.enter_prospect(manager, words["newcomer"], "章若水")
    manager.goto(f"/visits/new/?account={manager.url.rstrip('/').rpartition('/')[2]}")
    address = plan(manager, words)
    turn(PROMOTION, address, "approve")

    phone = turn(MANAGER, address, size="phone")
    phone.locator("a[href$='/check-in/']").click()
    expect(phone.locator("[data-located]")).to_have_attribute("data-s", "watch")
    phone.locator("main form [data-k=go]").click()
    expect(phone.locator("#id_place")).to_have_attribute("aria-invalid", "true")
    phone.locator("#id_place").fill("客户厂区东门")
    phone.locator("main form [data-k=go]").click()
    phone.wait_for_url(address)
    came = phone.locator("section[aria-labelledby=v-in]")
    expect(came).to_contain_text(f"客户厂区东门 {words['typed']}")
    record(phone, words)

    claim = claim_from(manager, address, words | {"account": words["newcomer"]})
    steps.answer(manager, "submit")
    turn(PROMOTION, claim, "done")
    manager.reload()
    expect(stands(manager)).to_contain_text(words["waiting"])
    manager.locator("section[aria-labelledby=e-turn] a[href*='/registrations/']").click()
    manager.wait_for_url(re.compile(r"/registrations/\d+/$"))
    registration = manager.url
    steps.answer(manager, "done")
    steps.fill_basic_form(manager)
    manager.goto(registration)
    steps.answer(manager, "submit")
    turn(PROMOTION, registration, "done", "approve", "done")

    pay(turn, claim)
    manager.goto(claim)
    expect(stands(manager)).to_contain_text(words["paid"])
