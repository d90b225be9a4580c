"""Every main page as a person meets it: nothing sticks out, fails, is unreadable, is English."""

import pytest

from tests.browser import steps
from tests.browser.conftest import VIEWPORTS
from tests.browser.shares import shared_out

MANAGER, DIRECTOR, ADMINISTRATOR, HEAD = "沈知远", "顾文澜", "许文", "叶倾城"
SHEET = ["客户全称,成立年份", "苏州试算电缆有限公司,二零一零", "苏州试算阀门有限公司,2011"]
PAGES = {
    "log in": ("", "/login/login/"),
    "my day": (MANAGER, "/day/"),
    "day of a director": (DIRECTOR, "/day/"),
    "calendar by month": (MANAGER, "/calendar/"),
    "calendar by week": (MANAGER, "/calendar/?view=week"),
    "route of the day": (MANAGER, "/calendar/?view=day"),
    "who is due": (MANAGER, "/cadence/"),
    "how well visits are kept": (DIRECTOR, "/cadence/kept/"),
    "programme": (MANAGER, "/cadence/programme/"),
    "calendar programs": (MANAGER, "/profile/calendar/"),
    "communications": (MANAGER, "/communications/"),
    "communication": (DIRECTOR, "/communications/{call}/"),
    "log a call": (MANAGER, "/communications/new/"),
    "mailings": (DIRECTOR, "/mailings/"),
    "mailing": (DIRECTOR, "/mailings/{mailing}/"),
    "draft of a mailing": (DIRECTOR, "/mailings/{draft}/"),
    "new mailing": (MANAGER, "/mailings/new/"),
    "recipients of a mailing": (DIRECTOR, "/mailings/recipients/?mailing={mailing}"),
    "contacts to reach": (MANAGER, "/contacts/due/?state=overdue"),
    "account timeline": (MANAGER, "/accounts/{account}/timeline/"),
    "my accounts": (MANAGER, "/accounts/?whose=managed"),
    "account board": (MANAGER, "/accounts/board/"),
    "account groups": (MANAGER, "/accounts/groups/"),
    "new account": (MANAGER, "/accounts/new/"),
    "account": (MANAGER, "/accounts/{account}/"),
    "account people": (MANAGER, "/accounts/{account}/people/"),
    "account opportunities": (MANAGER, "/accounts/{account}/opportunities/"),
    "account team": (MANAGER, "/accounts/{account}/team/"),
    "account history": (MANAGER, "/accounts/{account}/history/"),
    "edit account": (MANAGER, "/accounts/{account}/edit/"),
    "contacts": (MANAGER, "/contacts/"),
    "contact": (MANAGER, "/contacts/{contact}/"),
    "opportunity board": (MANAGER, "/opportunities/board/"),
    "opportunities": (MANAGER, "/opportunities/"),
    "opportunity": (MANAGER, "/opportunities/{deal}/"),
    "new opportunity": (MANAGER, "/opportunities/new/"),
    "visits": (MANAGER, "/visits/"),
    "visit": (MANAGER, "/visits/{visit}/"),
    "visit in the archive": (DIRECTOR, "/visits/{filed}/"),
    "choose whom to visit": (MANAGER, "/visits/new/"),
    "edit visit": (MANAGER, "/visits/{visit}/edit/"),
    "new visit": (MANAGER, "/visits/new/?account={account}"),
    "callbacks": (MANAGER, "/callbacks/"),
    "callback": (HEAD, "/callbacks/{called}/"),
    "callback as paper": (HEAD, "/callbacks/{called}/print/"),
    "new callback": (MANAGER, "/callbacks/new/?account={account}"),
    "enter the call": (MANAGER, "/callbacks/{to_call}/call/"),
    "lists of callbacks": (HEAD, "/callbacks/lists/"),
    "callback report": (HEAD, "/callbacks/report/"),
    "signed callback report": (HEAD, "{signed}"),
    "calendar of callbacks": (MANAGER, "/calendar/?kind=callback_regular"),
    "brief": (MANAGER, "/visits/{visit}/brief/"),
    "check in": (MANAGER, "/visits/{visit}/check-in/"),
    "record of a visit": (MANAGER, "/visits/{held}/record/"),
    "expense claims": (MANAGER, "/expenses/"),
    "expense claim": (DIRECTOR, "/expenses/{claim}/"),
    "expense claim that waits": (DIRECTOR, "/expenses/{waiting}/"),
    "new expense claim": (MANAGER, "/accounts/{account}/expenses/new/"),
    "edit expense claim": (ADMINISTRATOR, "/expenses/{unsent}/edit/"),
    "payment voucher": (DIRECTOR, "/expenses/{claim}/print/voucher/"),
    "expense detail sheet": (DIRECTOR, "/expenses/{claim}/print/sheet/"),
    "account expenses": (MANAGER, "/accounts/{account}/expenses/"),
    "products": (DIRECTOR, "/products/"),
    "product": (DIRECTOR, "/products/{product}/"),
    "dashboard": (DIRECTOR, "/dashboard/"),
    "my work": (DIRECTOR, "/work/"),
    "on time": (DIRECTOR, "/work/on-time/"),
    "late items": (DIRECTOR, "/work/on-time/items/?late=1"),
    "surveys": (DIRECTOR, "/surveys/"),
    "survey": (DIRECTOR, "/surveys/{survey}/"),
    "new survey": (DIRECTOR, "/surveys/new/"),
    "preview of a survey": (DIRECTOR, "/surveys/{survey}/preview/?lang=zh"),
    "who is asked": (DIRECTOR, "/surveys/recipients/?campaign={survey}"),
    "answers to surveys": (DIRECTOR, "/surveys/answers/"),
    "answer to a survey": (DIRECTOR, "/surveys/answers/{answer}/"),
    "account satisfaction": (MANAGER, "/accounts/{account}/satisfaction/"),
    "opinions": (DIRECTOR, "/opinions/"),
    "opinion": (DIRECTOR, "/opinions/{opinion}/"),
    "new opinion": (MANAGER, "/opinions/new/"),
    "improvements": (DIRECTOR, "/improvements/"),
    "improvement": (DIRECTOR, "/improvements/{improvement}/"),
    "search": (DIRECTOR, "/search/?q=衡曜"),
    "imports": (DIRECTOR, "/imports/"),
    "import a file": (DIRECTOR, "/imports/new/"),
    "match columns": (DIRECTOR, "/imports/{dry_run}/columns/"),
    "dry run": (DIRECTOR, "/imports/{dry_run}/"),
    "hand over": (DIRECTOR, "/handover/"),
    "profile": (MANAGER, "/profile/"),
    "password": (MANAGER, "/login/password/change/"),
    "two-step log-in": (MANAGER, "/login/2fa/"),
    "API tokens": (MANAGER, "/profile/tokens/"),
    "notifications": (MANAGER, "/notifications/?show=all"),
    "how one is told": (MANAGER, "/profile/notifications/"),
    "outgoing messages": (ADMINISTRATOR, "/notifications/operation/"),
    "no such page": (MANAGER, "/accounts/999999/"),
    "admin": (ADMINISTRATOR, "/admin/"),
    "admin people": (ADMINISTRATOR, "/admin/teams/user/"),
    "admin build a form": (ADMINISTRATOR, "/admin/documents/documenttemplate/1/build/"),
    "admin build a flow": (ADMINISTRATOR, "/admin/flows/flowtemplate/8/build/?step=opinions"),
    "admin flow": (ADMINISTRATOR, "/admin/flows/flowtemplate/8/change/"),
    "admin expense settings": (ADMINISTRATOR, "/admin/engagement/expensesettings/"),
    "admin category of expenses": (ADMINISTRATOR, "/admin/engagement/expensecategory/1/change/"),
    "admin post": (ADMINISTRATOR, "/admin/teams/post/1/change/"),
    "admin person": (ADMINISTRATOR, "/admin/teams/user/1/change/"),
}
# Two looks that between them show every language, theme and width.
LOOKS = {
    "zh, light, desk first": ("zh-hans", "light", "desk", "phone"),
    "en, dark, phone first": ("en", "dark", "phone", "desk"),
}


