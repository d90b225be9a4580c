"""Importing the organisation and its people."""

import re
import unicodedata

from django.contrib.auth.hashers import make_password
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from core.importing import bulk
from core.importing.base import Importer
from core.importing.fields import Field, Lookup, Problem, fold
from core.models import City, Currency
from core.normalise import HAN, search_index
from teams.models import Post, Unit, UnitKind, User
from teams.rights import Right


def bilingual(values: dict, wanted: dict, text) -> None:
    """Put a name of unknown language into the Chinese or the English column."""
    if text:
        wanted.setdefault("name_zh" if HAN.search(text) else "name_en", text)


def currency_lookup() -> Lookup:
    lookup = Lookup()
    for code, zh, en, symbol in Currency.objects.values_list(
        "code", "name_zh", "name_en", "symbol"
    ):
        lookup.add(code, zh, en, symbol, strong=[code])
    return lookup


def city_lookup() -> Lookup:
    lookup = Lookup()
    for pk, zh, en in City.objects.values_list("pk", "name_zh", "name_en"):
        lookup.add(pk, zh, en, zh and f"{zh}市")
    return lookup


def unit_lookup() -> Lookup:
    """Units by code, name and path of names ("company / department")."""
    lookup = Lookup()
    rows = list(
        Unit.objects.order_by("path").values_list("pk", "code", "name_zh", "name_en", "parent")
    )
    names = {pk: (zh, en, parent) for pk, _code, zh, en, parent in rows}
    for pk, code, zh, en, _parent in rows:
        lookup.add(pk, zh, en, *_paths(pk, names), strong=[code])
    return lookup


def _paths(pk: int, names: dict) -> list[str]:
    paths = []
    for language in (0, 1):
        parts, at = [], pk
        while at is not None and len(parts) < 20:
            parts.append(names[at][language] or names[at][1 - language])
            at = names[at][2]
        paths.append("/".join(reversed(parts)))
    return paths


def user_lookup() -> Lookup:
    """Colleagues by user name, employee number, e-mail and either name."""
    lookup = Lookup("unknown_person")
    rows = User.objects.values_list("pk", "username", "employee_no", "email", "name_zh", "name_en")
    for pk, username, number, email, zh, en in rows:
        lookup.add(pk, zh, en, strong=[username, number or "", email])
    return lookup


def post_lookup() -> Lookup:
    lookup = Lookup()
    for post in Post.objects.filter(is_active=True):
        others = re.split(r"[,，;；、]", post.aliases)
        lookup.add(post.pk, post.name_zh, post.name_en, *others, strong=[post.code])
    return lookup


