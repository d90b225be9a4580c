"""A walk through the product in Chinese: no page, mail or export says anything in Latin letters.

Data are Chinese and codes carry digits, so a Latin word on a page is a string that nobody
translated. What Chinese writes in Latin letters stands in LATIN.
"""

import copy
import re
from collections import Counter, deque
from decimal import Decimal
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urljoin, urlsplit

import pytest
from django.apps import apps
from django.core import mail
from django.db import models
from django.urls import Resolver404, resolve, reverse

from accounts.models import AccountSite
from core import audit
from core.models import ApiToken, SavedView
from core.tokens import digest_of
from opportunities.models import OpportunityLine
from tests import factories as make

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.own_database]

# Keys, formats, codes, names: the same in Chinese.
LATIN = set(
    """
    Ctrl Enter Esc Tab Alt Shift EN English CSV XLSX Excel xlsx csv API URL URI ID IP JSON HTML
    CNY USD EUR HKD GBP JPY OIDC TOTP PDF UTF UTF-8 GB18030 Cookie YAML GB BOM HTTP HTTPS KAM KA OP
    CN HK MO TW JP NT Fr OM en zh-hans SWOT CRM OK PIN
    Webhook GTXPro MB KB Bearer OpenAPI Key Django Unfold Celery crontab cron Cron
    KHXX SD-WAN FG-QU NPS
    ZIP TXT DOC DOCX XLS PPTX PNG JPG JPEG GIF WEBP
    """.split()  # noqa: SIM905
)
WORD = re.compile(r"[A-Za-z][A-Za-z'’-]*[A-Za-z]")
DATA = re.compile(
    r"\S*@\S+|\b[A-Z]{2,5}-\d+|https?://\S+|/[\w./<>:-]+/|\b\w*\d[\w.-]*|\{\{?\w*\}?\}"
    r"|[\w-]+\.(?:csv|xlsx|yaml|json|txt|pdf|docx|png)"
    r"|\b[Mm]aven-\w+|\b[A-Z]\w+/[\w/+-]+|\b\w+_\w+\b|%\(?\w*\)?s|\?\S*=\S*"
)
LISTED = re.compile(r"^[a-z_.]+(、[a-z_.]+)+$")  # codes of shipped rows, in the history
SILENT = {"script", "style", "template", "noscript", "code", "kbd", "pre", "svg", "textarea"}
SPOKEN = ("title", "aria-label", "placeholder", "alt", "data-confirm", "hx-confirm", "data-l")
# No pages: other formats, and the one written for programmers.
SKIP = re.compile(r"^/(api/|static/|media/|metrics|health/|admin/jsi18n|admin/r/)|logout|\.xlsx")


class Page(HTMLParser):
    """What a person can read of a page, and where it leads."""

    def __init__(self, html: str):
        super().__init__(convert_charrefs=True)
        self.texts, self.links, self._silent = [], [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        foreign = tag != "html" and (values.get("lang") or "").startswith("en")
        drawn = "material-symbols" in (values.get("class") or "")  # a word that is shown as an icon
        if tag not in VOID and (tag in SILENT or foreign or drawn or self._silent):
            self._silent.append(tag)
        if not self._silent:
            self.texts += [values[name] for name in SPOKEN if values.get(name)]
            if tag == "input" and values.get("type") in ("submit", "button", "reset"):
                self.texts.append(values.get("value") or "")
        for name in ("href", "hx-get", "data-url", "data-edit"):
            if tag != "link" and values.get(name):
                self.links.append((values[name], name != "href"))

    def handle_endtag(self, tag):
        if self._silent and tag in self._silent:
            while self._silent.pop() != tag:
                pass

    def handle_data(self, data):
        if not self._silent and data.strip():
            self.texts.append(data.strip())


VOID = {"input", "br", "img", "meta", "link", "hr", "col", "source", "wbr", "use", "path"}


CODES = {"code", "library_code", "username", "key", "task", "name", "module", "page"}
CODES |= {"extension", "media_type"}


def codes_in_the_database() -> set[str]:
    """Values of fields that hold codes; a cell that is just one of them is data."""
    found = set()
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, models.CharField) and (field.name in CODES or field.primary_key):
                values = model._base_manager.values_list(field.name, flat=True)[:2000]
                found |= {v for v in values if v and v.isascii()}
    return found


def latin_words(text: str, codes: set[str]) -> list[str]:
    if codes.issuperset(re.split("、|, ", text)) or LISTED.match(text):
        return []
    return [w for w in WORD.findall(DATA.sub(" ", text)) if w not in LATIN and w not in codes]


