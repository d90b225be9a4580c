"""Collecting, merging and compiling translations without a gettext binary.

Source strings are English. `locale/<language>/LC_MESSAGES/django.po` is the committed catalogue;
files in `locale/<language>/parts/` are drafts that win over it and are folded in by `messages`.
"""

import ast
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import import_module
from io import BytesIO
from pathlib import Path

import django as django_package
import unfold
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation import trans_real
from django.utils.translation.template import templatize

LANGUAGE = "zh_Hans"
APPS = (
    "kam",
    "core",
    "teams",
    "notifications",
    "accounts",
    "documents",
    "flows",
    "planning",
    "opportunities",
    "engagement",
    "kpi",
)
# How many texts each function takes, counted from its first argument.
KEYWORDS = {
    "_": 1,
    "gettext": 1,
    "gettext_lazy": 1,
    "gettext_noop": 1,
    "ngettext": 2,
    "ngettext_lazy": 2,
    "pgettext": 2,
    "pgettext_lazy": 2,
    "npgettext": 3,
    "npgettext_lazy": 3,
}
HEADER = """\
# Simplified Chinese. Collected by `manage.py messages`; edit the msgstr lines only.
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Language: zh_Hans\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"

"""
PLACE = re.compile(r"%\((\w+)\)[#0\- +]?[\d.]*[a-zA-Z]|%[sdif]|\{(\w*)(?:[!:][^{}]*)?\}")
# A call of gettext in what templatize() leaves of a template; the rest of it is X's.
CALL = re.compile(
    r"""\b(?:_|n?gettext|n?pgettext)\("""
    r"""(?:[^()"']|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')*\)"""
)
# Parts of the admin theme for packages that are not installed here.
THEME_EXTRAS = {
    "constance",
    "crispy",
    "guardian",
    "import_export",
    "location_field",
    "simple_history",
}

# Packages with a Chinese catalogue that is not complete.
LACKING = ("django_celery_beat",)

Key = tuple[str, str]  # context, msgid


@dataclass
class Found:
    """One string of the source: where it stands, its plural, whether % places are Python's."""

    plural: str = ""
    files: set[str] = field(default_factory=set)


@dataclass
class Findings:
    """What a translator has to mend."""

    missing: list[str] = field(default_factory=list)
    fuzzy: list[str] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)
    misplaced: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.missing or self.fuzzy or self.unused or self.misplaced)


def locale_dir() -> Path:
    return Path(settings.LOCALE_PATHS[0])


def po_path(language: str = LANGUAGE) -> Path:
    return locale_dir() / language / "LC_MESSAGES" / "django.po"


# ---------- the source ----------


def _python_strings(source: bytes) -> Iterator[tuple[str, str, str]]:
    """(context, msgid, plural) of every call of KEYWORDS in Python source."""
    tree = ast.parse(source)
    renamed = _aliases(tree)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        function = renamed.get(name, name)
        if function not in KEYWORDS:
            continue
        texts = [_text_of(argument) for argument in node.args[: KEYWORDS[function]]]
        if len(texts) < KEYWORDS[function] or not all(texts):
            continue  # a variable: its string is marked where it is written
        context = texts.pop(0) if "pgettext" in function else ""
        yield context, texts[0], texts[1] if len(texts) > 1 else ""


def _text_of(argument: ast.expr) -> str | None:
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        return argument.value
    return None


def _aliases(tree: ast.Module) -> dict[str, str]:
    """What a module calls the gettext functions: {its name: the function}."""
    return {
        alias.asname: alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for alias in node.names
        if alias.asname and alias.name in KEYWORDS
    }


def _template_strings(text: str) -> Iterator[tuple[str, str, str]]:
    """The same for a Django template, by way of Django's own translation into code."""
    code = templatize(text)
    calls = CALL.findall(code)
    for call in calls:
        node = ast.parse(call.replace("(u'", "('").strip(), mode="eval").body
        values = [a.value for a in node.args if isinstance(a, ast.Constant)]
        texts = [v for v in values if isinstance(v, str)]
        name = node.func.id
        context = texts.pop(0) if name in ("pgettext", "npgettext") else ""
        if texts:
            yield context, texts[0], texts[1] if len(texts) > 1 else ""


def _files(root: Path, patterns: tuple[str, ...]) -> Iterator[Path]:
    for pattern in patterns:
        for path in sorted(root.rglob(pattern)):
            if "migrations" not in path.parts and not THEME_EXTRAS & set(path.parts):
                yield path


def _collect(found: dict[Key, Found], root: Path, label: str) -> None:
    for path in _files(root, ("*.py", "*.html", "*.txt")):
        if path.suffix == ".py":
            strings = _python_strings(path.read_bytes())
        else:
            strings = _template_strings(path.read_text(encoding="utf-8"))
        for context, msgid, plural in strings:
            entry = found.setdefault((context, msgid), Found())
            entry.plural = entry.plural or plural
            entry.files.add(f"{label}/{path.relative_to(root).as_posix()}")


