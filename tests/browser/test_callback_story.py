"""A planned callback is called, three read what was said, the head consolidates and passes on, the
planning post archives (F-05), in Chinese and in English."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser import steps
from tests.browser.shares import shared_out

MANAGER, HEAD, DIRECTOR, PLANNER = "沈知远", "叶倾城", "岑逸", "阮宁"
HERE = "section[aria-labelledby=c-said]"
# What the demo company planned, how its states are called, what the three note.
STORIES = {
    "zh-hans": ("报障处理后的回访", "意见已反馈", "已存档", "我来跟进"),
    "en": ("上门维修后的回访", "feedback distributed", "archived", "I see to it"),
}


def answer(page, address, opinion=""):
    """The yes of whatever waits for this person on the page."""
    page.goto(address)
    turn = page.locator("section[aria-labelledby=e-turn] form")
    if opinion:
        turn.locator("[name=opinion]").fill(opinion)
    turn.locator("button[data-k=go]").click()
    page.wait_for_load_state("networkidle")


def say(page, number, text, theme):
    page.locator(f"[name=lines-{number}-text]").fill(text)
    page.locator(f"[name=lines-{number}-theme]").select_option(index=theme)


@pytest.mark.parametrize("lang", shared_out(STORIES))
def test_a_callback_goes_all_the_way(visit, lang):
    topic, distributed, archived, note = STORIES[lang]
    manager = visit(MANAGER, f"/callbacks/?q={topic}", lang=lang, size="phone")
    manager.locator("[data-keys] tbody a", has_text=topic).first.click()
    manager.wait_for_url(re.compile(r"/callbacks/\d+/$"))
    address = manager.url

    # One thumb: what belongs to the other results is not shown.
    manager.goto(address + "call/")
    expect(manager.locator("[name=next_at]")).to_be_hidden()
    manager.locator("[name=result][value=again]").check()
    expect(manager.locator("[name=next_at]")).to_be_visible()
    expect(manager.locator("[name=lines-0-text]")).to_be_hidden()
    manager.locator("[name=result][value=reached]").check()
    assert not steps.sticking_out(manager) and not steps.barriers(manager)
    manager.locator("main form [data-k=go]").click()
    expect(manager.locator("#id_satisfaction_wrong")).to_be_visible()
    manager.locator("[name=satisfaction][value='4']").check()
    say(manager, 0, "夜间报障没有人回电话。", 1)
    manager.locator("[data-line-add]").click()
    say(manager, 1, "维修很快。", 2)
    manager.locator("main form [data-k=go]").click()
    manager.wait_for_url(address)
    expect(manager.locator(".k-facts").first).to_contain_text(distributed)
    expect(manager.locator(f"{HERE} tbody tr")).to_have_count(2)

    # Each of the three reads it for themselves; their notes stand beside each other.
    answer(manager, address, note)
    head, director = visit(HEAD, lang=lang), visit(DIRECTOR, lang=lang)
    answer(director, address, note)
    answer(head, address, note)
    head.goto(address)
    expect(head.locator("section[aria-labelledby=c-notes]").get_by_text(note)).to_have_count(3)

    # The head consolidates; it is not handled before every opinion has its department.
    answer(head, address)
    answer(head, address)
    expect(head.locator("[role=alert] li")).to_have_count(2)
    for number in (1, 2):
        head.goto(f"{address}pass-on/{number}/")
        head.locator("[name=department]").select_option(index=1)
        head.locator("main form [data-k=go]").click()
        head.wait_for_url(address)
    answer(head, address)

    planner = visit(PLANNER, lang=lang)
    answer(planner, address)
    for page in (planner, manager):
        page.goto(address)
        expect(page.locator(".k-facts").first).to_contain_text(archived)
    manager.goto(f"/opinions/?q={'夜间报障没有人回电话'}")
    expect(manager.locator("[data-keys] tbody tr").first).to_be_visible()
