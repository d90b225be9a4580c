"""Both languages are complete."""

import re

import pytest

from kam import i18n

CJK = re.compile(r"[\u3400-\u9fff\u3001-\u303f\uff00-\uffef]")
# What Chinese writes the same way: names of formats, codes and products, bare punctuation.
SAME = {"API", "CSV", "Excel", "PDF", "OIDC", "ID", "URL", "UTF-8", "GB18030", "UTF-16", "English"}
BARE = re.compile(r"^(%\(\w+\)[sd]|\{\w*\}|%[sd]|[\W\d_])*$")


@pytest.fixture(scope="module")
def entries():
    return dict(i18n._entries(i18n.po_path()))


@pytest.fixture(scope="module")
def findings():
    return i18n.check()


def test_every_string_is_translated(findings):
    assert findings.missing == []


def test_no_translation_is_a_guess(findings):
    assert findings.fuzzy == []


def test_no_translation_is_left_over(findings):
    assert findings.unused == []


def test_placeholders_match(findings):
    assert findings.misplaced == []


def test_chinese_is_chinese(entries):
    latin = [
        f"{key[1]} -> {text}"
        for key, message in entries.items()
        if (text := i18n._singular(message.string))
        and not CJK.search(text)
        and text not in SAME
        and not BARE.match(text)
    ]
    assert latin == []


def test_drafts_are_folded_in(entries):
    """A part that says something else than the catalogue was never merged."""
    for path in sorted((i18n.locale_dir() / i18n.LANGUAGE / "parts").glob("*.po")):
        for key, message in i18n._entries(path):
            if key in entries and i18n._singular(message.string):
                assert i18n._singular(entries[key].string), f"{path.name}: {key[1]}"


def test_a_wrong_placeholder_is_noticed():
    found = i18n.Found()
    assert i18n._same_places(found, "%(n)s of {total}", "{total} 中的 %(n)s")
    assert not i18n._same_places(found, "%(n)s accounts", "%(m)s 家客户")
    assert not i18n._same_places(found, "{n} accounts", "几家客户")


def test_strings_of_python_and_templates_are_both_found():
    python = list(i18n._python_strings(b'_("One")\nngettext("a", "b", n)\npgettext("c", "d")'))
    assert python == [("", "One", ""), ("", "a", "b"), ("c", "d", "")]
    renamed = b'from django.utils.translation import gettext as now\nnow("Four")'
    assert list(i18n._python_strings(renamed)) == [("", "Four", "")]
    template = (
        '{% translate "Two" %}{% translate "T" context "x" %}{% tag _("Three") %}'
        "{% blocktranslate count n=1 %}{{ n }} row{% plural %}{{ n }} rows{% endblocktranslate %}"
    )
    assert set(i18n._template_strings(template)) == {
        ("", "Two", ""),
        ("x", "T", ""),
        ("", "Three", ""),
        ("", "%(n)s row", "%(n)s rows"),
    }


def test_compiling_writes_what_the_catalogue_says(tmp_path, settings):
    folder = tmp_path / "zh_Hans" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.po").write_text(
        i18n.HEADER + 'msgid "Account"\nmsgstr "客户"\n', encoding="utf-8"
    )
    settings.LOCALE_PATHS = [tmp_path]
    made = i18n.compile_messages()
    assert [p.name for p in made] == ["django.mo"]
    assert "客户".encode() in made[0].read_bytes()
    assert i18n.compile_messages() == []


def test_folding_removes_the_drafts_and_says_what_no_source_has(tmp_path, settings):
    for folder in ("LC_MESSAGES", "parts"):
        (tmp_path / i18n.LANGUAGE / folder).mkdir(parents=True)
    settings.LOCALE_PATHS = [tmp_path]
    i18n.po_path().write_text(i18n.HEADER + 'msgid "Account"\nmsgstr ""\n', encoding="utf-8")
    draft = tmp_path / i18n.LANGUAGE / "parts" / "new.po"
    draft.write_text(
        i18n.HEADER + 'msgid "Account"\nmsgstr "客户"\n\nmsgid "Nowhere"\nmsgstr "无处"\n',
        encoding="utf-8",
    )
    assert i18n._singular(i18n.translations()["", "Account"].string) == "客户"
    assert i18n.fold() == ["new.po: Nowhere -> 无处"]
    assert not draft.exists()
