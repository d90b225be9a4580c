"""The timetable, and the jobs without a broker."""

import datetime
from importlib import import_module

import pytest
from celery import current_app, shared_task
from django.apps import apps
from django.core.management import CommandError, call_command
from django.utils import timezone
from django_celery_beat.models import CrontabSchedule, PeriodicTask

from core.models import IdempotencyKey, JobRun, JobState
from kam.ops import job_loop, tidying
from kam.scheduler import CatchUpScheduler
from kam.timetable import TIMETABLE, Job, sync_timetable
from teams.models import User

pytestmark = pytest.mark.django_db
NIGHTLY = Job("kam.clean_up", "kam.jobs.clean_up", "20 3 * * *", "清理", "Tidy")


@shared_task(name="tests.fails")
def fails():
    raise ValueError("no such thing")


@pytest.fixture(autouse=True)
def registered():
    import_module("kam.jobs")
    PeriodicTask.objects.all().delete()


def row(code="kam.clean_up") -> PeriodicTask:
    return PeriodicTask.objects.get(name=code)


def test_every_job_of_the_timetable_exists_and_every_job_is_in_it():
    current_app.loader.import_default_modules()
    jobs = {
        name
        for name, task in current_app.tasks.items()
        if task.__module__.split(".")[1:2] == ["jobs"]
        and task.__module__.split(".")[0] in {config.label for config in apps.get_app_configs()}
    }
    assert {job.task for job in TIMETABLE} == jobs
    assert len({job.code for job in TIMETABLE}) == len(TIMETABLE)


def test_the_timetable_is_written_once(django_assert_num_queries):
    sync_timetable()
    assert PeriodicTask.objects.count() == len(TIMETABLE)
    with django_assert_num_queries(3):  # one read in a savepoint
        sync_timetable()


def test_a_row_that_nobody_touched_follows_a_new_time():
    sync_timetable((NIGHTLY,))
    sync_timetable((Job(NIGHTLY.code, NIGHTLY.task, "every 60 s", "清理", "Tidy"),))
    assert row().interval.every == 60 and row().crontab is None


def test_a_time_that_an_administrator_chose_stays():
    sync_timetable((NIGHTLY,))
    chosen = CrontabSchedule.objects.create(minute="5", hour="6")
    PeriodicTask.objects.filter(name=NIGHTLY.code).update(crontab=chosen, enabled=False)
    sync_timetable((Job(NIGHTLY.code, "kam.jobs.renamed", "every 60 s", "清理", "Tidy"),))
    assert row().crontab == chosen and row().interval is None and not row().enabled
    assert row().task == "kam.jobs.renamed"


def test_a_job_that_is_no_longer_shipped_goes_and_an_own_one_stays():
    sync_timetable((NIGHTLY,))
    own = CrontabSchedule.objects.create(minute="5", hour="6")
    PeriodicTask.objects.create(name="our own", task="kam.jobs.clean_up", crontab=own)
    sync_timetable(())
    assert [task.name for task in PeriodicTask.objects.all()] == ["our own"]


def test_a_job_that_never_ran_runs_and_leaves_a_record():
    sync_timetable((NIGHTLY,))
    assert job_loop.run_pass() == {"kam.clean_up": "done"}
    run = JobRun.objects.get()
    assert (run.code, run.state) == ("kam.clean_up", JobState.DONE)
    assert run.result == {"request_keys": 0, "job_runs": 0, "import_files": 0}
    assert run.started_at <= run.finished_at
    assert row().total_run_count == 1


def test_a_job_runs_again_only_when_its_time_has_come():
    now = timezone.now()
    sync_timetable((NIGHTLY,))
    job_loop.run_pass(now)
    assert job_loop.run_pass(now + datetime.timedelta(seconds=5)) == {}
    PeriodicTask.objects.update(last_run_at=now - datetime.timedelta(days=2))
    assert job_loop.run_pass(now) == {"kam.clean_up": "done"}


def test_a_job_that_looks_for_work_runs_on_every_pass(monkeypatch):
    looks = Job("kam.clean_up", "kam.jobs.clean_up", "every 60 s", "清理", "Tidy", looks=True)
    monkeypatch.setattr(job_loop, "TIMETABLE", (looks,))
    sync_timetable((looks,))
    now = timezone.now()
    for seconds in (0, 5, 10):
        later = now + datetime.timedelta(seconds=seconds)
        assert job_loop.run_pass(later) == {"kam.clean_up": "done"}


def test_of_two_loops_only_one_runs_a_due_job():
    sync_timetable((NIGHTLY,))
    first, second = row(), row()
    assert job_loop.claim(first, timezone.now()) is True
    assert job_loop.claim(second, timezone.now()) is False


def test_a_switched_off_job_rests():
    sync_timetable((NIGHTLY,))
    PeriodicTask.objects.update(enabled=False)
    assert job_loop.run_pass() == {}


def test_a_failure_is_told_and_stops_nothing_else(settings):
    settings.CELERY_TASK_EAGER_PROPAGATES = False
    sync_timetable((NIGHTLY,))
    every_minute = CrontabSchedule.objects.create()
    PeriodicTask.objects.create(name="a bad one", task="tests.fails", crontab=every_minute)
    PeriodicTask.objects.create(name="an old one", task="gone.away", crontab=every_minute)
    told = job_loop.run_pass()
    assert told == {
        "a bad one": "ValueError('no such thing')",
        "an old one": "unknown task gone.away",
        "kam.clean_up": "done",
    }


def test_the_command_fails_where_a_job_failed(capsys):
    every_minute = CrontabSchedule.objects.create()
    PeriodicTask.objects.create(name="a bad one", task="tests.fails", crontab=every_minute)
    with pytest.raises(CommandError, match="1 of the jobs failed"):
        call_command("run_jobs")
    assert "a bad one: ValueError" in capsys.readouterr().out


def test_a_failed_job_is_on_record(monkeypatch):
    monkeypatch.setattr(tidying, "clean_up", fails.run)
    sync_timetable((NIGHTLY,))
    job_loop.run_pass()
    run = JobRun.objects.get()
    assert run.state == JobState.FAILED and run.error == "ValueError('no such thing')"


def test_a_job_missed_at_night_is_due_when_the_machine_comes_back():
    """Jobs of every hour, so that some are far from now whenever the test runs."""
    jobs = [
        Job(f"at {hour}", "kam.jobs.clean_up", f"0 {hour} * * *", "清理", "Tidy")
        for hour in range(24)
    ]
    sync_timetable(tuple(jobs))
    PeriodicTask.objects.update(last_run_at=timezone.now() - datetime.timedelta(days=2))
    clock = CatchUpScheduler(app=current_app, lazy=True)
    entries = [clock.Entry(model, app=current_app) for model in clock.enabled_models()]
    assert len(entries) == 24
    assert all(entry.is_due()[0] for entry in entries)


def test_tidying_takes_what_is_old_and_leaves_what_runs():
    person = User.objects.create(username="li")
    now = timezone.now()
    for key, age in (("old", 25), ("young", 23)):
        IdempotencyKey.objects.create(
            user=person, key=key, fingerprint="x", created_at=now - datetime.timedelta(hours=age)
        )
    long_ago = now - datetime.timedelta(days=91)
    for state in (JobState.DONE, JobState.RUNNING):
        JobRun.objects.create(code=state, state=state, created_at=long_ago)
    assert tidying.clean_up(now) == {"request_keys": 1, "job_runs": 1, "import_files": 0}
    assert [key.key for key in IdempotencyKey.objects.all()] == ["young"]
    assert [run.code for run in JobRun.objects.all()] == ["running"]