class UnitImporter(Importer):
    """Company, divisions, departments and city units (组织单元)."""

    kind = "units"
    label = _("Organisation units")
    model = Unit
    right = Right.MANAGE_PEOPLE
    parent_field = "parent"
    parent_attr = "parent_id"
    fields = (
        Field("code", _("Code"), attr="code", key=True, limit=40),
        Field("name", _("Name"), limit=120),
        Field("name_zh", _("Chinese name"), attr="name_zh", limit=120),
        Field("name_en", _("English name"), attr="name_en", limit=120),
        Field("kind", _("Kind"), "choice", attr="kind", choices=UnitKind),
        Field("parent", _("Belongs to"), "self", attr="parent_id"),
        Field("city", _("City"), "lookup", attr="city_id", lookup="city"),
        Field("head", _("Head"), "lookup", attr="head_id", lookup="user"),
        Field("is_active", _("Active"), "bool", attr="is_active"),
        Field(
            "opportunities_follow_account",
            _("Who sees the account sees its opportunities"),
            "bool",
            attr="opportunities_follow_account",
        ),
        Field("currency", _("Currency"), "lookup", attr="currency_id", lookup="currency"),
    )

    lookup_city = staticmethod(city_lookup)
    lookup_user = staticmethod(user_lookup)
    lookup_currency = staticmethod(currency_lookup)
    lookup_self = staticmethod(unit_lookup)

    def names(self, plan, position) -> list[str]:
        return [plan.text(position, code) for code in ("code", "name", "name_zh", "name_en")]

    def keys_in_file(self, plan):
        keys: dict[str, int] = {}
        for position in range(plan.count):
            for name in self.names(plan, position):
                if name:
                    keys.setdefault(fold(name), position)
        return keys

    def match(self, plan):
        units = self.extra_lookup("self")
        root = Unit.objects.filter(kind=UnitKind.COMPANY).values_list("pk", flat=True).first()
        seen: dict[str, int] = {}
        for position in range(plan.count):
            row = plan.row(position)
            code, name = (
                row.get("code"),
                row.get("name") or row.get("name_zh") or row.get("name_en"),
            )
            key = fold(code or name or "")
            if not key:
                plan.problem(position, Problem("required", "name"))
                continue
            if key in seen:
                line = plan.lines[seen[key]]
                plan.problem(position, Problem("duplicate_key", "code", params={"line": line}))
            seen.setdefault(key, position)
            if row.get("kind") == UnitKind.COMPANY and root:
                plan.target[position] = root
            elif code:
                plan.target[position] = units.get(code) if key in units.strong else None
            elif key in units.ambiguous:
                plan.problem(position, Problem("ambiguous", "name", name))
            else:
                plan.target[position] = units.get(name)

    def check(self, plan, position, values):
        top = values.get("kind") == UnitKind.COMPANY
        if top and values.get("parent") is not None:
            text = plan.text(position, "parent")
            plan.problem(position, Problem("rule", "parent", text, {"reason": NO_PARENT}))

    def parent_map(self):
        return dict(Unit.objects.values_list("pk", "parent"))

    def extra_names(self):
        return ("name_zh", "name_en")

    def complete(self, plan, position, values, wanted, current):
        if current is not None:
            return
        name = values.get("name") or ""
        wanted.setdefault("code", (values.get("code") or name or wanted.get("name_en"))[:40])
        wanted.setdefault("kind", UnitKind.DEPARTMENT)
        wanted.setdefault("path", "")
        if wanted["kind"] != UnitKind.COMPANY and not wanted.get("parent_id"):
            wanted["parent_id"] = self.root

    def values(self, plan, position, values):
        wanted = super().values(plan, position, values)
        bilingual(values, wanted, values.get("name"))
        return wanted

    @property
    def root(self):
        return Unit.objects.filter(kind=UnitKind.COMPANY).values_list("pk", flat=True).first()

    def label_of(self, plan, outcome):
        return next((name for name in self.names(plan, outcome.position)[::-1] if name), "")

    def after_chunk(self, plan, outcomes):
        rebuild_paths()

    @classmethod
    def after_undo(cls, context):
        rebuild_paths()


NO_PARENT = gettext_noop("The company itself belongs to nothing.")


def rebuild_paths() -> None:
    """Path and division of every unit from its parents; writes only what differs."""
    rows = {unit.pk: unit for unit in Unit.objects.all()}
    known: dict[int, tuple] = {}

    def place(pk: int, seen: frozenset) -> tuple:
        if pk not in known:
            unit = rows[pk]
            above = ("/", None)
            if unit.parent_id and unit.parent_id not in seen:
                above = place(unit.parent_id, seen | {pk})
            own = unit.kind in (UnitKind.COMPANY, UnitKind.DIVISION)
            known[pk] = (f"{above[0]}{pk}/", pk if own else above[1])
        return known[pk]

    changed = []
    for pk, unit in rows.items():
        path, division = place(pk, frozenset({pk}))
        if (unit.path, unit.division_id) != (path, division):
            changed.append((pk, {"path": path, "division_id": division}))
    bulk.update(Unit, changed)


