"""An empty installation: an administrator builds a form and a flow, and colleagues use them."""

import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from playwright.sync_api import expect

from tests.browser import steps
from tests.browser.conftest import VIEWPORTS, listen
from tests.browser.installation import served

PASSWORD = "Xinjian-liucheng-88"
# Who works there; everything else the story enters itself.
PEOPLE = f"""
from teams.models import Post, UnitKind
from teams.services import create_unit, create_user
from teams.services.access import ensure_admin
boss, _password = ensure_admin()
boss.set_password("{PASSWORD}")
boss.save()
company = create_unit(
    actor=None, code="company", kind=UnitKind.COMPANY, name_zh="新程集团", name_en="Xincheng"
)
east = create_unit(
    actor=None, code="east", kind=UnitKind.DIVISION, parent=company, name_zh="华东", name_en="East"
)
sales = create_unit(
    actor=None, code="sales", kind=UnitKind.DEPARTMENT, parent=east, name_zh="销售", name_en="Sales"
)
for login, name, post, unit in (
    ("lin", "林溪", "account_manager", sales),
    ("wang", "王砚", "finance", company),
    ("zhao", "赵岚", "marketing_promotion", company),
):
    create_user(
        actor=None,
        username=login,
        password="{PASSWORD}",
        name_zh=name,
        post=Post.objects.get(code=post),
        unit=unit,
    )
"""
CUSTOMER = "苏州新程设备有限公司"


@pytest.fixture(scope="module")
def empty(address, django_db_blocker):
    """Beside the demo company; in a thread, because Playwright may run in this one."""
    with ThreadPoolExecutor(1) as thread, ExitStack() as stack:
        install = served(demo=False, people=PEOPLE)
        with django_db_blocker.unblock():  # to copy the migrated database
            url = thread.submit(stack.enter_context, install).result()
        yield url
        thread.submit(stack.close).result()


@pytest.fixture
def enter(chromium, empty):
    """enter("lin") -> a page of who logged in; complaints of the browser fail the test."""
    opened, complaints = [], []

    def log_in(login, size="desk"):
        context = chromium.new_context(
            base_url=empty, locale="zh-CN", viewport=VIEWPORTS[size], color_scheme="light"
        )
        context.set_default_timeout(15_000)
        opened.append(context)
        page = context.new_page()
        listen(page, empty, complaints)
        page.goto("/login/login/")
        page.locator("[name=login]").fill(login)
        page.locator("[name=password]").fill(PASSWORD)
        page.locator("[name=password]").press("Enter")
        page.wait_for_url(lambda url: "/login/" not in url)
        return page

    yield log_in
    for context in opened:
        context.close()
    assert not complaints, complaints


def press(page, what):
    """A button of a builder, by what it does; by keyboard, as every one can be."""
    button = page.locator(f"button[name=do][value='{what}']:visible").first
    button.focus()
    with page.expect_navigation():
        button.press("Enter")


def choose(page, name, **what):
    """From a list whose choice brings other inputs."""
    with page.expect_navigation():
        page.locator(f"[name='{name}']").select_option(**what)


def build_a_form(page):
    page.goto("/admin/documents/documenttemplate/add/")
    for name, value in (("code", "quality"), ("name_zh", "质量说明"), ("name_en", "Quality note")):
        page.locator(f"[name={name}]").fill(value)
    page.locator("[name=subject_kind]").select_option("account")
    page.locator("[name=_save]").click()
    press(page, "section.add")
    for name, value in (("s0-zh", "说明"), ("s0-en", "Note")):
        page.locator(f"[name={name}]").fill(value)
    press(page, "field.add.0")
    for name, value in (("s0f0-zh", "批次"), ("s0f0-en", "Batch")):
        page.locator(f"[name={name}]").fill(value)
    page.locator("[name=s0f0-required]").check()
    press(page, "activate")
    page.wait_for_url("**/change/**")


def add_step(page, zh, en):
    press(page, "step.add")
    for name, value in (("s-zh", zh), ("s-en", en)):
        page.locator(f"[name={name}]").fill(value)
    return page.locator("[name=step]").input_value()


def approved_by(page, step, zh, en, post):
    press(page, f"open.{step}")
    for name, value in (("s-zh", zh), ("s-en", en)):
        page.locator(f"[name={name}]").fill(value)
    page.locator("[name=who0-rule]").select_option(f"post {post}")


