"""Every run of a job of the timetable leaves a JobRun: when, how it ended, what it returned."""

from celery.signals import task_failure, task_prerun, task_success
from django.utils import timezone

from core.models import JobRun, JobState
from kam.timetable import TIMETABLE

JOBS = {job.task: job for job in TIMETABLE}
_running: dict[str, JobRun] = {}


@task_prerun.connect
def begun(task_id=None, task=None, **_):
    if job := JOBS.get(task.name):
        _running[task_id] = JobRun.objects.create(
            code=job.code, state=JobState.RUNNING, started_at=timezone.now()
        )


@task_success.connect
def succeeded(sender=None, result=None, **_):
    run = _running.pop(sender.request.id, None)
    if run is None:
        return
    told = result if isinstance(result, dict) else {} if result is None else {"result": result}
    _finish(run, JobState.DONE, result=told)
    if JOBS[sender.name].looks:  # it runs every minute: the last good run is enough
        JobRun.objects.filter(code=run.code, state=JobState.DONE, pk__lt=run.pk).delete()


@task_failure.connect
def failed(task_id=None, exception=None, **_):
    run = _running.pop(task_id, None)
    if run is not None:
        _finish(run, JobState.FAILED, error=repr(exception))


def _finish(run: JobRun, state: str, **values) -> None:
    values |= {"state": state, "finished_at": timezone.now()}
    for name, value in values.items():
        setattr(run, name, value)
    run.save(update_fields=list(values))
