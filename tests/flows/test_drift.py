"""What no longer holds together is found and told, and what does is left alone."""

import pytest

from core.models import JobRun
from flows import drift, services
from flows.jobs import check_drift
from flows.models import FlowRun, StepRun, WorkItem
from kam import job_log  # noqa: F401 - keeps the record of the job
from notifications.models import Notification
from tests.flows import cases
from tests.flows.helpers import begin, case, do, subject, trial, u

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cast")]


def found(**more):
    return {(one.run_id, one.code) for one in drift.find(**more)}


def test_runs_that_went_their_way_show_no_drift(acc):
    trial("all")
    do(trial("any", number="2"), "gus approve", "leo approve")
    begin(case(cases.Expense, acc, voucher=1), "F-03B")
    assert found(since="2000-01-01T00:00Z") == set()


def plant_status(run):
    cases.Case.objects.filter(pk=run.subject_id).update(status="funded")


def plant_gone(run):
    cases.Case.objects.filter(pk=run.subject_id).delete()


def plant_step_status(run):
    FlowRun.objects.filter(pk=run.pk).update(status="draft")
    cases.Case.objects.filter(pk=run.subject_id).update(status="draft")


def plant_no_step(run):
    StepRun.objects.filter(run=run, state="open").update(state="done")


def plant_nobody(run):
    run.items.open().update(state="cancelled")


def plant_no_holder(run):
    WorkItem.objects.filter(run=run, state="open").update(assignee=None)


def plant_unknown(run):
    StepRun.objects.filter(run=run, state="open").update(step="gone")


@pytest.mark.parametrize(
    ("plant", "codes"),
    [
        (plant_status, {"status"}),
        (plant_gone, {"no_subject"}),
        (plant_step_status, {"step_status"}),
        (plant_no_step, {"main_line", "stray_items"}),
        (plant_nobody, {"nobody_asked"}),
        (plant_no_holder, {"no_holder"}),
        (plant_unknown, {"unknown_step"}),
    ],
)
def test_planted_drift_is_found(plant, codes):
    trial("any", number="2")
    run = trial("any")
    plant(run)
    assert found() == {(run.pk, code) for code in codes}


def test_an_ended_run_with_something_open_is_found():
    run = do(trial("any"), "gus approve", "leo approve")
    StepRun.objects.filter(run=run, step="second").update(state="open")
    FlowRun.objects.filter(pk=run.pk).update(status="draft")
    assert found(since=run.started_at) == {(run.pk, "ended_open"), (run.pk, "end_status")}
    assert found() == set()


def test_administrators_are_told_once_a_day_and_the_job_keeps_it(client):
    assert services.check_drift()["drifted"] == 0 and not Notification.objects.exists()
    run = trial("any")
    plant_status(run)
    for _again in range(2):
        check_drift.apply()
    told = Notification.objects.filter(kind="flows.drift")
    assert [notice.recipient for notice in told] == [u("root")]
    assert subject(run).status == "funded"  # nothing is repaired behind people's backs
    kept = JobRun.objects.filter(code="flows.check_drift").latest("pk")
    assert kept.state == "done" and kept.result["drifted"] == 1
    assert f"{run.pk}: " in kept.result["found"][0]
    client.force_login(u("root"))
    page = client.get(told[0].url).content.decode()
    assert f"/flows/runs/{run.pk}/" in page
