"""The builder of flows: put together, mended and put to use without writing a definition."""

from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings
from django.http import QueryDict
from django.urls import reverse

from documents.models import DocumentTemplate
from flows.admin_choices import Choices
from flows.building import limit_parts, places, read_posted, text_of
from flows.definition import load_words, read
from flows.models import FlowTemplate
from tests.flows.helpers import begin, case, cases, do, trial_text, u

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cast")]
LIBRARY = sorted((Path(settings.BASE_DIR) / "flows/library/flows").glob("*.yaml"))


@pytest.fixture
def root(client):
    client.force_login(u("root"))
    client.cookies["kam_language"] = "en"
    return client


class Inputs(HTMLParser):
    """What a browser would send of the builder's form, in order."""

    def __init__(self, page):
        super().__init__()
        self.sent, self.inside, self.select, self.area = [], False, None, None
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "form":
            self.inside = "data-build" in given
        if not self.inside:
            return
        if tag == "input" and "name" in given:
            ticked = given.get("type") != "checkbox" or "checked" in given
            if ticked:
                self.sent.append((given["name"], given.get("value", "on")))
        elif tag == "select":
            self.select = [given["name"], None]
        elif tag == "option" and self.select and (self.select[1] is None or "selected" in given):
            self.select[1] = given.get("value")
            self.unsaid = "value" not in given
        elif tag == "textarea":
            self.area = [given["name"], ""]

    def handle_data(self, data):
        if self.area:
            self.area[1] += data
        if self.select and self.select[1] is None and getattr(self, "unsaid", False):
            self.select[1], self.unsaid = data, False

    def handle_endtag(self, tag):
        if tag == "form":
            self.inside = False
        if tag == "select" and self.select:
            self.sent.append(tuple(self.select))
            self.select = None
        if tag == "textarea" and self.area:
            self.sent.append(tuple(self.area))
            self.area = None

    def posted(self):
        query = QueryDict(mutable=True)
        for name, value in self.sent:
            query.appendlist(name, value or "")
        return query

    def data(self, **changed):
        found = {}
        for name, value in self.sent:
            found.setdefault(name, []).append(value or "")
        return found | changed


def build_url(template):
    return reverse("admin:flows_flowtemplate_build", args=[template.pk])


def shown(root, template, step=""):
    """The inputs of the page with a step open."""
    page = root.get(build_url(template), {"step": step})
    assert page.status_code == 200
    return Inputs(page.content.decode())


def press(root, template, do, step="", **changed):
    """Open a step, change inputs, press a button; the page that answers."""
    data = shown(root, template, step).data(do=do, **changed)
    answer = root.post(build_url(template), data)
    template.refresh_from_db()
    return answer


def flow_of(template):
    return read(template.definition)


@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: path.stem)
def test_a_shipped_flow_comes_out_of_the_builder_as_it_went_in(root, path):
    """Step by step as the page shows it, with nothing changed but the way it is written."""
    text = path.read_text()
    code = load_words(text)["flow"]
    template = FlowTemplate.objects.filter(code=code).first()
    if template is None:
        template = FlowTemplate.objects.create(code=code, definition=text, subject_type="account")
    FlowTemplate.objects.filter(pk=template.pk).update(definition=text)
    template.refresh_from_db()
    before, mapping = read(text), load_words(text)
    assert read(text_of(mapping)).says_the_same(before)
    for place in places(mapping):
        inputs = shown(root, template, place.row["step"])
        assert ("s-zh", place.row["zh"]) in inputs.sent
        posted = read_posted(mapping, inputs.posted(), Choices(mapping).known)
        assert read(text_of(posted)).says_the_same(before)
    assert root.post(build_url(template), inputs.data(do="save")).status_code == 302
    template.refresh_from_db()
    assert template.definition == text


ADD = "admin:flows_flowtemplate_add"
NEW = {"code": "N-1", "name_zh": "新流程", "name_en": "A new flow", "subject_type": "case_visit"}
NEW |= {"versions-TOTAL_FORMS": 0, "versions-INITIAL_FORMS": 0}


@pytest.fixture
def new(root):
    answer = root.post(reverse(ADD), NEW)
    template = FlowTemplate.objects.get(code="N-1")
    assert answer.url == build_url(template)
    return template


@pytest.fixture
def trial(root):
    """A flow that owner, gus and leo walk."""
    data = {"definition": trial_text(number="B"), "activate": "on"}
    root.post(reverse(ADD), data | {"versions-TOTAL_FORMS": 0, "versions-INITIAL_FORMS": 0})
    return FlowTemplate.objects.get(code="T-B")


def name(root, template, step, zh, en, **more):
    return press(root, template, "save", step=step, **{"s-zh": zh, "s-en": en}, **more)


