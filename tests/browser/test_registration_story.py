"""A customer is put forward, returned once and registered, by two people in turn (F-01)."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser import steps
from tests.browser.shares import shared_out

MANAGER, PROMOTION = "沈知远", "方晴"
HERE = "section[aria-labelledby=r-flow] g:has(rect[stroke-width='2.5']) title"
REASON = "决策链没有填写分管领导，请补充。"
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


def begin(page, name):
    """The account as a prospect, and its registration; the address of its page."""
    steps.enter_prospect(page, name, "章若水")
    expect(page.locator("main h1")).to_have_text(name)
    page.goto(page.locator("a[href$='/register/']").first.get_attribute("href"))
    page.locator("main form [data-k=go]").click()
    page.wait_for_url(re.compile(r"/registrations/\d+/$"))
    return page.url


@pytest.mark.parametrize("lang", shared_out(STORIES))
def test_a_customer_is_registered_after_one_return(visit, lang):
    name, fill, complete, build, registered = STORIES[lang]
    manager = visit(MANAGER, lang=lang)
    address = begin(manager, name)
    steps.answer(manager, "done")
    expect(manager.locator(HERE)).to_contain_text(fill)
    steps.answer(manager, "submit")
    expect(manager.locator("[role=alert] li")).not_to_have_count(0)
    steps.fill_basic_form(manager)
    row = steps.waits(manager, name)
    expect(row).to_contain_text(fill)
    manager.goto(address)
    steps.answer(manager, "submit")
    expect(steps.waits(manager, name)).to_have_count(0)

    promotion = visit(PROMOTION, lang=lang)
    expect(steps.waits(promotion, name)).to_have_count(1)
    promotion.goto(address)
    steps.answer(promotion, "done")
    steps.answer(promotion, "return")
    expect(promotion.locator("[role=alert]")).to_be_visible()
    steps.answer(promotion, "return", REASON)
    expect(promotion.locator(HERE)).to_contain_text(complete)
    expect(steps.waits(promotion, name)).to_have_count(0)

    expect(steps.waits(manager, name)).to_contain_text(complete)
    manager.goto(address)
    expect(manager.locator(HERE)).to_contain_text(complete)
    expect(manager.locator("section[aria-labelledby=r-facts]")).to_contain_text(REASON)
    steps.answer(manager, "submit")

    promotion.goto(address)
    steps.answer(promotion, "done")
    steps.answer(promotion, "approve")
    expect(promotion.locator(HERE)).to_contain_text(build)
    expect(steps.waits(promotion, name)).to_contain_text(build)
    promotion.goto(address)
    expect(promotion.locator(".k-facts")).not_to_contain_text("KA-")
    steps.answer(promotion, "done")
    for page in (promotion, manager):
        page.goto(address)
        expect(page.locator(".k-facts")).to_contain_text(re.compile(r"KA-\d+"))
        expect(page.locator(".k-route [aria-current]")).to_have_text(registered)
        expect(steps.waits(page, name)).to_have_count(0)
