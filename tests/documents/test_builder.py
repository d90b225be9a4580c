"""The form builder: a form is made, mended and put to use without writing a definition."""

import pytest
from django.urls import reverse

from documents import building
from documents.definition import definition_of, mapping_of
from documents.models import DocumentTemplate, VersionState
from tests import factories as make
from tests.documents.conftest import FORM, make_template

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(as_user, english):
    make.make_currency()
    return as_user(make.make_administrator("builder"))


def build_url(template):
    return reverse("admin:documents_documenttemplate_build", args=[template.pk])


def press(browser, template, do, **data):
    draft = template.versions.filter(state=VersionState.DRAFT).first()
    known = {"draft": draft.pk, "version": draft.version} if draft else {}
    sent = {"do": do, "open": 0, **known, **data}
    return browser.post(build_url(template), sent)


def mapping(template):
    return mapping_of(template.versions.first().definition)


def test_an_administrator_builds_a_form_from_nothing(browser):
    answer = browser.post(
        reverse("admin:documents_documenttemplate_add"),
        {"code": "visit", "name_zh": "拜访表", "name_en": "Visit", "kind": "form"},
    )
    template = DocumentTemplate.objects.get(code="visit")
    assert answer.url == build_url(template)
    page = press(browser, template, "activate")
    assert template.active_version() is None
    page = browser.get(build_url(template)).content.decode()
    assert "Add at least one field." in page
    press(browser, template, "section.add", zh="拜访表", en="Visit")
    press(browser, template, "field.add.0", **{"s0-zh": "一", "s0-en": "One"})
    page = browser.get(build_url(template)).content.decode()
    assert "Give a Chinese or an English name." in page
    field = {"s0f0-zh": "结果", "s0f0-en": "Result", "s0f0-kind": "choice", "s0f0-required": "on"}
    press(browser, template, "save", **field)
    assert "Give at least two choices." in browser.get(build_url(template)).content.decode()
    choices = {
        "s0f0-options0-zh": "好",
        "s0f0-options0-en": "Good",
        "s0f0-options1-en": "Bad",
        "s0f0-options1-zh": "差",
    }
    press(browser, template, "field.add.0", **field, **choices)
    second = {
        "s0f1-zh": "原因",
        "s0f1-en": "Why",
        "s0f1-kind": "long_text",
        "s0f1-if": "field_1",
        "s0f1-sign": "=",
        "s0f1-value": "Bad",
    }
    answer = press(browser, template, "activate", **second)
    assert answer.url == reverse("admin:documents_documenttemplate_change", args=[template.pk])
    form = definition_of(template.active_version().definition)
    assert [field.code for field in form.fields] == ["field_1", "field_2"]
    assert form.by_code["field_2"].show == "field_1 = 'option_2'"
    assert form.by_code["field_1"].required and len(form.by_code["field_1"].options) == 2
    template.refresh_from_db()
    assert template.name_en == "Visit" and template.definition == form_text(template)


def form_text(template):
    return template.active_version().definition


def test_fields_move_and_go_and_nothing_else_is_lost(browser):
    template = make_template()
    before = mapping_of(FORM)["sections"][0]["fields"]
    press(browser, template, "field.down.0.0")
    press(browser, template, "field.remove.0.2")
    after = mapping(template)["sections"][0]["fields"]
    assert [f["field"] for f in after[:3]] == ["staff", "name", "which"]
    kept = {f["field"]: f for f in before}
    assert all(kept[f["field"]] == f for f in after)
    page = browser.get(build_url(template)).content.decode()
    assert "There is no “nature” here." in page
    assert template.active_version().definition == FORM


def test_the_preview_follows_and_keeps_nothing(browser):
    template = make_template()
    url = reverse("admin:documents_documenttemplate_preview", args=[template.pk])
    page = browser.post(url, {"s0f0-kind": "text", "s0f0-en": "A new label", "s0f0-zh": ""})
    assert "A new label" in page.content.decode()
    assert template.versions.count() == 1


def test_who_is_second_loses_nothing_in_silence(browser):
    template = make_template()
    press(browser, template, "save", en="First")
    draft = template.versions.get(state=VersionState.DRAFT)
    sent = {"do": "save", "draft": draft.pk, "version": draft.version - 1, "en": "Second"}
    browser.post(build_url(template), sent)
    assert mapping(template)["en"] == "First"


def test_only_who_manages_settings_builds(as_user, cast):
    template = cast.template
    assert as_user(cast.seller).get(build_url(template)).status_code in (302, 403)


@pytest.mark.parametrize(
    "data",
    [
        {"s0f0-kind": "nonsense", "s0f99-zh": "x"},
        {"do": "field.remove.9.9"},
        {"do": "field.up.x"},
        {"do": "section.remove.77"},
        {"open": "abc", "version": "-1"},
        {"s0f0-kind": "text", "s0f0-zh": "{% include %}", "s0f0-en": "</textarea><script>"},
    ],
)
def test_odd_input_breaks_nothing(browser, data):
    template = make_template()
    assert press(browser, template, data.pop("do", "save"), **data).status_code == 302
    page = browser.get(build_url(template))
    assert page.status_code == 200 and "<script>" not in page.content.decode().split("<form")[2]


def test_a_condition_that_says_more_is_kept_as_it_was_written():
    assert building.condition_of("a = 'x' and b > 3") is None
    assert building.condition_of("met > date '2026-01-02'") == {
        "name": "met",
        "sign": ">",
        "value": "2026-01-02",
    }


def test_columns_of_a_table_have_choices(browser):
    template = make_template()
    fields = mapping_of(FORM)["sections"][0]["fields"]
    at = [f["field"] for f in fields].index("people")
    columns = f"s0f{at}-columns2-"
    press(
        browser,
        template,
        "save",
        **{
            f"s0f{at}-kind": "table",
            f"{columns}zh": "态度",
            f"{columns}en": "Attitude",
            f"{columns}kind": "choice",
            f"{columns}choices": "支持 / For, 反对 / Against",
        },
    )
    column = mapping(template)["sections"][0]["fields"][at]["columns"][2]
    assert column["column"] == "column_1"
    assert [o["en"] for o in column["options"]] == ["For", "Against"]