def test_three_steps_with_a_parallel_approval_without_a_definition(root, new):
    page = root.get(build_url(new)).content.decode()
    assert "The flow has no step." in page
    press(root, new, "step.add")
    name(root, new, "step_1", "填写", "Fill in")
    press(root, new, "step.add", step="step_1")
    name(root, new, "step_2", "会审", "Review", **{"s-kind": "parallel"})
    press(root, new, "step.add", step="step_2")
    name(root, new, "step_5", "存档", "Archive")
    inner = [place.row["step"] for place in places(load_words(new.definition)) if place.block]
    for step, post in zip(inner, ("post gm", "post finance"), strict=True):
        name(root, new, step, "同意吗", "Agree?", **{"who0-rule": post})
    assert press(root, new, "activate").url.endswith(f"/{new.pk}/change/")
    flow = flow_of(new)
    assert [s.kind for s in flow.steps.values() if not s.block] == ["task", "parallel", "task"]
    run = do(begin(case(cases.Visit), "N-1"), "anna done", "gus approve", "fin approve")
    assert run.state == "open"
    assert do(run, "anna done").state == "done"
    refused = do(begin(case(cases.Visit), "N-1"), "anna done", "fin reject: 太贵")
    assert (refused.state, refused.end) == ("done", "rejected")


def test_who_adds_moves_and_removes_need_not_join_the_ways_again(root, trial):
    press(root, trial, "step.add", step="plan")
    flow = flow_of(trial)
    assert [*flow.steps] == ["plan", "step_1", "sign", "second"]
    assert flow.steps["plan"].outcomes["submit"].to == "step_1"
    assert flow.steps["step_1"].outcomes["done"].to == "sign"
    press(root, trial, "step.down.sign")
    flow = flow_of(trial)
    assert [*flow.steps] == ["plan", "step_1", "second", "sign"]
    assert flow.steps["step_1"].outcomes["done"].to == "second"
    assert flow.steps["second"].outcomes["approve"].to == "sign"
    assert flow.steps["sign"].outcomes["approve"].end == "archived"
    assert flow.steps["sign"].outcomes["return"].to == "plan"
    press(root, trial, "step.remove.second")
    assert flow_of(trial).steps["step_1"].outcomes["done"].to == "sign"
    press(root, trial, "step.up.plan")
    assert [*flow_of(trial).steps] == ["plan", "step_1", "sign"]


def test_every_part_of_a_step_is_set_with_pickers(root, trial):
    DocumentTemplate.objects.create(code="plan_sheet", name_zh="计划", definition="{}")
    press(
        root,
        trial,
        "save",
        step="sign",
        **{
            "who0-rule": "post gm",
            "who1-rule": "user",
            "who1-user": "leo",
            "who2-rule": "",
            "s-mode": "n_of_m",
            "s-need": "2",
            "s-within-number": "3",
            "s-within-unit": "calendar day",
            "s-green-number": "1",
            "s-green-unit": "hour",
            "s-milestone": ["contacted", "proposed"],
            "fills0": "plan_sheet",
            "out0-need0": "document plan_sheet",
            "out1-reason": "on",
            "out3-code": "new",
            "out3-zh": "延期",
            "out3-en": "Later",
            "out3-to": "plan",
            "copy0-rule": "originator",
            "s-skip": "on",
            "s-proposed": "on",
            "s-help_en": "Mind the budget",
        },
    )
    step = flow_of(trial).steps["sign"]
    assert (step.who, step.mode, step.need) == (("post gm", "user leo"), "n_of_m", 2)
    assert (step.within, step.green) == ("3 calendar days", "1 hour")
    assert step.milestones == ("contacted", "proposed") and step.fills == ("plan_sheet",)
    assert step.outcomes["approve"].needs == ("document plan_sheet",)
    assert step.outcomes["reject"].reason and not step.outcomes["return"].reason
    assert step.outcomes["answer_1"].name.en == "Later" and step.copy == ("originator",)
    assert step.skip and step.proposed and step.help.en == "Mind the budget"
    press(root, trial, "answer.up.1", step="sign")
    assert flow_of(trial).steps["sign"].positive == "reject"


def test_a_decision_is_made_of_a_field_a_comparison_and_a_value(root, trial):
    press(root, trial, "step.add", step="plan", **{"s-zh": "计划", "s-en": "Plan"})
    press(root, trial, "save", step="step_1", **{"s-kind": "decision", "s-zh": "问", "s-en": "Ask"})
    case_of = {
        "case0-name": "amount",
        "case0-sign": ">",
        "case0-value": "500",
        "case0-to": "second",
    }
    press(root, trial, "save", step="step_1", **case_of)
    step = flow_of(trial).steps["step_1"]
    assert step.conditions == ("amount > 500",) and step.outcomes["case1"].to == "second"
    assert step.outcomes["else"].to == "sign"
    press(root, trial, "save", step="step_1", **{"case0-text": "amount >> 3", "case0-name": ""})
    page = root.get(build_url(trial), {"step": "step_1"}).content.decode()
    assert "The condition cannot be read" in page