class Walk:
    """Every kind of page that can be reached from a start, a few of each kind."""

    def __init__(self, client, codes, only=re.compile(""), each=2, limit=600):
        self.client, self.codes, self.only = client, codes, only
        self.each, self.limit = each, limit
        self.seen, self.kinds = set(), Counter()
        self.queue = deque()
        self.found: dict[str, set[str]] = {}
        self.broken: list[str] = []

    def add(self, url: str, base: str = "/", piece: bool = False) -> None:
        parts = urlsplit(urljoin(base, url))
        if parts.netloc or parts.scheme or not self.only.match(parts.path) or SKIP.search(url):
            return
        try:
            match = resolve(parts.path)
        except Resolver404:
            return
        names = tuple(sorted({name for name, _value in parse_qsl(parts.query)}))
        kind = (match.view_name, names, piece)
        address = parts.path + (f"?{parts.query}" if parts.query else "")
        if (address, piece) in self.seen or self.kinds[kind] >= self.each:
            return
        self.seen.add((address, piece))
        self.kinds[kind] += 1
        self.queue.append((address, piece))

    def run(self) -> "Walk":
        while self.queue and len(self.seen) < self.limit:
            address, piece = self.queue.popleft()
            headers = {"HTTP_HX_REQUEST": "true"} if piece else {}
            response = self.client.get(address, **headers)
            if response.status_code >= 500:
                self.broken.append(f"{address}: {response.status_code}")
            if response.status_code in (301, 302):
                self.add(response["Location"], address)
            if "html" not in response.get("Content-Type", "") or response.streaming:
                continue
            self.read(address, response.content.decode())
        return self

    def read(self, address: str, html: str) -> None:
        page = Page(html)
        for text in page.texts:
            for word in latin_words(text, self.codes):
                self.found.setdefault(f"{word}  in  {text[:90]!r}", set()).add(address)
        for link, piece in page.links:
            self.add(link, address, piece)

    def report(self) -> list[str]:
        return sorted(f"{what}  at  {sorted(where)[0]}" for what, where in self.found.items())


@pytest.fixture(scope="module")
def built_company(built_library):
    """A small company whose data are Chinese, on the shipped library."""
    make.make_company(name_zh="江苏云通")
    unit = make.make_unit("u1", name_zh="苏州大客户中心")
    boss = make.make_administrator("boss1", unit=unit, name_zh="许文", name_en="")
    manager = make.make_user("am1", unit=unit, name_zh="沈知远", name_en="")
    make.make_team("t1", members=[manager], name_zh="苏州城市组")
    product = make.make_product("P1", name_zh="专线", name_en="", list_price=Decimal("10"))
    account = make.make_account("瀚桥物流", manager=manager, tier=make.make_tier("core"))
    AccountSite.objects.create(account=account, name="一号仓")
    contact = make.make_contact("王安然", account=account, title="董事长")
    deal = make.make_opportunity("车联网", owner=manager, account=account, amount=Decimal("9000"))
    OpportunityLine.objects.create(opportunity=deal, product=product, unit_price=Decimal("10"))
    for status in ("won", "lost"):
        make.make_opportunity(f"一期{status[0]}1", owner=manager, account=account, status=status)
    for target in (account, contact, deal):
        audit.record(actor=manager, action="account.edited", target=target, notes=("甲", "乙"))
    SavedView.objects.create(owner=boss, page="accounts", name="常用", query="sort=name")
    ApiToken.objects.create(user=boss, name="报表", prefix="kam_1", digest=digest_of("1"))
    return boss, manager


@pytest.fixture
def company(built_company, db):
    """Its administrator and its account manager."""
    return copy.deepcopy(built_company)


def walk(client, person, *starts, only: str, each: int) -> Walk:
    client.force_login(person)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "zh-CN"
    done = Walk(client, codes_in_the_database(), re.compile(only), each)
    for start in starts:
        done.add(start)
    return done.run()


def test_no_page_says_a_word_of_english(client, company):
    boss, _manager = company
    starts = ("/", reverse("teams:profile"), reverse("account_change_password"))
    done = walk(client, boss, *starts, only="/(?!admin/)", each=2)
    assert done.broken == []
    assert len(done.seen) > 60
    assert not done.report(), "\n".join(done.report())


def test_no_page_of_the_administration_says_a_word_of_english(client, company):
    boss, _manager = company
    done = walk(client, boss, reverse("admin:index"), only="/admin/", each=1)
    assert done.broken == []
    assert len(done.seen) > 40
    assert not done.report(), "\n".join(done.report())


def test_the_log_in_and_the_errors_speak_chinese(client, company):
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "zh-CN"
    done = Walk(client, codes_in_the_database())
    for name in ("account_login", "account_reset_password", "account_signup", "account_inactive"):
        done.add(reverse(name))
    done.run()
    done.read("/nowhere/", client.get("/nowhere/").content.decode())
    wrong = client.post(reverse("account_login"), {"login": "沈知远", "password": "错"})
    done.read("/wrong/", wrong.content.decode())
    assert not done.report(), "\n".join(done.report())


def test_mail_speaks_chinese(client, company):
    _boss, manager = company
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "zh-CN"
    client.post(reverse("account_reset_password"), {"email": manager.email})
    message = mail.outbox[0]
    text = f"{message.subject}\n{message.body}"
    assert latin_words(text, {manager.username, "testserver"}) == []


@pytest.mark.parametrize(
    "name",
    ["accounts:account_export", "accounts:contact_export", "opportunities:opportunity_export"],
)
def test_the_heads_of_an_export_are_chinese(client, company, name):
    boss, _manager = company
    client.force_login(boss)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "zh-CN"
    response = client.get(reverse(name), {"format": "csv"})
    assert response.status_code == 200
    body = b"".join(response.streaming_content) if response.streaming else response.content
    head = body.decode("utf-8-sig").splitlines()[0]
    assert latin_words(head, set()) == []


def test_the_walk_notices_english():
    page = Page('<p>客户 <b title="Save it">改</b></p><kbd>Esc</kbd><p lang="en">English only</p>')
    words = [w for text in page.texts for w in latin_words(text, set())]
    assert words == ["Save", "it"]
    assert latin_words("core", {"core"}) == []
    assert latin_words("KA-00001 shen@example.com 2026-11-23", set()) == []
