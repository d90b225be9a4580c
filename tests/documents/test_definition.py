"""Reading forms: what is understood, and what is said about the rest."""

from pathlib import Path

import pytest
from django.utils import translation

from documents import wording
from documents.answers import AnswerError, clean, completeness, missing, score, shown_fields, typed
from documents.definition import InvalidDefinition, definition_of, mapping_of, read, text_of
from tests.documents.conftest import FORM

SHIPPED = sorted((Path(__file__).resolve().parents[2] / "documents/library/forms").glob("*.yaml"))


def form(**fields):
    """A form of one section with the given field."""
    field = {"field": "one", "kind": "text", "zh": "一", "en": "One"} | fields
    section = {"section": "s", "en": "S", "fields": [field]}
    return text_of({"document": "f", "en": "F", "sections": [section]})


def problems_of(text):
    return {(found.place[-1:] or ("",))[0]: found.code for found in read(text)[1]}


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_shipped_form_reads_and_has_both_languages(path):
    definition = definition_of(path.read_text(encoding="utf-8"))
    assert definition.code == path.stem
    named = [definition, *definition.sections, *definition.fields]
    named += [o for f in definition.fields for o in f.options]
    named += [c for f in definition.fields for c in f.columns]
    assert all(words.zh and words.en for words in named)
    assert definition.conditions is not None


def test_the_customer_form_has_its_blocks():
    definition = definition_of(
        next(p for p in SHIPPED if p.stem == "customer_basic_information").read_text("utf-8")
    )
    assert [section.code for section in definition.sections] == [
        "basic",
        "people",
        "business",
        "decision",
        "source",
        "need",
        "attachments",
    ]


@pytest.mark.parametrize(
    "fields, key, code",
    [
        ({"kind": "wish"}, "kind", "one_of"),
        ({"kind": "choice"}, "options", "few_options"),
        ({"kind": "table"}, "columns", "no_columns"),
        ({"kind": "reference"}, "refers", "one_of"),
        ({"weight": "3"}, "weight", "weight"),
        ({"field": "Big Name"}, "field", "code"),
        ({"required": "perhaps"}, "required", "yes_no"),
        ({"colour": "red"}, "colour", "unknown_key"),
        ({"kind": "number", "min": "9", "max": "1"}, "max", "bounds"),
        ({"show": "two = 1"}, "show", "expression"),
        ({"show": "one = 'x'"}, "show", "circle"),
        ({"zh": "", "en": ""}, "zh", "unnamed"),
        ({"kind": "file", "reportable": "yes"}, "reportable", "reportable"),
    ],
)
def test_a_problem_is_named_at_its_place_in_both_languages(fields, key, code):
    found = read(form(**fields))[1]
    assert (key, code) in {(one.place[-1], one.code) for one in found}
    for language in ("en", "zh-hans"):
        with translation.override(language):
            assert all(wording.problem(one) for one in found)


@pytest.mark.parametrize("text", ["", "a: [", "- 1", "x" * 10, "&a [*a]", "a: b\n" * 90_000])
def test_what_is_no_form_is_refused_without_a_crash(text):
    assert read(text)[1]
    with pytest.raises(InvalidDefinition):
        definition_of(text)


def test_words_stay_words():
    mapping = mapping_of("document: no\nzh: 2026-01-01\nversion: 1_0")
    assert mapping == {"document": "no", "zh": "2026-01-01", "version": "1_0"}


def test_a_condition_hides_what_it_hides_for_good():
    definition = definition_of(FORM)
    codes = [f.code for f in shown_fields(definition, {"nature": "state"})]
    assert "which" not in codes
    assert "which" in [f.code for f in shown_fields(definition, {"nature": "other"})]
    assert {one.field.code for one in missing(definition, {"nature": "other"})} == {"name", "which"}
    lacking = {"name": "x", "nature": "state", "proof": {"yes": True, "evidence": ""}}
    assert [one.code for one in missing(definition, lacking)] == ["evidence"]
    lacking = {"name": "x", "nature": "state", "people": [{"age": "3"}]}
    assert [(one.line, one.column.code) for one in missing(definition, lacking)] == [(1, "who")]


def test_completeness_counts_what_is_asked_for():
    definition = definition_of(FORM)
    assert completeness(definition, {}) == 0
    assert completeness(definition, {"name": "x", "nature": "state", "which": "ignored"}) == 16
    assert completeness(definition, {"nature": "other", "which": "y", "name": "x"}) == 23


def test_the_score_weighs_what_is_answered():
    definition = definition_of(FORM)
    assert score(definition, {}) is None
    assert score(definition, {"nature": "other"}) == 100
    assert str(score(definition, {"nature": "state"})) == "25.0"
    assert str(score(definition, {"nature": "other", "fit": 1})) == "66.7"
    assert str(score(definition, {"nature": "state", "fit": 5})) == "50.0"


@pytest.mark.parametrize(
    "code, raw, wanted",
    [
        ("name", "  a\0b ", "ab"),
        ("name", "", None),
        ("staff", "1,200", "1200"),
        ("worth", "12.5", {"amount": "12.50", "currency": ""}),
        ("met", "2026-02-03", "2026-02-03"),
        ("wants", ["b", "a"], ["a", "b"]),
        ("fit", "4", 4),
        ("proof", {"yes": "no", "evidence": ""}, {"yes": False, "evidence": ""}),
        ("who", "17", {"id": 17}),
        ("people", [{"who": "林", "age": ""}, {"who": " "}], [{"who": "林"}]),
    ],
)
def test_an_answer_is_kept_in_one_plain_form(code, raw, wanted):
    assert clean(definition_of(FORM).by_code[code], raw) == wanted


@pytest.mark.parametrize(
    "code, raw",
    [
        ("name", "x" * 501),
        ("name", {"a": 1}),
        ("staff", "many"),
        ("staff", "-1"),
        ("staff", "1e400"),
        ("staff", "NaN"),
        ("worth", "1.234"),
        ("met", "2026-13-01"),
        ("met", []),
        ("nature", "tree"),
        ("nature", ["state"]),
        ("wants", ["z"]),
        ("fit", "6"),
        ("fit", "2.5"),
        ("proof", "maybe"),
        ("who", "../1"),
        ("people", "x"),
        ("people", [{"other": 1}]),
        ("people", [{"age": "old"}]),
        ("papers", ["x" * 99]),
    ],
)
def test_a_wrong_answer_is_refused_in_words(code, raw):
    if raw == []:
        return
    with pytest.raises(AnswerError) as refused:
        clean(definition_of(FORM).by_code[code], raw)
    with translation.override("zh-hans"):
        assert wording.refusal(refused.value)


def test_reportable_answers_become_typed_rows():
    fields = definition_of(FORM).by_code
    assert typed(fields["wants"], ["a", "b"]) == [{"choice": "a"}, {"choice": "b"}]
    assert typed(fields["who"], {"id": 3}) == [{"refers": "contact", "reference_id": 3}]
    assert typed(fields["proof"], {"yes": None, "evidence": "x"}) == []
