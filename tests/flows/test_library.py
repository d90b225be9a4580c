"""Every shipped flow is sound, is what the catalogue says, and reads in both languages."""

from pathlib import Path

import pytest
from django.conf import settings
from django.utils.module_loading import import_string

from core import library
from core.library import read_yaml
from documents import definition as forms
from flows import checking
from flows.definition import CARD_KEYS, read
from kam.demo import source
from tests.flows.expected import EXPECTED

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "flows/library/flows").glob("*.yaml"))
FORMS = {
    path.stem: forms.definition_of(path.read_text(encoding="utf-8"))
    for path in sorted((ROOT / "documents/library/forms").glob("*.yaml"))
}
POSTS = [row["code"] for row in read_yaml((ROOT / "teams/library/posts.yaml").read_text())["posts"]]
FLOWS = [read(path.read_text(encoding="utf-8")) for path in FILES]
# The adapters of the product, not those of the tests beside this one.
ADAPTERS = {cls.kind: cls() for cls in map(import_string, settings.KAM_SUBJECTS)}
NAMED = {f"F-{number:02}" for number in range(1, 31)}
# Something else than flows, see architecture.md, section 2.
NOT_FLOWS = {f"F-{number:02}" for number in (10, 15, 19, 20, 22, 24, 25, 28, 30)}
every_flow = pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.code)
every_form = pytest.mark.parametrize("form", FORMS.values(), ids=lambda form: form.code)


def house_of(flow) -> checking.House:
    """What the flow may refer to on a system where nobody changed anything."""
    adapter = ADAPTERS.get(flow.subject)
    if adapter is None:
        pytest.skip(f"no adapter for {flow.subject} yet")
    return checking.House(
        subjects=frozenset(ADAPTERS),
        statuses=tuple(adapter.statuses),
        names={field.name: field.kind for field in adapter.fields},
        roles=frozenset(adapter.roles),
        gates=frozenset(adapter.gates),
        actions=frozenset(adapter.actions),
        posts=dict.fromkeys(POSTS, 1),
        documents=frozenset(FORMS),
        flows={other.code: frozenset(other.ends) for other in FLOWS},
    )


def test_the_named_flows_are_there():
    assert [flow.code for flow in FLOWS] == list(EXPECTED)
    assert {flow.code[:4] for flow in FLOWS} == NAMED - NOT_FLOWS


@every_flow
def test_a_flow_could_be_made_active_as_it_is(flow):
    assert checking.check(flow, house_of(flow)) == []


@every_flow
def test_a_flow_is_what_the_catalogue_says(flow):
    expected = EXPECTED[flow.code]
    assert [step.name.zh for step in flow.steps.values()] == expected.names
    assert {step.name.zh for step in flow.steps.values() if step.proposed} == expected.proposed
    assert sorted(end.name.zh for end in flow.ends.values()) == sorted(expected.ends)


@every_flow
def test_a_flow_has_its_card_and_reads_in_both_languages(flow):
    assert set(flow.card) == set(CARD_KEYS)
    words = [flow.name, *flow.card.values(), *(end.name for end in flow.ends.values())]
    for step in flow.steps.values():
        words += [step.name, *(branch.name for branch in step.branches)]
        words += [outcome.name for outcome in step.outcomes.values() if step.by_person]
        words += [step.help] if step.help.zh else []
    assert all(pair.zh and pair.en for pair in words)
    assert flow.source


@every_flow
def test_every_step_of_a_person_that_has_a_catalogue_limit_has_one(flow):
    for step in flow.steps.values():
        if step.kind == "approval":
            assert step.within, step.code


def test_the_limits_of_registration_are_those_of_the_catalogue():
    registration = FLOWS[0]
    limits = [registration.steps[code].within for code in ("fill", "review", "build_file")]
    assert limits == ["2 days", "2 days", "1 day"]


def test_a_visit_is_recorded_within_three_working_days():
    for flow in FLOWS:
        if flow.code.startswith("F-02"):
            assert flow.steps["record"].within == "3 days"


@every_flow
def test_what_a_gate_asks_for_can_be_filled_on_the_step_or_before(flow):
    """Nobody is stopped by a form that no step of the flow offers."""
    offered = {code for step in flow.steps.values() for code in step.fills}
    for step in flow.steps.values():
        for outcome in step.outcomes.values():
            asked = {g.removeprefix("document ") for g in outcome.needs if g.startswith("document")}
            assert asked <= offered, step.code


@every_flow
def test_the_demo_company_has_somebody_on_every_post_it_names(flow):
    held = {person.post for person in source.people() if person.active}
    rules = [rule for step in flow.steps.values() for rule in (*step.who, *step.copy)]
    assert {rule[5:] for rule in rules if rule.startswith("post ")} <= held


@every_form
def test_a_form_reads_in_both_languages(form):
    parts = [form, *form.sections, *form.fields, *form.signatures]
    parts += [option for field in form.fields for option in field.options]
    parts += [column for field in form.fields for column in field.columns]
    parts += [part for part in (form.help, form.text) if part.zh or part.en]
    assert all(part.zh and part.en for part in parts)


@every_form
def test_a_form_is_shipped_soundly(form):
    assert form.rows and (ROOT / f"documents/library/forms/{form.code}.yaml").exists()
    assert form.conditions is not None
    adapter = ADAPTERS.get(form.subject)
    known = {field.name for field in adapter.fields} if adapter else set()
    assert {field.source for field in form.fields if field.source} <= known
    if form.is_scored and form.kind == "assessment":
        assert sum(field.weight for field in form.fields) == 100


def test_numbers_of_forms_are_told_apart():
    prefixes = [form.prefix for form in FORMS.values() if form.prefix]
    assert len(set(prefixes)) == len(prefixes)


@pytest.mark.django_db
def test_the_library_loads_every_form():
    library.load()
    shelf = next(shelf for shelf in library.shelves() if shelf.name == "form")
    held = set(shelf.model.objects.values_list("code", flat=True))
    assert held == set(FORMS)
    assert not library.load().changed
