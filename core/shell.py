"""The frame around every signed-in page: navigation, quick actions, and the head of the document.

A page that does nothing must stay cheap, so each piece is rendered once per process for each
(language, section, what the person may open) and kept.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils.functional import cached_property
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from core.models import company

# Stand in for a person in the kept piece; no name holds a control character.
NAME_MARK, POST_MARK, FACE_MARK = "\x01", "\x02", "\x03"
STAFF = "staff"
IMPORT = "import_data"


@dataclass(frozen=True)
class Entry:
    """One place to go, or one thing to do. `needs`: "" for everybody, "staff", or a right."""

    key: str
    icon: str
    label: str
    url_name: str
    needs: str = ""
    views: tuple[str, ...] = ()


NAV = (
    Entry("day", "sun-high", _("My day"), "kpi:my_day", "", ("kpi:my_day",)),
    Entry(
        "accounts",
        "building-skyscraper",
        _("Accounts"),
        "accounts:account_list",
        "",
        (
            "accounts:",
            "opportunities:account_",
            "planning:account_",
            "documents:account_",
            "engagement:account_",
        ),
    ),
    Entry(
        "contacts", "id-badge-2", _("Contacts"), "accounts:contact_list", "", ("accounts:contact",)
    ),
    Entry(
        "work",
        "list-check",
        _("My work"),
        "flows:my_work",
        "",
        ("flows:my_work", "flows:item_", "flows:on_time"),
    ),
    Entry(
        "communications",
        "messages",
        _("Communications"),
        "engagement:communication_list",
        "",
        (
            "engagement:communication",
            "engagement:contact_",
            "engagement:mailing",
            "engagement:mailed",
        ),
    ),
    Entry(
        "calendar",
        "calendar-event",
        _("Calendar"),
        "engagement:visit_calendar",
        "",
        (
            "engagement:visit_calendar",
            "engagement:calendar",
            "engagement:cadence",
            "engagement:programme",
        ),
    ),
    Entry(
        "visits",
        "map-pin",
        _("Visits"),
        "engagement:visit_list",
        "",
        ("engagement:visit",),
    ),
    Entry(
        "callbacks",
        "phone",
        _("Callbacks"),
        "engagement:callback_list",
        "",
        ("engagement:callback",),
    ),
    Entry("flows", "route", _("Flows"), "flows:template_list", "", ("flows:",)),
    Entry(
        "opportunities",
        "briefcase",
        _("Opportunities"),
        "opportunities:opportunity_board",
        "",
        ("opportunities:",),
    ),
    Entry("documents", "folder", _("Documents"), "documents:document_list", "", ("documents:",)),
    Entry(
        "registrations",
        "list-check",
        _("Registrations"),
        "planning:registration_list",
        "",
        ("planning:registration",),
    ),
    Entry(
        "surveys",
        "chart-bar",
        _("Satisfaction"),
        "engagement:survey_list",
        "",
        (
            "engagement:survey",
            "engagement:recipient",
            "engagement:response",
            "engagement:opinion",
            "engagement:action",
        ),
    ),
    Entry(
        "expenses",
        "report-money",
        _("Expense claims"),
        "engagement:expense_list",
        "",
        ("engagement:expense_",),
    ),
    Entry("files", "archive", _("Customer files"), "planning:file_list", "", ("planning:",)),
    Entry("dashboard", "chart-histogram", _("Dashboard"), "kpi:dashboard", "", ("kpi:dashboard",)),
    Entry(
        "products",
        "package",
        _("Products"),
        "opportunities:product_list",
        "",
        ("opportunities:product",),
    ),
    Entry("imports", "file-import", _("Imports"), "core:import_list", IMPORT, ("core:import",)),
    Entry("admin", "settings", _("Admin"), "admin:index", STAFF, ("admin:",)),
)
CREATE = (
    Entry("account", "building-skyscraper", _("New account"), "accounts:account_create"),
    Entry("contact", "id-badge-2", _("New contact"), "accounts:contact_create"),
    Entry("opportunity", "briefcase", _("New opportunity"), "opportunities:opportunity_create"),
    Entry("communication", "phone", _("Log a call"), "engagement:communication_create"),
    Entry("opinion", "messages", _("Enter an opinion"), "engagement:opinion_create"),
    Entry("visit", "calendar-event", _("New visit"), "engagement:visit_create"),
    Entry("callback", "phone", _("New callback"), "engagement:callback_create"),
    Entry("document", "folder", _("Fill in a form"), "documents:template_list"),
    Entry("import", "file-import", _("Import a file"), "core:import_create", IMPORT),
)
NEEDS = {entry.needs for entry in NAV + CREATE if entry.needs}
TABBAR = ("day", "accounts", "work", "dashboard")
WORDS = {
    "close": _("Close"),
    "undo": _("Undo"),
    "cancel": _("Cancel"),
    "confirm": _("Yes, do it"),
    "unsaved": _("What you typed is not saved yet. Leave the page?"),
    "offline": _("The server cannot be reached. Nothing was saved; try again."),
    "error": _("Something went wrong on our side. Nothing was saved."),
    "gone": _("This is not here, or not yours to see."),
    "forbidden": _("You may see this, but not do it."),
    "signedOut": _("You are logged out. Log in again in a new tab, then come back."),
    "tooMany": _("Too many tries. Wait a little."),
    "selected": _("{n} selected"),
    "saved": _("Saved"),
    "searching": _("Searching…"),
    "noMatch": _("No match"),
    "clear": _("Clear"),
    "remove": _("Remove"),
    "typeMore": _("Type to search"),
    "moveTo": _("Move to"),
    "moved": _("Moved to {lane}"),
    "notMoved": _("Not moved"),
    "shortcuts": _("Keyboard shortcuts"),
    "keyDown": pgettext_lazy("key", "next row"),
    "keyUp": pgettext_lazy("key", "previous row"),
    "keyOpen": pgettext_lazy("key", "open"),
    "keyEdit": pgettext_lazy("key", "edit"),
    "keySelect": pgettext_lazy("key", "select"),
    "keyFind": pgettext_lazy("key", "find"),
    "keyPalette": pgettext_lazy("key", "find or do something"),
    "keyMove": pgettext_lazy("key", "move a card"),
    "keyHelp": pgettext_lazy("key", "this list"),
    "chart": _("Chart"),
    "table": _("Table"),
    "step": _("Step"),
    "today": _("Today"),
}

_urls: dict[str, str] = {}
_fragments: dict[tuple, SafeString] = {}


def url_of(name: str) -> str:
    """The address of a named page without arguments; "" while no such page exists."""
    if name not in _urls:
        try:
            _urls[name] = reverse(name)
        except NoReverseMatch:
            _urls[name] = ""
    return _urls[name]


def forget() -> None:
    """Drop what was kept (tests that swap URLs or translations)."""
    _urls.clear()
    _fragments.clear()


def _kept(key: tuple, make: Callable[[], str]) -> SafeString:
    if key not in _fragments:
        _fragments[key] = mark_safe(make())  # noqa: S308 - the output of our own templates
    return _fragments[key]


def script_words() -> dict[str, str]:
    """What scripts say, by key."""
    return {key: str(text) for key, text in WORDS.items()}


class Shell:
    """What base.html asks for. Every property is lazy: a fragment answer pays for none."""

    def __init__(self, request: HttpRequest):
        self.request = request

    @cached_property
    def language(self) -> str:
        return get_language() or settings.LANGUAGE_CODE

    @property
    def lang(self) -> str:
        """The language tag of the document."""
        return "zh-Hans" if self.language.startswith("zh") else "en"

    @cached_property
    def currency(self) -> str:
        """The company's currency, read once per request."""
        return company().currency_id

    @cached_property
    def section(self) -> str:
        """The navigation entry of this page: the one with the longest matching view name."""
        match = getattr(self.request, "resolver_match", None)
        name = match.view_name if match else ""
        hits = [(len(v), e.key) for e in NAV for v in e.views if name and name.startswith(v)]
        return max(hits)[1] if hits else ""

    @cached_property
    def _may(self) -> frozenset[str]:
        """The needs of NEEDS that this person meets."""
        user = getattr(self.request, "user", None)
        if not getattr(user, "is_authenticated", False):
            return frozenset()
        met = {need for need in NEEDS if need != STAFF and user.has_right(need)}
        return frozenset(met | {STAFF} if user.is_staff else met)

    def _open_to(self, entry: Entry) -> bool:
        return (not entry.needs or entry.needs in self._may) and bool(url_of(entry.url_name))

    def _places(self, entries: tuple[Entry, ...]) -> list[dict]:
        return [
            {"key": e.key, "icon": e.icon, "label": e.label, "url": url_of(e.url_name)}
            for e in entries
            if self._open_to(e)
        ]

    @property
    def head(self) -> SafeString:
        """Style sheets, scripts and the words that scripts say."""
        return _kept(
            ("head", self.language),
            lambda: render_to_string(
                "components/shell/head.html",
                {"words": script_words(), "login_url": self.login_url},
            ),
        )

    @property
    def profile_url(self) -> str:
        return url_of("teams:profile")

    @property
    def login_url(self) -> str:
        return url_of("account_login")

    @property
    def logout_url(self) -> str:
        return url_of("account_logout")

    @property
    def language_url(self) -> str:
        return url_of("core:language")

    @property
    def product(self) -> str:
        return _kept(("product", self.language), lambda: gettext("Key accounts"))

    @property
    def undo(self) -> str:
        return _kept(("undo", self.language), lambda: gettext("Undo"))

    @property
    def notes(self) -> str:
        return _kept(("notes", self.language), lambda: gettext("Notes"))

    @property
    def before(self) -> SafeString:
        """The margin with the navigation and the bar on top."""
        margin = _kept(
            ("before", self.language, self.section, self._may),
            lambda: render_to_string(
                "components/shell/before.html",
                {
                    "places": self._places(NAV),
                    "section": self.section,
                    "followed_url": url_of("accounts:followed"),
                },
            ),
        )
        return SafeString(margin + self._foot)

    @property
    def _foot(self) -> SafeString:
        """Who is logged in, and the bar; the only piece with a person's name in it."""
        user = self.request.user
        name, post = getattr(user, "name", ""), getattr(user, "post", None)
        piece = _kept(
            ("foot", self.language),
            lambda: render_to_string(
                "components/shell/foot.html",
                {
                    "shell": self,
                    "user": {"name": NAME_MARK, "post": {"name": POST_MARK}},
                    "face": FACE_MARK,
                    "search_url": url_of("core:search"),
                    "bell_url": url_of("notifications:notification_list"),
                    "bell_count_url": url_of("notifications:notification_count"),
                    "other": "en" if self.language.startswith("zh") else "zh-hans",
                    "chinese": self.language.startswith("zh"),
                },
            ),
        )
        for mark, text in (
            (NAME_MARK, name),
            (POST_MARK, post.name if post else ""),
            (FACE_MARK, name.strip()[:1].upper()),
        ):
            piece = piece.replace(mark, escape(text))
        return SafeString(piece)

    @property
    def after(self) -> SafeString:
        """The bottom bar of a phone, and the Ctrl-K window: places and actions as plain links."""
        return _kept(
            ("after", self.language, self.section, self._may),
            lambda: render_to_string(
                "components/shell/after.html",
                {
                    "section": self.section,
                    "tabs": self._places(tuple(e for e in NAV if e.key in TABBAR)),
                    "more": self._places(tuple(e for e in NAV if e.key not in TABBAR)),
                    "places": self._places(NAV),
                    "create": self._places(CREATE),
                    "profile_url": self.profile_url,
                    "logout_url": self.logout_url,
                    "search_url": url_of("core:search"),
                },
            ),
        )
