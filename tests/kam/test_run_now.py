"""What the timetable says of each job, and running one out of turn."""

from importlib import import_module

import pytest
from django.urls import reverse
from django_celery_beat.models import PeriodicTask

from core.models import AuditEntry, JobRun, JobState
from kam.ops import job_loop
from kam.timetable import Job, sync_timetable
from tests import factories as make

pytestmark = pytest.mark.django_db
NIGHTLY = Job("kam.clean_up", "kam.jobs.clean_up", "20 3 * * *", "清理", "Tidy")
LIST = reverse("admin:django_celery_beat_periodictask_changelist")


@pytest.fixture
def row():
    import_module("kam.jobs")
    sync_timetable((NIGHTLY,))
    job_loop.run_pass()
    return PeriodicTask.objects.get(name=NIGHTLY.code)


def run(client, row):
    return client.post(LIST, {"action": "run_selected", "_selected_action": [row.pk]})


def test_the_timetable_shows_how_the_last_run_ended(client, row):
    client.force_login(make.make_administrator("root", language="en"))
    assert "request_keys: 0" in client.get(LIST).content.decode()
    JobRun.objects.create(code=row.name, state=JobState.FAILED, error="ValueError('no disk')")
    assert "no disk" in client.get(LIST).content.decode()


def test_an_administrator_runs_a_job_now(client, row, settings):
    settings.BROKER_URL = ""
    client.force_login(make.make_administrator("root"))
    assert run(client, row).status_code == 302
    assert AuditEntry.objects.get(action="periodictask.run").target_id == row.pk
    assert job_loop.run_pass() == {"kam.clean_up": "done"}
    assert JobRun.objects.count() == 2


def test_with_a_broker_a_worker_is_told(
    client, row, settings, monkeypatch, django_capture_on_commit_callbacks
):
    told = []
    settings.BROKER_URL = "redis://nowhere/0"
    monkeypatch.setattr("kam.run_now.current_app.send_task", told.append)
    client.force_login(make.make_administrator("root"))
    with django_capture_on_commit_callbacks(execute=True):
        run(client, row)
    assert told == ["kam.jobs.clean_up"]


def test_who_only_manages_people_runs_no_job(client, row):
    post = make.make_post("people", rights=["manage_people"])
    client.force_login(make.make_user("clerk", post=post, is_staff=True))
    assert client.get(LIST).status_code == 200
    run(client, row)
    assert not AuditEntry.objects.filter(action="periodictask.run").exists()
