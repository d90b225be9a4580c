"""The tags, the frame and the components."""

import re
from types import SimpleNamespace

import pytest
from django import forms
from django.http import QueryDict
from django.template import Context, Template, engines
from django.template.loader import get_template, render_to_string
from django.test import RequestFactory
from django.utils import translation

from core import shell
from core.sentence import Option, Sentence, Word, options, said

TIER = SimpleNamespace(mark_zh="核", mark_en="C", rank=1, name="核心")


@pytest.fixture(autouse=True)
def _chinese():
    shell.forget()
    with translation.override("zh-hans"):
        yield
    shell.forget()


def render(source: str, **context) -> str:
    template = engines["django"].from_string(source)
    return template.render({"shell": SimpleNamespace(currency="CNY"), **context})


def request(path="/list/", query="") -> object:
    made = RequestFactory().get(path)
    made.GET = QueryDict(query)
    return made


def test_marks_follow_the_language():
    assert ">核</span>" in render("{% tier t %}", t=TIER)
    assert 'data-z="big"' in render('{% tier t "big" %}', t=TIER)
    assert 'data-t="9"' in render("{% tier t %}", t=None)
    with translation.override("en"):
        assert ">C</span>" in render("{% tier t %}", t=TIER)


def test_a_tier_below_the_fourth_looks_like_the_fourth():
    assert 'data-t="4"' in render("{% tier t %}", t=SimpleNamespace(**{**vars(TIER), "rank": 6}))


def test_text_from_people_is_escaped_in_every_tag():
    bad = '<script>alert("1")</script>'
    tier = SimpleNamespace(mark_zh=bad, mark_en=bad, rank=1, name=bad)
    out = render(
        "{% tier t %}{% status bad 'watch' %}{% face bad %}{% editable bad bad bad bad %}"
        "{% sort_header bad bad %}",
        t=tier,
        bad=bad,
        request=request(),
    )
    assert "<script" not in out


def test_a_status_names_only_known_states():
    assert 'data-s="watch"' in render("{% status 'x' 'watch' %}")
    assert "data-s" not in render("{% status 'x' state %}", state='"><b>')


def test_a_bar_stays_between_nothing_and_its_whole():
    assert 'width="50%"' in render("{% bar 5 whole=10 %}")
    assert 'width="100%"' in render("{% bar 500 %}")
    assert 'width="0%"' in render("{% bar value %}", value=None)
    assert '<rect class="t" x="80%"/>' in render("{% bar 5 target=80 %}")


def test_a_spark_needs_two_months():
    assert render("{% spark v %}", v=[1]) == "–"
    assert render("{% spark v %}", v=None) == "–"
    assert render("{% spark v %}", v=[1, None, 3]).count(",") == 2
    assert "nan" not in render("{% spark v %}", v=[2, 2, 2])


def test_money_takes_the_companys_currency_unless_told():
    assert render("{% money 12345000 %}") == "1,234.5万"
    assert render("{% money 12345000 'USD' %}") == "$1,234.5万"
    assert render("{{ v|money:'USD' }}", v=None) == "–"
    assert render("{% money_hero 12345000 %}") == "1,234.5<small>万</small>"
    assert render("{% money_unit 5 as u %}{{ u.label }} {% money 7 unit=u %}") == "元 7"


def test_a_sorting_head_turns_round_and_drops_the_cursor():
    plain = render("{% sort_header 'won' 'Won' num=True %}", request=request(query="after=x&q=1"))
    assert 'href="?q=1&amp;sort=-won"' in plain
    assert "aria-sort" not in plain
    turned = render("{% sort_header 'won' 'Won' num=True %}", request=request(query="sort=-won"))
    assert 'href="?sort=won"' in turned
    assert 'aria-sort="descending"' in turned
    named = render("{% sort_header 'name' 'Name' %}", request=request(), sort="name")
    assert 'href="?sort=-name"' in named


class Sheet(forms.Form):
    name = forms.CharField(help_text="as on the contract")
    note = forms.CharField(required=False, widget=forms.Textarea)
    kind = forms.ChoiceField(choices=[("a", "A"), ("b", "B")], widget=forms.RadioSelect)
    agreed = forms.BooleanField(required=False)
    version = forms.IntegerField(widget=forms.HiddenInput)


def test_a_field_ties_label_help_and_error_to_its_control():
    out = render("{% fields form %}", form=Sheet({}))
    assert '<label for="id_name">' in out
    assert 'aria-describedby="id_name_wrong id_name_help"' in out
    assert 'id="id_name_wrong"' in out
    assert 'aria-invalid="true"' in out
    assert out.count('type="hidden"') == 1
    assert '<fieldset class="k-picks">' in out
    assert 'class="k-check"' in out


def test_only_what_may_stay_empty_says_so():
    out = render("{% field form.note %}{% field form.name %}", form=Sheet())
    assert out.count("k-3") == 2  # the word "optional", and the help of the other field


