"""What several stories do, and what every page is asked."""

import contextlib
import json
import re

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from playwright.sync_api import expect

from tests.test_crawl_zh import Page as Text
from tests.test_crawl_zh import latin_words

# What the page says itself, without the cells and values that hold data.
SAID = """() => {
  const page = document.documentElement.cloneNode(true);
  page.querySelectorAll("td, dd, ins, del, option, pre, code, .k-facts").forEach((e) => e.remove());
  return page.outerHTML;
}"""
GRAVE = {"serious", "critical"}
# What reaches past the right edge of the window and makes the page scroll sideways.
FITS = "() => document.documentElement.scrollWidth <= document.documentElement.clientWidth"
STICKING_OUT = """() => {
  const page = document.documentElement;
  if (page.scrollWidth <= page.clientWidth) return [];
  return [...document.querySelectorAll("body *")]
    .filter((e) => e.getBoundingClientRect().right > page.clientWidth + 1)
    .slice(0, 5).map((e) => e.outerHTML.slice(0, 160));
}"""


def sticking_out(page) -> list[str]:
    """After a moment: charts take the new width of a window when they are told of it."""
    with contextlib.suppress(PlaywrightTimeout):
        page.wait_for_function(FITS, timeout=3000)
    return page.evaluate(STICKING_OUT)


def barriers(page) -> list[str]:
    """What axe finds serious or critical."""
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [
        f"{v['id']}: {node['html'][:200]} {node.get('failureSummary', '')[:300]}"
        for v in found
        if v["impact"] in GRAVE
        for node in v["nodes"][:3]
    ]


def english_words(page) -> list[str]:
    return [
        f"{word}  in  {text[:90]!r}"
        for text in Text(page.evaluate(SAID)).texts
        for word in latin_words(text, set())
    ]


def number_of(page, kind: str, text: str) -> int:
    """The number of the first record that a picker of `kind` (accounts, contacts) offers."""
    answer = page.request.get(f"/{kind}/options/", params={"q": text})
    return json.loads(answer.text())["results"][0]["id"]


def answer(page, outcome: str, opinion: str = "") -> None:
    """What is asked of one now, answered on the page of the record itself."""
    if opinion:
        page.locator("[name=opinion]").fill(opinion)
    page.locator(f"button[name=outcome][value={outcome}]").click()
    page.wait_for_load_state("networkidle")


def waits(page, name: str):
    """What My work offers about something, on the first of its pages that offers anything."""
    page.goto("/work/")
    row = page.locator("[data-keys] tbody tr", has_text=name)
    following = page.locator("main a[rel=next]")
    while not row.count() and following.count():
        page.goto("/work/" + following.get_attribute("href"))
    return row


def comes(page, row, looks: int = 30) -> None:
    """Wait until a job has written a row into the list that is open."""
    for _look in range(looks):
        with contextlib.suppress(AssertionError):
            expect(row).not_to_have_count(0, timeout=1000)
            return
        page.reload()
    expect(row).not_to_have_count(0)


def enter_prospect(page, name: str, contact: str) -> None:
    """A new account with one contact, as far as its page."""
    page.goto("/accounts/new/")
    page.locator("#id_name").fill(name)
    page.locator("#id_contact_name").fill(contact)
    page.locator("main form [data-k=go]").click()
    page.wait_for_url(re.compile(r"/accounts/\d+/$"))


# What the basic information form of a customer is completed with: its ticks and its texts.
TICKED = {"nature": "private", "source": "visit", "urgency": "4"}
WRITTEN = {
    "industry": "仪器仪表",
    "address": "苏州工业园区星湖街 218 号",
    "phone": "0512-6000 2180",
    "contacts.0.name": "章若水",
    "main_business": "高低温测试箱与校准服务",
    "decision_chain.0.name": "章若水",
    "first_contact_on": "2026-03-02",
    "need": "两条产线的环境测试设备",
}


def fill_basic_form(page) -> None:
    """From the page of a registration: as far as completing the form asks."""
    page.locator("a[href*='customer_basic_information']").click()
    page.locator("main form [data-k=go]").click()
    for field, code in TICKED.items():
        page.locator(f"[name='f-{field}'][value='{code}']").check()
    for field, text in WRITTEN.items():
        page.locator(f"[name='f-{field}']").first.fill(text)
    page.locator("[name='f-decision_chain.0.part']").select_option("decider")
    page.locator("main form [name=do][value=complete]").last.click()
    page.wait_for_url(re.compile(r"/documents/\d+/$"))


def pick(page, field: str, names: str) -> None:
    """Find somebody by typing; `names` in both languages: 周铭|Zhou Ming."""
    page.locator(f"#id_{field}-ts-control").fill(names.partition("|")[0])
    found = page.locator(f"#id_{field}-ts-dropdown [data-selectable]", has_text=re.compile(names))
    found.first.click()


def upload(page, name: str, rows: list[str], kind: str) -> None:
    """A file through the first two steps of the import, to its dry run."""
    page.goto("/imports/new/")
    page.locator(f"[name=kind][value={kind}]").check()
    file = {"name": name, "mimeType": "text/csv", "buffer": "\n".join(rows).encode()}
    page.locator("[name=file]").set_input_files(file)
    page.locator("main form [data-k=go]").click()
    page.locator("[name=column0]").wait_for()
    page.locator("main form [data-k=go]").click()
    page.locator("#import-figs").wait_for()
