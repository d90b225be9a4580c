"""Workers are killed (-9) while a real survey writes to its contacts and colleagues are reminded
of real visits; the large version with
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
N, VISITS = 80, 80


def test_no_letter_and_no_reminder_is_lost_or_sent_twice(tmp_path):
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
        [*command, "--visits", str(VISITS), "--sink", str(tmp_path / "sink")],
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
    assert told["letters"] == told["letters_distinct"] == N, told
    assert told["reminders"] == told["reminders_distinct"] == VISITS, told
    assert told["most"] == 1, "a message left twice"
    unknown = told["states"].get("unknown", 0)
    assert unknown <= told["kills"], told
    assert told["states"].get("sent", 0) + unknown == N + VISITS, told
    assert told["keys"] + unknown >= N + VISITS, told