def test_a_sentence_puts_words_where_the_language_wants_them():
    tier = Word("tier", "等级", "核心", "many", options([(1, "核心"), (2, "战略")], [1]))
    owner = Word("owner", "客户经理", "我", options=(Option("me", "我", True),))
    sentence = Sentence(
        "等级为 {tier} 的客户，归 {owner}",
        [owner, tier],
        more=[Word("city", "城市"), Word("amount", "金额", "多于 5", "number", low="5")],
        keep={"sort": "-won"},
        said="2 家",
        target="rows",
    )
    out = render_to_string("components/sentence.html", {"sentence": sentence, "request": request()})
    assert out.index('<summary aria-label="等级') < out.index('<summary aria-label="客户经理')
    assert '<input type="hidden" name="sort" value="-won">' in out
    assert re.search(r'type="checkbox" name="tier" value="1" checked', out)
    assert 'name="amount_from" value="5"' in out
    assert 'hx-target="#rows"' in out
    assert [w.name for w in sentence.added] == ["amount"]
    assert [w.name for w in sentence.addable] == ["city"]


def test_many_choices_are_said_as_people_say_them():
    assert said(["核心", "战略", "重要"], "全部", "或") == "核心、战略或重要"
    assert said(["Core", "Strategic"], "any", " or ") == "Core or Strategic"
    assert said([], "any", " or ") == "any"


def test_pages_are_links_that_keep_the_rest_of_the_address():
    page = SimpleNamespace(previous="p1", next="n1")
    out = render_to_string(
        "components/pagination.html",
        {"page": page, "target": "rows"},
        request=request(query="q=1&after=zz"),
    )
    assert 'href="?q=1&amp;before=p1"' in out
    assert 'href="?q=1&amp;after=n1"' in out
    empty = SimpleNamespace(previous="", next="")
    assert not render_to_string("components/pagination.html", {"page": empty}).strip()


def test_history_and_conflicts_show_both_values():
    changes = [
        {"label": "等级", "before": "重要", "after": "核心"},
        {"label": "城市", "before": None, "after": "苏州"},
    ]
    entry = {"who": "沈知远", "when": None, "action": "改了客户", "changes": changes}
    out = render_to_string("components/history.html", {"entries": [entry]})
    assert "<del>重要</del> → <ins>核心</ins>" in out
    assert "<dd><ins>苏州</ins></dd>" in out  # a first value came from nothing
    rows = [{"label": "城市", "theirs": "苏州", "yours": "无锡"}]
    out = render_to_string("components/conflict.html", {"conflicts": rows, "who": "周铭"})
    assert "苏州" in out and "无锡" in out and "周铭" in out


def test_every_template_compiles_and_stays_within_the_csp():
    root = engines["django"].engine.dirs[0]
    for path in sorted(root.rglob("*.html")):
        get_template(path.relative_to(root).as_posix())
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\sstyle=", text), path
        assert not re.search(r"\son(click|load|change|submit)=", text), path
        assert not re.search(r"<script(?![^>]*(src=|type=\"application/json\"|nonce=))", text), path
        assert not re.search(r"(src|href)=\"https?://", text), path
        assert "{#" not in re.sub(r"\{#[^\n]*?#\}", "", text), f"a comment over two lines: {path}"


def test_every_icon_in_use_is_in_the_sprite():
    root = engines["django"].engine.dirs[0]
    listed = set((root.parent / "static" / "icons.txt").read_text().split())
    used = {entry.icon for entry in shell.NAV + shell.CREATE}
    for path in root.rglob("*.html"):
        used |= set(re.findall(r'\{% icon "([\w-]+)"', path.read_text(encoding="utf-8")))
    assert used <= listed, used - listed


class Person:
    is_authenticated = True
    is_staff = False
    name = "沈知远"

    def __init__(self, *rights, staff=False):
        self.rights, self.is_staff = rights, staff

    def has_right(self, right):
        return right in self.rights


def frame(user, view_name="accounts:account_list") -> shell.Shell:
    made = request()
    made.user = user
    made.resolver_match = SimpleNamespace(view_name=view_name)
    return shell.Shell(made)


def test_the_frame_offers_only_what_the_person_may_open(monkeypatch):
    monkeypatch.setattr(shell, "url_of", lambda name: f"/{name}/")
    plain, importer = frame(Person()).before, frame(Person(shell.IMPORT)).before
    assert "core:import_list" not in plain
    assert "core:import_list" in importer
    assert "admin:index" not in importer
    assert "admin:index" in frame(Person(staff=True)).before


def test_the_frame_marks_the_section_by_the_longest_match(monkeypatch):
    monkeypatch.setattr(shell, "url_of", lambda name: f"/{name}/")
    assert frame(Person(), "accounts:contact_detail").section == "contacts"
    assert frame(Person(), "accounts:account_detail").section == "accounts"
    assert frame(Person(), "opportunities:product_list").section == "products"
    assert frame(Person(), "teams:profile").section == ""
    assert frame(Person(), "kpi:dashboard").before.count("aria-current") == 1


def test_a_page_that_does_not_exist_yet_is_left_out():
    assert shell.url_of("nowhere:at_all") == ""


def test_what_scripts_say_cannot_close_their_element():
    assert "撤销" in shell.script_words().values()


def test_partials_inside_a_page_can_be_rendered_alone():
    template = Template(
        "{% load partials %}{% partialdef rows inline %}<p>{{ n }}</p>{% endpartialdef %}"
    )
    assert template.render(Context({"n": 1})) == "<p>1</p>"
