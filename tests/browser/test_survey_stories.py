"""A customer answers a survey on a phone, by the link of the letter, in Chinese and in English."""

import datetime
import re

import pytest
from playwright.sync_api import expect

from tests.browser import steps
from tests.browser.shares import shared_out

DIRECTOR, ADMINISTRATOR = "顾文澜", "许文"
KNOWN = "苏州衡曜半导体有限公司"
MOMENT = "%Y-%m-%dT%H:%M"


@pytest.fixture(scope="module")
def sent():
    return {}


def links_of(visit, sent) -> list[str]:
    """The links of a survey that a director plans and the jobs send; made once."""
    if sent.get("links"):
        return sent["links"]
    page = visit(DIRECTOR, "/surveys/new/")
    page.locator("#id_name").fill("手机作答")
    now = datetime.datetime.now()
    page.locator("#id_opens_at").fill((now - datetime.timedelta(minutes=2)).strftime(MOMENT))
    page.locator("#id_closes_at").fill((now + datetime.timedelta(days=9)).strftime(MOMENT))
    account = steps.number_of(page, "accounts", KNOWN)
    page.evaluate(
        "([id]) => { const s = document.querySelector('#id_account');"
        " s.tomselect ? (s.tomselect.addOption({value: id, text: 'x'}), s.tomselect.setValue(id))"
        " : (s.append(new Option('x', id, true, true))); }",
        [str(account)],
    )
    page.get_by_role("button", name="建立调查").click()
    expect(page.locator("main h1")).to_have_text("手机作答")
    survey = page.url
    for row in page.request.get("/api/v1/surveys/").json()["results"]:
        sent["survey"] = sent.get("survey") or row["id"]
    page.goto(survey.rstrip("/") + "/")
    page.get_by_role("button", name="排期发出").click()
    office = visit(ADMINISTRATOR, "/notifications/mail/")
    for _try in range(60):
        letters = office.locator("a", has_text="我们的服务怎么样").all() + office.locator(
            "a", has_text="how do you find our service"
        ).all()
        if letters:
            break
        office.wait_for_timeout(2000)
        office.reload()
    addresses = [one.get_attribute("href") for one in letters]
    for address in addresses:
        office.goto(address)
        found = re.search(r"http://\S+/s/[\w-]+/", office.locator("main").inner_text())
        sent.setdefault("links", []).append(found[0])
    return sent["links"]


@pytest.mark.parametrize(
    ("lang", "heading", "send", "thanks"),
    shared_out(
        [
            ("zh", "我们的服务怎么样", "交答卷", "谢谢您"),
            ("en", "how are we doing", "Send my answers", "Thank you"),
        ]
    ),
)
def test_a_customer_answers_on_a_phone(visit, sent, lang, heading, send, thanks):
    links = links_of(visit, sent)
    assert len(links) >= 2, "two contacts with an e-mail were written to"
    link = links[0 if lang == "zh" else 1]
    page = visit(None, link + f"?lang={lang}", size="phone", lang="zh-hans")
    expect(page.locator("h1")).to_contain_text(heading)
    assert not steps.sticking_out(page) and not steps.barriers(page)
    if lang == "zh":
        assert not steps.english_words(page)
    assert not page.context.cookies(link) or all(
        one["name"] == "kam_language" for one in page.context.cookies(link)
    )
    expect(page.locator("#q-causes")).to_be_hidden()
    page.locator("#q-nps label", has_text=re.compile("^4$")).click()
    expect(page.locator("#q-causes")).to_be_visible()
    expect(page.locator("#survey-saved")).not_to_be_empty()
    page.locator("#q-product label", has_text=re.compile("^2$")).click()
    page.locator("#i-improve").fill("故障请先打电话")
    page.wait_for_timeout(1800)

    # Half-way: closed and opened again, on the same phone or another.
    page.goto(link + f"?lang={lang}")
    expect(page.locator("#q-nps input[value='4']")).to_be_checked()
    expect(page.locator("#i-improve")).to_have_value("故障请先打电话")
    page.get_by_role("button", name=send).click()
    expect(page.locator(".k-wrong")).to_be_visible()  # two marks are missing, and it says which
    assert not steps.barriers(page)
    page.locator("#q-delivery label", has_text=re.compile("^3$")).click()
    page.locator("#q-after_sales label", has_text=re.compile("^2$")).click()
    page.get_by_role("button", name=send).click()
    expect(page.locator("h1")).to_have_text(thanks)
    page.goto(link)
    expect(page.locator("h1")).to_contain_text(re.compile("谢谢您|Thank you"))
