"""Random valid flows under random actions: no dead end, no double step, status equals step, and
the trail replays (checked by helpers.check after every action)."""

import pytest
import yaml
from django.core.exceptions import PermissionDenied
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.exceptions import DomainError
from flows import services
from flows.cache import flow_of
from flows.models import FlowRun
from teams.models import User
from tests.conftest import rolled_back
from tests.flows import cases
from tests.flows.helpers import begin, case, check, load, u

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cast")]
STATUSES = ["draft", "plan_submitted", "plan_confirmed", "applied", "funded", "visited"]
PEOPLE = ["post gm", "post finance", "post leaders", "post marketing_promotion", "owner"]
PEOPLE += ["originator", "superior of owner", "same as s0"]
NAMES = ["anna", "gus", "fin", "leo", "mia", "max", "zoe", "boss", "root"]


@st.composite
def definitions(draw):
    """A main line of steps of all modes, perhaps with a block of two branches in it."""
    count = draw(st.integers(2, 4))
    block_at = draw(st.integers(1, count)) if draw(st.booleans()) else 0
    codes = [f"s{number}" for number in range(count)]
    steps = []
    for number, code in enumerate(codes):
        after = codes[number + 1] if number + 1 < count else "end archived"
        target = "fork" if block_at == number + 1 else after
        steps.append(draw(one_step(code, STATUSES[number], target, codes[: number + 1])))
        if block_at == number + 1:
            steps.append(draw(fork(after, codes[: number + 1])))
    ends = {code: {"zh": code, "en": code, "status": code} for code in ("archived", "refused")}
    ends["cancelled"] = {"zh": "x", "en": "x", "status": "cancelled"}
    flow = {"flow": "P-1", "subject": "case_visit", "zh": "乱", "en": "Random"}
    flow |= {"cancel": "cancelled", "steps": steps, "ends": ends}
    return yaml.safe_dump(flow, allow_unicode=True, sort_keys=False)


@st.composite
def one_step(draw, code, status, target, earlier):
    who = draw(st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=3, unique=True))
    if code == "s0":
        who = ["owner"]
    step = {"step": code, "zh": code, "en": code, "who": who}
    step["kind"] = "task" if code == "s0" else draw(st.sampled_from(["task", "approval"]))
    step["mode"] = draw(st.sampled_from(["any", "all", "in_order", f"1 of {len(who)}"]))
    then = {"approve": target, "return": draw(st.sampled_from(earlier)), "reject": "end refused"}
    if status:
        step["status"] = status
    return step | {"then": then}


@st.composite
def fork(draw, after, earlier):
    """Two branches; each step may end its branch or leave the block."""
    branches = {}
    for name in ("left", "right"):
        first = draw(one_step(f"{name}1", "", f"{name}2", earlier))
        second = draw(one_step(f"{name}2", "", "end branch", [f"{name}1"]))
        branches[name] = {"zh": name, "en": name, "steps": [first, second]}
    step = {"step": "fork", "kind": "parallel", "zh": "并行", "en": "Fork"}
    return step | {"status": "recorded", "branches": branches, "then": {"done": after}}


ACTIONS = ["complete"] * 8 + ["delegate", "sign", "return", "withdraw", "take_back", "claim"]


def act(draw, run):
    """One random action of somebody who may, or a refusal."""
    items = list(run.items.open().order_by("pk"))
    one = draw(st.sampled_from(items))
    holder = one.assignee or draw(st.sampled_from(_candidates(one)))
    what, other = draw(st.sampled_from(ACTIONS)), u(draw(st.sampled_from(NAMES)))
    flow = flow_of(run.version)
    if what == "complete":
        outcome = draw(st.sampled_from(list(flow.steps[one.step_run.step].outcomes)))
        services.complete(item=one, outcome=outcome, actor=holder, opinion="x")
    elif what == "delegate":
        services.delegate(item=one, to=other, actor=holder)
    elif what == "sign":
        where = draw(st.sampled_from(["before", "after"]))
        services.add_signer(item=one, signer=other, where=where, actor=holder)
    elif what == "return":
        step, resume = draw(st.sampled_from(list(flow.steps))), draw(st.booleans())
        services.return_to(item=one, step=step, actor=holder, opinion="x", resume=resume)
    elif what == "withdraw":
        services.withdraw(run=run, actor=u("anna"))
    elif what == "claim":
        services.claim(item=one, actor=holder)
    else:
        last = run.items.filter(state="done").order_by("-done_at", "-pk").first()
        if last:
            services.take_back(item=last, actor=last.done_by)


def _candidates(item):
    posts = item.candidates.values("pool__post")
    groups = item.candidates.values("pool")
    people = User.objects.filter(post__in=posts) | User.objects.filter(groups_of__in=groups)
    return list(people.distinct().order_by("pk"))


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(text=definitions(), data=st.data())
def test_random_flows_never_get_stuck(text, data):
    with rolled_back():
        load(text)
        run = begin(case(cases.Visit), "P-1")
        for _step in range(25):
            run = check(FlowRun.objects.get(pk=run.pk))
            if run.state != "open":
                return
            try:
                with transaction.atomic():
                    act(data.draw, run)
            except (DomainError, PermissionDenied):
                check(run)
