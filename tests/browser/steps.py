"""What several stories do, and what every page is asked."""

import contextlib
import json

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import TimeoutError as PlaywrightTimeout

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
