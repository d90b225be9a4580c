"""A customer is put forward, returned once and registered, by two people in turn (F-01)."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.shares import shared_out

MANAGER, PROMOTION = "沈知远", "方晴"
HERE = "section[aria-labelledby=r-flow] g:has(rect[stroke-width='2.5']) title"
REASON = "决策链没有填写分管领导，请补充。"
ANSWERS = {"nature": "private", "source": "visit", "urgency": "4"}
TEXTS = {
    "industry": "仪器仪表",
    "address": "苏州工业园区星湖街 218 号",
    "phone": "0512-6000 2180",
    "contacts.0.name": "章若水",
    "main_business": "高低温测试箱与校准服务",
    "decision_chain.0.name": "章若水",
    "first_contact_on": "2026-03-02",
    "need": "两条产线的环境测试设备",
}
# The account, and how its steps are called: one story for each language.
STORIES = {
    "zh-hans": (
        "苏州霁川测试设备有限公司",
        "填写客户基本信息表",
        "补充资料",
        "建立客户档案",
        "已备案",
    ),
    "en": (
        "Suzhou Linden Test Equipment Ltd",
        "Fill the customer basic information form",
        "Complete what was returned",
        "Build the customer file",
        "Registered",
    ),
}


def answer(page, outcome, opinion=""):
    if opinion:
        page.locator("[name=opinion]").fill(opinion)
    page.locator(f"button[name=outcome][value={outcome}]").click()
    page.wait_for_load_state("networkidle")


def waits(page, name):
    """What My work offers on an account."""
    page.goto("/work/")
    return page.locator("[data-keys] tbody tr", has_text=name)


def begin(page, name):
    """The account as a prospect, and its registration; the address of its page."""
    page.goto("/accounts/new/")
    page.locator("#id_name").fill(name)
    page.locator("#id_contact_name").fill("章若水")
    page.locator("main form [data-k=go]").click()
    expect(page.locator("main h1")).to_have_text(name)
    page.goto(page.locator("a[href$='/register/']").first.get_attribute("href"))
    page.locator("main form [data-k=go]").click()
    page.wait_for_url(re.compile(r"/registrations/\d+/$"))
    return page.url


def fill_form(page):
    """As far as completing it asks."""
    page.locator("a[href*='customer_basic_information']").click()
    page.locator("main form [data-k=go]").click()
    for field, code in ANSWERS.items():
        page.locator(f"[name='f-{field}'][value='{code}']").check()
    for field, text in TEXTS.items():
        page.locator(f"[name='f-{field}']").first.fill(text)
    page.locator("[name='f-decision_chain.0.part']").select_option("decider")
    page.locator("main form [name=do][value=complete]").last.click()
    page.wait_for_url(re.compile(r"/documents/\d+/$"))


@pytest.mark.parametrize("lang", shared_out(STORIES))
def test_a_customer_is_registered_after_one_return(visit, lang):
    name, fill, complete, build, registered = STORIES[lang]
    manager = visit(MANAGER, lang=lang)
    address = begin(manager, name)
    answer(manager, "done")
    expect(manager.locator(HERE)).to_have_text(fill)
    answer(manager, "submit")
    expect(manager.locator("[role=alert] li")).not_to_have_count(0)
    fill_form(manager)
    row = waits(manager, name)
    expect(row).to_contain_text(fill)
    manager.goto(address)
    answer(manager, "submit")
    expect(waits(manager, name)).to_have_count(0)

    promotion = visit(PROMOTION, lang=lang)
    expect(waits(promotion, name)).to_have_count(1)
    promotion.goto(address)
    answer(promotion, "done")
    answer(promotion, "return")
    expect(promotion.locator("[role=alert]")).to_be_visible()
    answer(promotion, "return", REASON)
    expect(promotion.locator(HERE)).to_have_text(complete)
    expect(waits(promotion, name)).to_have_count(0)

    expect(waits(manager, name)).to_contain_text(complete)
    manager.goto(address)
    expect(manager.locator(HERE)).to_have_text(complete)
    expect(manager.locator("section[aria-labelledby=r-facts]")).to_contain_text(REASON)
    answer(manager, "submit")

    promotion.goto(address)
    answer(promotion, "done")
    answer(promotion, "approve")
    expect(promotion.locator(HERE)).to_have_text(build)
    expect(waits(promotion, name)).to_contain_text(build)
    promotion.goto(address)
    expect(promotion.locator(".k-facts")).not_to_contain_text("KA-")
    answer(promotion, "done")
    for page in (promotion, manager):
        page.goto(address)
        expect(page.locator(".k-facts")).to_contain_text(re.compile(r"KA-\d+"))
        expect(page.locator(".k-route [aria-current]")).to_have_text(registered)
        expect(waits(page, name)).to_have_count(0)
