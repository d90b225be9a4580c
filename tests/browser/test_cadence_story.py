"""Who is due for a visit gets one; the calendar moves it, and reminder, feed and list follow
(R-ENG-01, R-ENG-04, R-ENG-05)."""

import datetime
import re
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from tests.browser import steps
from tests.browser.shares import shared_out

COMPANY = ZoneInfo("Asia/Shanghai")
DAY = datetime.timedelta(days=1)
# Who looks after the account, its name as it is searched for, the purpose of the visit, and how
# its reminder begins.
STORIES = {
    "zh-hans": ("沈知远", "苏州市政务数据局", "政务专线季度走访", "即将"),
    "en": ("周铭", "铸越轨交", "轨交专网季度走访", "Soon"),
}


def day_of(page, when):
    return page.locator(f"[data-lane='{when:%Y-%m-%d}']")


def drag(page, card, lane):
    """By the mouse, and let go only when the day has made room for the card."""
    card.scroll_into_view_if_needed()
    card.hover(position={"x": 8, "y": 8})
    page.mouse.down()
    place = lane.bounding_box()
    for step in range(60):
        page.mouse.move(
            place["x"] + 30 + step % 9, place["y"] + place["height"] / 2 + step % 7, steps=4
        )
        if lane.locator("[data-card].k-held, [data-card].k-ghost").count():
            break
    page.mouse.up()


@pytest.mark.parametrize("lang", shared_out(STORIES))
def test_a_visit_that_is_due_is_planned_moved_followed_and_given_up(visit, lang):
    who, account, purpose, begins = STORIES[lang]
    # Within the two hours before a visit people are reminded; the day before it is moved there.
    soon = datetime.datetime.now(COMPANY) + datetime.timedelta(minutes=50)
    first = soon - DAY if soon.weekday() == 6 else soon + DAY

    page = visit(who, f"/cadence/?q={account}", lang=lang)
    page.locator("[data-keys] tbody a[href*='/visits/new/']").first.click()
    page.locator("#id_purpose").fill(purpose)
    page.locator("#id_starts_at").fill(f"{first:%Y-%m-%dT%H:%M}")
    page.locator("main form button:not([data-k])").click()
    page.wait_for_url(re.compile(r"/visits/\d+/$"))
    address = page.url
    number = address.rstrip("/").rpartition("/")[2]
    page.goto("/profile/calendar/")
    page.locator("form[action$='/calendar/new/'] button").click()
    feed = page.locator("#feed-address").input_value()

    page.goto(f"/calendar/?view=week&date={soon:%Y-%m-%d}")
    card = page.locator(f"[data-card][data-move*='/{number}/']")
    expect(day_of(page, first).locator(card)).to_be_visible()
    with page.expect_response(re.compile(f"/calendar/visits/{number}/move/$")):
        drag(page, card, day_of(page, soon))
    expect(day_of(page, soon).locator(card)).to_be_visible()

    event = event_of(page, feed, number)
    began = soon.astimezone(datetime.UTC)
    assert f"DTSTART:{began:%Y%m%dT%H%M}00Z" in event and "STATUS:TENTATIVE" in event
    page.goto("/notifications/?show=all")
    told = f"{begins} {soon:%H:%M}"
    reminder = page.locator("main li.k-notice", has_text=told).filter(has_text=purpose)
    steps.comes(page, reminder)
    expect(reminder.locator("s")).to_have_count(0)

    page.goto(address)
    page.locator("a[href$='/cancel/']").click()
    page.locator("#k-dialog [name=reason]").fill("客户临时出差")
    page.locator("#k-dialog [data-k=go]").click()
    expect(page.locator("a[href$='/cancel/']")).to_have_count(0)
    assert "STATUS:CANCELLED" in event_of(page, feed, number)
    page.goto(f"/calendar/?view=week&date={soon:%Y-%m-%d}")
    expect(card).to_have_count(0)
    page.goto("/notifications/?show=all")
    expect(reminder.locator("s")).not_to_have_count(0)


def event_of(page, feed, number):
    """What the calendar file says of a visit, its folded lines joined."""
    text = page.request.get(feed).text().replace("\r\n ", "")
    [found] = [one for one in text.split("BEGIN:VEVENT") if f"UID:visit-{number}@" in one]
    return found