def collect() -> dict[Key, Found]:
    """Every translatable string of the product, and of the admin theme, which ships no Chinese."""
    found: dict[Key, Found] = {}
    base = Path(settings.BASE_DIR)
    for app in APPS:
        _collect(found, base / app, app)
    _collect(found, base / "templates", "templates")
    theme: dict[Key, Found] = {}
    _collect(theme, Path(unfold.__file__).parent, "unfold")
    django = _django_knows()
    for key, entry in theme.items():
        if key not in django:
            found.setdefault(key, entry)
    for package in LACKING:
        for key in _untranslated(package):
            found.setdefault(key, Found(files={package}))
    return found


def _untranslated(package: str) -> Iterator[Key]:
    """What a package's own Chinese catalogue leaves out or guesses."""
    root = Path(import_module(package).__file__).parent
    for key, message in _entries(root / "locale" / LANGUAGE / "LC_MESSAGES" / "django.po"):
        if message.fuzzy or not _singular(message.string):
            yield key


def _django_knows() -> set[Key]:
    """What Django's own catalogues say in Chinese already."""
    root = Path(django_package.__file__).parent
    catalogues = [root / "conf", *(root / "contrib" / app for app in ("admin", "auth"))]
    known: set[Key] = set()
    for folder in catalogues:
        path = folder / "locale" / LANGUAGE / "LC_MESSAGES" / "django.po"
        known |= {key for key, message in _entries(path) if _singular(message.string)}
    return known


# ---------- the catalogue ----------


def _read(path: Path) -> Catalog:
    with path.open("rb") as stream:
        return read_po(stream, locale=LANGUAGE, ignore_obsolete=True)


def _entries(path: Path) -> Iterator[tuple[Key, Message]]:
    for message in _read(path):
        if message.id:
            msgid = message.id[0] if isinstance(message.id, tuple) else message.id
            yield (message.context or "", msgid), message


def _singular(string) -> str:
    return (string[0] if isinstance(string, (tuple, list)) else string) or ""


def translations() -> dict[Key, Message]:
    """What is translated so far: the catalogue, then the parts in the order of their names."""
    known: dict[Key, Message] = {}
    for path in [po_path(), *drafts()]:
        if not path.exists():
            continue
        for key, message in _entries(path):
            if _singular(message.string) or key not in known:
                known[key] = message
    return known


def merge() -> Findings:
    """Write the catalogue anew: what the source says, with every translation there is."""
    found, known, catalog = collect(), translations(), Catalog(locale=LANGUAGE)
    for (context, msgid), entry in sorted(found.items(), key=lambda item: item[0][::-1]):
        message = known.get((context, msgid))
        text = _singular(message.string) if message else ""
        catalog.add(
            (msgid, entry.plural) if entry.plural else msgid,
            (text,) if entry.plural else text,
            locations=[(name, None) for name in sorted(entry.files)],
            context=context or None,
            flags=["fuzzy"] if message and message.fuzzy else [],
        )
    body = BytesIO()
    write_po(body, catalog, width=100, omit_header=True, include_lineno=False, sort_output=True)
    path = po_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(HEADER.encode() + body.getvalue())
    return check()


def drafts() -> list[Path]:
    """The parts, in the order in which later ones win."""
    return sorted((locale_dir() / LANGUAGE / "parts").glob("*.po"))


def fold() -> list[str]:
    """Remove the drafts once the catalogue holds them. Returns what it does not hold, because the
    source does not have the string (any more, or yet)."""
    have, dropped = {key for key, _message in _entries(po_path())}, []
    for path in drafts():
        for key, message in _entries(path):
            if key not in have:
                dropped.append(f"{path.name}: {key[1]} -> {_singular(message.string)}")
        path.unlink()
    return dropped


def places(text: str) -> list[str]:
    """The placeholders of a string, in a comparable order."""
    return sorted(m.group(0) for m in PLACE.finditer(text.replace("%%", "")))


def check() -> Findings:
    """Compare the committed catalogue with the source."""
    found, findings = collect(), Findings()
    have = dict(_entries(po_path())) if po_path().exists() else {}
    for key, entry in sorted(found.items()):
        message = have.get(key)
        label = f"{key[0]}|{key[1]}" if key[0] else key[1]
        text = _singular(message.string) if message else ""
        if not text:
            findings.missing.append(label)
            continue
        if message.fuzzy:
            findings.fuzzy.append(label)
        if not _same_places(entry, key[1], text):
            findings.misplaced.append(f"{label} -> {text}")
    findings.unused = sorted(key[1] for key in have if key not in found)
    return findings


def _same_places(entry: Found, msgid: str, text: str) -> bool:
    """Chinese has one plural form; it must fill the places of the plural, or of both."""
    mine = places(text)
    return mine in (places(msgid), places(entry.plural or msgid))


# ---------- compiled ----------


def compile_messages() -> list[Path]:
    """Make .mo files of the .po files that are newer; the set-up and the tests call this."""
    made = []
    for po in sorted(locale_dir().glob("*/LC_MESSAGES/*.po")):
        mo = po.with_suffix(".mo")
        if mo.exists() and mo.stat().st_mtime_ns > po.stat().st_mtime_ns:
            continue
        spare = mo.with_suffix(f".{os.getpid()}.mo")  # several test workers may start at once
        with spare.open("wb") as stream:
            write_mo(stream, _read(po))
        spare.replace(mo)
        made.append(mo)
    if made:  # a process that already translated has the old catalogue in memory
        trans_real._translations.clear()
        trans_real._default = None
    return made