def build_a_flow(page):
    """Fill in, two approvals at once, file: three steps."""
    page.goto("/admin/flows/flowtemplate/add/")
    names = (("code", "QS"), ("name_zh", "质量放行"), ("name_en", "Quality release"))
    for name, value in names:
        page.locator(f"[name={name}]").fill(value)
    page.locator("[name=subject_type]").select_option("account")
    page.locator("[name=_save]").click()
    expect(page.locator("[data-wrong='']")).to_contain_text("流程没有步骤")
    add_step(page, "填写", "Fill in")
    page.locator("[name=fills0]").select_option("quality")
    page.locator("[name=out0-need0]").select_option("document quality")
    add_step(page, "会签", "Both approve")
    choose(page, "s-kind", value="parallel")
    inner = page.locator("[value^='open.']:visible").evaluate_all(
        "buttons => buttons.map((b) => b.value.slice(5))"
    )
    approved_by(page, inner[2], "财务审批", "Finance approves", "finance")
    approved_by(page, inner[3], "市场审批", "Marketing approves", "marketing_promotion")
    page.locator("[name=who0-rule]").select_option("")
    expect(page.locator(f"[data-wrong='{inner[3]}']")).to_contain_text("没有指定办理人")
    page.locator("[name=who0-rule]").select_option("post marketing_promotion")
    expect(page.locator(f"[data-wrong='{inner[3]}']")).to_be_empty()
    press(page, f"open.{inner[1]}")
    add_step(page, "归档", "File")
    expect(page.locator("[data-preview-place] svg").first).to_contain_text("归档")
    assert steps.barriers(page) == []
    assert steps.english_words(page) == [], page.url
    page.set_viewport_size(VIEWPORTS["phone"])
    assert steps.sticking_out(page) == []
    page.set_viewport_size(VIEWPORTS["desk"])
    press(page, "activate")
    page.wait_for_url("**/change/**")
    expect(page.locator("main, #main").first).to_contain_text("能看到客户的人")


def start_it(page):
    """The account manager enters the customer, starts the flow, and is held up by the form."""
    page.goto("/accounts/new/")
    page.locator("#id_name").fill(CUSTOMER)
    page.locator("#id_contact_name").fill("章若水")
    page.get_by_role("button", name="录入客户").click()
    expect(page.locator("main h1")).to_have_text(CUSTOMER)
    page.locator("summary[aria-label=更多操作]").click()
    page.get_by_role("link", name="发起流程").click()
    row = page.locator("tbody tr", has_text="质量放行")
    row.get_by_role("link", name="发起").click()
    page.locator("#k-dialog [data-k=go]").click()
    page.wait_for_url("**/flows/runs/*/")
    run = page.url
    page.locator(".k-decide").get_by_role("button", name="完成").click()
    expect(page.locator("body")).to_contain_text("尚未填写“质量说明”")
    page.goto(run)
    page.get_by_role("button", name="填写“质量说明”").click()
    page.locator("[name='f-field_1']").fill("B-2207")
    page.locator("[name=do][value=complete]").first.click()
    page.goto(run)
    page.locator(".k-decide").get_by_role("button", name="完成").click()
    page.goto(run)
    return run


def test_a_form_and_a_flow_are_built_without_code_and_one_of_two_rejects(enter):
    administrator = enter("admin")
    build_a_form(administrator)
    build_a_flow(administrator)

    manager = enter("lin")
    run = start_it(manager)
    expect(manager.locator(".k-route [aria-current]")).to_have_count(3)

    marketing = enter("zhao")
    marketing.goto("/work/")
    marketing.locator("tr", has_text="市场审批").get_by_role("button", name="同意").click()

    finance = enter("wang", size="phone")
    finance.goto("/work/")
    finance.locator("tr", has_text="财务审批").get_by_role("link", name="驳回").click()
    dialog = finance.locator("#k-dialog")
    dialog.locator("[name=opinion]").fill("批次不符")
    dialog.locator("[data-k=go]").click()
    expect(finance.locator("tr", has_text="财务审批")).to_have_count(0)

    manager.goto(run)
    expect(manager.locator(".k-route [aria-current]")).to_contain_text("驳回")
    trail = manager.locator(".k-time")
    expect(trail).to_contain_text("批次不符")
    expect(trail).to_contain_text(re.compile("王砚.*驳回", re.S))
