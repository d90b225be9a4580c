"""Running flows moved to a new version together."""

import pytest
from django.core.exceptions import PermissionDenied

from flows import services
from flows.models import FlowTemplate
from tests.flows import cases
from tests.flows.helpers import at, begin, case, check, do, load, trial_text, u
from tests.flows.test_pages import as_, go

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cast")]


@pytest.fixture
def runs():
    """Three at the signing, one at the plan; then the signing gets another code."""
    load(trial_text("any"))
    started = [begin(case(cases.Visit), "T-1") for _one in range(4)]
    for run in started[:3]:
        do(run, "anna submit")
    load(
        trial_text("any")
        .replace("step: sign", "step: vote")
        .replace("submit: sign", "submit: vote")
    )
    begin(case(cases.Visit), "T-1")
    return started


def template():
    return FlowTemplate.objects.get(code="T-1")


def test_the_preview_counts_per_step_and_says_which_are_gone(runs):
    places = {place.step: (place.count, place.stays) for place in services.places_of(template())}
    assert places == {"plan": (1, True), "sign": (3, False)}
    assert list(services.targets_of(template())) == ["plan", "vote", "second"]


def test_runs_go_on_at_the_steps_that_were_chosen(runs, client):
    as_(client, "root")
    assert go("runs_move", "T-1") in client.get(go("template_detail", "T-1")).content.decode()
    page = client.get(go("runs_move", "T-1")).content.decode()
    assert "(3)" in page and "(1)" in page
    done = client.post(go("runs_move", "T-1"), {"to_plan": "", "to_sign": "vote"})
    assert done.status_code == 200
    assert [at(check(run)) for run in runs] == [["vote"]] * 3 + [["plan"]]
    do(runs[0], "gus approve", "leo approve")
    assert services.older_runs(template()).count() == 1
    client.post(go("runs_move", "T-1"), {"to_plan": "plan"})
    assert not services.older_runs(template()).exists()
    assert [event.verb for event in runs[3].events.all()] == ["start", "change_version"]


def test_a_wrong_step_is_refused_and_nobody_else_moves(runs, client):
    as_(client, "root")
    assert client.post(go("runs_move", "T-1"), {"to_sign": "moon"}).status_code == 422
    assert as_(client, "anna").post(go("runs_move", "T-1"), {"to_sign": "vote"}).status_code == 403
    with pytest.raises(PermissionDenied):
        services.move_runs(template=template(), mapping={"sign": "vote"}, actor=u("gus"))
    moved, refused = services.move_runs(template=template(), mapping={"sign": "x"}, actor=u("root"))
    assert moved == [] and [run for run, _why in refused] == runs[:3]
    assert [at(check(run)) for run in runs] == [["sign"]] * 3 + [["plan"]]
