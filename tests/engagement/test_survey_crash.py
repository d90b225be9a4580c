"""Workers are killed (-9) while a real survey writes to its contacts; the large version with
Celery, brokers and PostgreSQL is benchmarks/engagement_reminders.py. That a usual design loses
some in the same harness is shown in tests/notifications/test_crash.py."""

import json
import os
import shutil
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import connection

from tests.database import snapshot_path

pytestmark = pytest.mark.django_db
N = 120


def test_no_letter_of_a_survey_is_lost_or_sent_twice(tmp_path):
    if connection.vendor != "sqlite":
        pytest.skip("the harness keeps its own database; the large version has PostgreSQL")
    database = tmp_path / "kam.sqlite3"
    if snapshot_path().exists():
        shutil.copy(snapshot_path(), database)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("KAM_")}
    environment |= {
        "DJANGO_SETTINGS_MODULE": "tests.notifications.crash_settings",
        "KAM_DATA_DIR": str(tmp_path),
        "KAM_DATABASE_URL": f"sqlite:///{database}",
        "KAM_SECRET_KEY": "only-for-tests-only-for-tests-only-for-tests-0123456789",
        "KAM_LOG_LEVEL": "ERROR",
    }
    command = [sys.executable, "-m", "benchmarks.engagement_inside", "crash", "--n", str(N)]
    done = subprocess.run(
        [*command, "--sink", str(tmp_path / "sink")],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["kills"] >= 3, told
    assert told["in_app"] == told["in_app_distinct"] == N, told
    assert told["most"] == 1, "a letter left twice"
    unknown = told["states"].get("unknown", 0)
    assert unknown <= told["kills"] and told["states"].get("sent", 0) + unknown == N, told
    assert told["visits"] == told["visits_due"], "visits remind once each"
