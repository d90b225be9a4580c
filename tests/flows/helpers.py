"""A cast, its flows, and short words for what people do."""

from pathlib import Path

from core.subjects import subject_of_kind
from flows import services
from flows.cache import flow_of
from flows.models import FlowRun, FlowTemplate, ItemState, StepState, WorkItem, WorkItemCandidate
from flows.selectors import inbox
from flows.services.templates import loaded_from_library
from teams.models import User
from tests import factories as make
from tests.flows import cases

FOLDER = Path(__file__).parent / "definitions"
POSTS = {
    "marketing_promotion": ["mia", "max"],
    "leaders": ["leo"],
    "finance": ["fin"],
    "division_gm": ["dag"],
    "sales_head": ["sam"],
    "marketing_director": ["dora"],
    "sales_planning": ["pia"],
    "service": ["sue"],
    "technicians": ["tom"],
    "purchasing": ["pat"],
    "om": ["olga"],
    "gm": ["gus"],
}
TRIAL = """
flow: T-{number}
subject: case_visit
zh: 试
en: Trial
cancel: cancelled
steps:
  - step: plan
    zh: 计划
    en: Plan
    who: owner
    status: draft
    then:
      submit: sign
  - step: sign
    kind: approval
    zh: 签
    en: Sign
    who: {who}
    mode: {mode}
    status: applied
    within: 2 days
    then:
      approve: second
      reject: end refused
      return: plan
  - step: second
    kind: approval
    zh: 二签
    en: Second
    who: post leaders
    status: plan_confirmed
    then:
      approve: end archived
      reject: end refused
ends:
  archived:
    zh: 存档
    en: Archived
    status: archived
  refused:
    zh: 拒绝
    en: Refused
    status: refused
  cancelled:
    zh: 取消
    en: Cancelled
    status: cancelled
"""
THREE = "[post gm, post finance, post leaders]"


def build_cast():
    """anna looks after the account; boss stands above everybody; root administers."""
    boss = make.make_user("boss")
    make.make_administrator("root")
    make.make_user("anna", superior=boss)
    make.make_user("zoe")
    for code, people in POSTS.items():
        post = make.make_post(code)
        for name in people:
            make.make_user(name, post=post, superior=boss)
    load(*(path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.yaml"))))


def load(*texts):
    """Make flows active together, as the library does."""
    templates = []
    for text in texts:
        code = text.split("flow: ", 1)[1].split("\n", 1)[0].strip()
        found = FlowTemplate.objects.filter(code=code).first()
        if found:
            services.save_draft(template=found, definition=text, actor=None)
        templates.append(found or services.create_template(definition=text, actor=None))
    loaded_from_library(templates)
    return templates


def trial_text(mode="any", number="1", who=THREE):
    return TRIAL.format(mode=mode, number=number, who=who)


def trial(mode="any", number="1", who=THREE):
    """A visit that was handed in to the signers."""
    load(trial_text(mode, number, who))
    return do(begin(case(cases.Visit), f"T-{number}"), "anna submit")


def u(name):
    return User.objects.get(username=name)


def case(model, account=None, **facts):
    account = account or make.make_account(manager=u("anna"))
    return model.objects.create(kind=model.KIND, account=account, owner=u("anna"), facts=facts)


def begin(subject, code, who="anna"):
    return services.start(subject=subject, template_code=code, actor=u(who))


def item(run, who):
    """What somebody has in hand of a run, from the inbox or the board."""
    found = [one for one in inbox(u(who)) if one.run_id == run.pk]
    found = found or list(WorkItem.objects.filter(run=run, assignee=u(who), state="open"))
    assert found, f"{who} has nothing; at {at(run)}"
    return found[0]


def do(run, *moves):
    """moves: "anna submit", "mia reject: reason"."""
    for move in moves:
        head, _, why = move.partition(":")
        who, outcome = head.split()
        services.complete(item=item(run, who), outcome=outcome, actor=u(who), opinion=why.strip())
    return check(run)


def at(run):
    return sorted(run.steps.filter(state="open").values_list("step", flat=True))


def path(run):
    return list(run.steps.order_by("pk").values_list("step", flat=True))


def subject(run):
    return subject_of_kind(run.subject_type).get(run.subject_id)


def check(run):
    """What holds after every action: status equals step, items on open steps only, an ended run
    holds nothing open, the trail replays."""
    run = FlowRun.objects.select_related("version").get(pk=run.pk)
    flow = flow_of(run.version)
    if run.steers:
        assert subject(run).status == run.status
    if run.state != "open":
        assert not run.steps.filter(state=StepState.OPEN).exists()
        assert not run.items.unfinished().exists()
        assert run.status == flow.ends[run.end].status
    else:
        _check_open(run, flow)
    for visit in run.steps.filter(state=StepState.DONE).select_related("version"):
        _check_visit(run, visit, flow_of(visit.version))
    assert not run.items.unfinished().exclude(step_run__state="open").exists()
    candidates = WorkItemCandidate.objects.filter(item__run=run)
    assert not candidates.exclude(item__state=ItemState.OPEN).exists()
    return run


def _check_open(run, flow):
    lines = run.steps.filter(state=StepState.OPEN)
    main = lines.get(branch="")
    if flow.steps[main.step].status:
        assert run.status == flow.steps[main.step].status
    for visit in lines:
        step = flow.steps[visit.step]
        if step.by_person:
            assert visit.items.open().exists(), step.code
        if step.waits:
            assert visit.wake_at, step.code


def _check_visit(run, visit, flow):
    outcome = flow.steps[visit.step].outcomes.get(visit.outcome)
    if outcome and not run.events.filter(verb="change_version").exists():
        back = visit.resume_at
        may = {outcome.target, back, flow.steps[back].block if back else outcome.target}
        assert visit.went in may, (visit.step, visit.outcome, visit.went)
    if visit.went and not visit.went.startswith("end "):
        assert run.steps.filter(pk__gt=visit.pk, step=visit.went).exists()
