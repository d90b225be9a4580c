"""A real Chromium against a served demo company. Without a Chromium these tests say so."""

import contextlib
import os
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from tests.browser.installation import CHROMIUM_ARGS, shared

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
VIEWPORTS = {"desk": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}
HERE = Path(__file__).parent


def pytest_collection_modifyitems(items):
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def address(tmp_path_factory, worker_id, django_db_blocker):
    """One installation for the run, however many workers there are."""
    if not CHROMIUM:
        if os.environ.get("KAM_REQUIRE_SERVICES"):
            pytest.fail("no Chromium on this machine: apt-get install chromium")
        pytest.skip("no Chromium on this machine")
    base = tmp_path_factory.getbasetemp()
    with contextlib.ExitStack() as stack:
        with django_db_blocker.unblock():  # to copy the migrated database
            folder = base if worker_id == "master" else base.parent
            url = stack.enter_context(shared(folder))
        yield url


@pytest.fixture(scope="package")
def chromium(address):
    """Not for the session: while Playwright runs, its event loop gives every later test of the
    worker a second connection to the database, which nobody would close."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def signed_in(chromium, address):
    """signed_in("沈知远") -> the cookies of who logged in by one click, once a run."""
    kept = {}

    def state(who):
        if who not in kept:
            context = chromium.new_context(base_url=address, locale="zh-CN")
            log_in(context.new_page(), who)
            kept[who] = context.storage_state()
            context.close()
        return kept[who]

    return state


@pytest.fixture
def visit(chromium, address, signed_in):
    """visit("沈知远", "/accounts/", lang="zh-hans", theme="light", size="desk") -> page.

    `at` is where the device says it is; without it the device tells nobody. Console errors,
    failed requests and requests to other hosts fail the test at its end.
    """
    opened, complaints = [], []

    def open_page(who, path="/", *, lang="zh-hans", theme=None, size="desk", at=None):
        context = chromium.new_context(
            viewport=VIEWPORTS[size],
            locale="zh-CN" if lang == "zh-hans" else "en-GB",
            base_url=address,
            storage_state=signed_in(who) if who else None,
            color_scheme=theme or "light",
            geolocation=at,
            permissions=["geolocation"] if at else [],
        )
        context.add_cookies([{"name": "kam_language", "value": lang, "url": address}])
        page = context.new_page()
        context.set_default_timeout(10_000)
        opened.append(context)
        listen(page, address, complaints)
        page.goto(path)
        page.wait_for_load_state("networkidle")
        return page

    yield open_page
    for context in opened:
        context.close()
    assert not complaints, complaints


def listen(page, address, complaints):
    """Write down everything a person would never see and we should."""

    def asked(request):
        if not request.url.startswith((address, "data:", "blob:")):
            complaints.append(f"outside request: {request.url}")

    def failed(request):
        # A page that is left, and a download, abort what was under way.
        if request.failure != "net::ERR_ABORTED":
            complaints.append(f"failed request: {request.url} {request.failure}")

    def answered(response):
        if response.status >= 500:
            complaints.append(f"{response.status}: {response.url}")

    def said(message):
        if message.type == "error" and _matters(message):
            complaints.append(message.text)

    page.on("console", said)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", asked)
    page.on("requestfailed", failed)
    page.on("response", answered)


def _matters(message):
    """A refusal that a story provokes on purpose (4xx) is written to the console too."""
    return not any(f"status of {code}" in message.text for code in (403, 404, 409, 422))


def log_in(page, who):
    """One click on the demo cast; the browser asks for Chinese, and so they bear these names."""
    page.goto("/login/login/")
    page.locator(".k-cast button", has_text=who).click()
    page.wait_for_url(lambda url: "/login/" not in url)