class UserImporter(Importer):
    """Colleagues (用户). New ones get no password: they ask for one by e-mail or log in by OIDC."""

    kind = "users"
    label = _("People")
    model = User
    right = Right.MANAGE_PEOPLE
    parent_field = "superior"
    parent_attr = "superior_id"
    fields = (
        Field("username", _("User name"), attr="username", key=True, limit=150),
        Field("employee_no", _("Employee number"), attr="employee_no", key=True, limit=40),
        Field("name", _("Name"), limit=80),
        Field("name_zh", _("Chinese name"), attr="name_zh", limit=80),
        Field("name_en", _("English name"), attr="name_en", limit=80),
        Field("email", _("E-mail"), "email", attr="email", limit=254),
        Field("phone", _("Phone"), "phone", attr="phone", limit=40),
        Field("unit", _("Department"), "lookup", attr="unit_id", lookup="unit"),
        Field("post", _("Post"), "lookup", attr="post_id", lookup="post"),
        Field("superior", _("Superior"), "self", attr="superior_id"),
        Field("language", _("Language"), "lookup", attr="language", lookup="language"),
        Field("is_active", _("Active"), "bool", attr="is_active"),
        Field("created_at", _("Created on"), "datetime", attr="created_at"),
    )

    lookup_unit = staticmethod(unit_lookup)
    lookup_post = staticmethod(post_lookup)
    lookup_self = staticmethod(user_lookup)

    @staticmethod
    def lookup_language() -> Lookup:
        lookup = Lookup("unknown_choice")
        lookup.add("zh-hans", "中文", "Chinese", "简体中文", "zh", strong=["zh-hans"])
        lookup.add("en", "英文", "English", "英语", strong=["en"])
        return lookup

    def keys_in_file(self, plan):
        keys: dict[str, int] = {}
        for codes in (("username", "employee_no", "email"), ("name", "name_zh", "name_en")):
            for position in range(plan.count):
                for code in codes:
                    if text := plan.text(position, code):
                        keys.setdefault(fold(text), position)
        return keys

    def match(self, plan):
        users = self.extra_lookup("self")
        self._stronger = self._not_mine()
        seen: dict[str, int] = {}
        for position in range(plan.count):
            row = plan.row(position)
            name = row.get("name") or row.get("name_zh") or row.get("name_en")
            keys = [fold(row[c]) for c in ("username", "employee_no", "email") if row.get(c)]
            if not keys and not name:
                plan.problem(position, Problem("required", "name"))
                continue
            if not keys:
                keys = [fold(name)]
            self._seen(plan, position, keys, seen)
            found = {users.ids[key] for key in keys if key in users.ids}
            if any(key in users.ambiguous and key not in users.strong for key in keys):
                plan.problem(position, Problem("ambiguous", "name", name or ""))
            elif len(found) > 1:
                plan.problem(position, Problem("keys_disagree"))
            elif found:
                plan.target[position] = found.pop()

    @staticmethod
    def _seen(plan, position, keys, seen):
        for key in keys:
            if key in seen and seen[key] != position:
                line = plan.lines[seen[key]]
                plan.problem(position, Problem("duplicate_key", params={"line": line}))
                return
            seen[key] = position

    def _not_mine(self) -> set[int]:
        """People with more rights than the person who imports."""
        if self.user.is_superuser:
            return set()
        posts = {p.pk: set(p.rights) for p in Post.objects.all()}
        mine = set(self.user.rights)
        self._posts_above = {pk for pk, rights in posts.items() if not rights <= mine}
        stronger = User.objects.filter(is_superuser=True) | User.objects.filter(
            post__in=self._posts_above
        )
        return set(stronger.values_list("pk", flat=True))

    def check(self, plan, position, values):
        if plan.target[position] in self._stronger:
            plan.problem(position, Problem("not_yours"))
        if not self.user.is_superuser and values.get("post") in self._posts_above:
            plan.problem(position, Problem("no_right", "post", plan.text(position, "post")))

    def parent_map(self):
        return dict(User.objects.values_list("pk", "superior"))

    def extra_names(self):
        return ("name_zh", "name_en", "username", "name_index")

    def values(self, plan, position, values):
        wanted = super().values(plan, position, values)
        bilingual(values, wanted, values.get("name"))
        return wanted

    def complete(self, plan, position, values, wanted, current):
        names = {**(current or {}), **wanted}
        if current is None:
            wanted["password"] = make_password(None)
            wanted.setdefault("username", self._username(values, names))
            wanted.setdefault("date_joined", wanted.get("created_at", self.now))
            names["username"] = wanted["username"]
        if current is None or {"name_zh", "name_en"} & set(wanted):
            wanted["name_index"] = search_index(names.get("name_zh", ""), names.get("name_en", ""))[
                :240
            ]

    def _username(self, values, names) -> str:
        """From the e-mail address, the employee number or the name; made unique."""
        if not hasattr(self, "_taken"):
            self._taken = set(User.objects.values_list("username", flat=True))
        mail = (values.get("email") or "").split("@")[0]
        name = names.get("name_en") or names.get("name_zh") or ""
        plain = re.sub(r"[^\w.]+", ".", unicodedata.normalize("NFKC", name).strip().casefold())
        base = (mail or values.get("employee_no") or plain.strip("."))[:140]
        username, again = base, 2
        while username in self._taken:
            username, again = f"{base}{again}", again + 1
        self._taken.add(username)
        return username

    def label_of(self, plan, outcome):
        codes = ("name_zh", "name", "name_en", "username", "employee_no")
        return next((t for code in codes if (t := plan.text(outcome.position, code))), "")