def test_what_is_wrong_is_said_beside_its_step_and_keeps_it_from_being_used(root, trial):
    press(root, trial, "save", step="second", **{"who0-rule": ""})
    page = root.get(build_url(trial), {"step": "second"}).content.decode()
    beside = page.split('data-wrong="second">')[1].split("</div>")[0]
    assert "Nobody is named who could do it." in beside
    assert press(root, trial, "activate").url.endswith("#build")
    assert trial.versions.count() == 1


def test_what_cannot_be_read_is_refused_and_stays_on_the_page(root, trial):
    before = trial.definition
    entered = {"s-within-number": "many", "s-zh": "留下"}
    answer = press(root, trial, "save", step="sign", **entered)
    page = answer.content.decode()
    assert answer.status_code == 422 and trial.definition == before
    assert 'value="many"' in page and "留下" in page
    assert "many days" in page.split('data-wrong="sign">')[1].split("</div>")[0]


def test_who_is_second_sees_both_and_loses_nothing(root, trial):
    stale = shown(root, trial, "sign")
    press(root, trial, "save", step="sign", **{"s-en": "First come"})
    answer = root.post(build_url(trial), stale.data(do="save", **{"s-en": "Second come"}))
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "First come" in page and 'value="Second come"' in page
    trial.refresh_from_db()
    assert flow_of(trial).steps["sign"].name.en == "First come"
    root.post(build_url(trial), Inputs(page).data(do="save"))
    trial.refresh_from_db()
    assert flow_of(trial).steps["sign"].name.en == "Second come"


def test_a_step_removed_meanwhile_is_kept_when_it_was_being_edited(root, trial):
    stale = shown(root, trial, "second")
    press(root, trial, "step.remove.second")
    answer = root.post(build_url(trial), stale.data(do="save", **{"s-en": "Still here"}))
    assert answer.status_code == 409 and "Still here" in answer.content.decode()


def test_the_preview_follows_and_keeps_nothing(root, trial):
    data = shown(root, trial, "sign").data(**{"s-en": "Seen at once", "who0-rule": "post nobody"})
    url = reverse("admin:flows_flowtemplate_preview", args=[trial.pk])
    page = root.post(url, data).content.decode()
    assert "Seen at once" in page and "<svg" in page
    assert "There is no post “nobody”." in page.split('data-told="sign">')[1]
    trial.refresh_from_db()
    assert flow_of(trial).steps["sign"].name.en == "Sign"


def test_a_copy_begins_like_another_flow(root, trial):
    root.post(reverse(ADD), NEW | {"code": "N-2", "like": trial.pk})
    copy = flow_of(FlowTemplate.objects.get(code="N-2"))
    assert [*copy.steps] == ["plan", "sign", "second"]
    assert (copy.name.en, copy.number) == ("A new flow", "N-2")


def test_a_new_flow_needs_a_code_and_names(root):
    page = root.post(reverse(ADD), NEW | {"code": "no code!", "name_en": ""}).content.decode()
    assert "Letters, digits" in page and "Give it, or write" in page
    assert not FlowTemplate.objects.filter(code__startswith="no").exists()


def test_the_page_of_a_flow_says_how_it_is_started(root, trial):
    url = reverse("admin:flows_flowtemplate_change", args=[trial.pk])
    assert "Let it start by itself on" in root.get(url).content.decode()
    FlowTemplate.objects.filter(pk=trial.pk).update(is_active=False)
    assert "switched off" in root.get(url).content.decode()


@pytest.mark.parametrize(
    "data",
    [
        {"do": "step.up.nothing"},
        {"do": "step.add.nothing.at_all"},
        {"do": "branch.remove.plan.x"},
        {"do": "answer.up.x", "step": "sign"},
        {"do": "nonsense"},
        {"version": "-1", "step": "x" * 99},
        {"step": "sign", "s-kind": "nonsense"},
        {"step": "sign", "out0-code": "a b", "out0-to": "{% include %}"},
        {"step": "sign", "s-zh": "</textarea><script>alert(1)</script>"},
    ],
)
def test_odd_input_breaks_nothing(root, trial, data):
    sent = {"version": trial.version, "do": "save", **data}
    assert root.post(build_url(trial), sent).status_code in (302, 409, 422)
    page = root.get(build_url(trial), {"step": "sign"})
    assert page.status_code == 200 and "<script>alert" not in page.content.decode()


def test_the_page_keeps_to_its_budget(root, trial, django_assert_max_num_queries):
    root.get(build_url(trial))
    with django_assert_max_num_queries(20):
        assert root.get(build_url(trial), {"step": "sign"}).status_code == 200


def test_only_who_manages_settings_builds(client, trial):
    client.force_login(u("anna"))
    assert client.get(build_url(trial)).status_code in (302, 403)


@pytest.mark.parametrize("text", ["2 days", "1 hour", "30 calendar days", "15 minutes", "3 weeks"])
def test_a_limit_is_taken_apart_and_put_together(text):
    parts = limit_parts(text)
    plural = "s" if parts["number"] != "1" else ""
    assert f"{parts['number']} {parts['unit']}{plural}" == text
