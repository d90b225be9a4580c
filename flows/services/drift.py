"""The nightly comparison of step, items and status."""

import datetime

from django.db import transaction
from django.utils import timezone

from flows import drift, notices
from flows.models import FlowRun, RunState
from teams.selectors import administrators

# Ended runs are looked at for some nights, in case a job was missed.
NIGHTS = 3
NAMED = 20


@transaction.atomic
def check_drift(*, now=None) -> dict:
    """Tell administrators once a day of runs that no longer hold together. Repairs none of them:
    what went wrong is for people to see. The result is kept with the job's run."""
    now = now or timezone.now()
    found = list(drift.find(since=now - datetime.timedelta(days=NIGHTS)))
    runs = dict.fromkeys(one.run_id for one in found)
    if found:
        notices.drifted(found, administrators(), day=timezone.localdate(now))
    return {
        "checked": FlowRun.objects.filter(state=RunState.OPEN).count(),
        "drifted": len(runs),
        "found": [f"{one.run_id}: {drift.WORDS[one.code][1]}" for one in found[:NAMED]],
    }