@pytest.fixture(scope="module")
def numbers(chromium, address, signed_in):
    """The numbers of the records that the pages are looked at with."""
    context = chromium.new_context(base_url=address, storage_state=signed_in(DIRECTOR))
    page = context.new_page()
    found = {
        "account": steps.number_of(page, "accounts", "苏州衡曜半导体有限公司"),
        "contact": steps.number_of(page, "contacts", "高翊"),
    }
    lists = (
        ("deal", "/opportunities/?sort=-amount"),
        ("product", "/products/"),
        ("mailing", "/mailings/?state=sent"),
        ("draft", "/mailings/?state=draft"),
        ("survey", "/surveys/?state=analysed"),
        ("answer", "/surveys/answers/"),
        ("opinion", "/opinions/"),
        ("improvement", "/improvements/"),
        ("visit", "/visits/?status=plan_confirmed&sort=starts"),
        ("held", "/visits/?status=visited"),
        ("filed", "/visits/?status=archived"),
        ("call", "/communications/"),
        ("claim", "/expenses/?status=paid"),
        ("waiting", "/expenses/?status=waiting_registration"),
        ("unsent", "/expenses/?status=draft"),
        ("called", "/callbacks/?status=consolidated"),
        ("to_call", "/callbacks/?when=due&kind=callback_regular&sort=planned"),
    )
    for name, path in lists:
        page.goto(path)
        link = page.locator("[data-keys] tbody a").first.get_attribute("href")
        found[name] = link.rstrip("/").rpartition("/")[2]
    page.goto("/callbacks/report/")
    found["signed"] = page.locator("a[href^='/callbacks/reports/']").first.get_attribute("href")
    steps.upload(page, "试算.csv", SHEET, "accounts")
    found["dry_run"] = page.url.rstrip("/").rpartition("/")[2]
    context.close()
    return found


@pytest.mark.parametrize("look", shared_out(LOOKS))
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_sound(visit, numbers, name, look):
    who, path = PAGES[name]
    lang, theme, size, other = LOOKS[look]
    page = visit(who, path.format(**numbers), lang=lang, theme=theme, size=size)
    found = steps.sticking_out(page) + steps.barriers(page)
    if lang == "zh-hans":
        found += steps.english_words(page)
    page.set_viewport_size(VIEWPORTS[other])
    found += steps.sticking_out(page)
    assert not found, "\n".join(found)
