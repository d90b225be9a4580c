"""Workers are killed (-9) while they send (reliability.md, G1 to G4); the large version with
Celery, brokers and PostgreSQL is benchmarks/reminders.py.

First the usual design, which has to lose some: a test that cannot fail proves nothing.
"""

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
ROOT = settings.BASE_DIR
N = 200


def crash(tmp_path, *flags) -> dict:
    """Run the harness in processes of its own on a database of its own."""
    if connection.vendor != "sqlite":
        pytest.skip("the harness keeps its own database; benchmarks/reminders.py has PostgreSQL")
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
    command = [sys.executable, "-m", "benchmarks.reminders_inside", "crash", "--n", str(N)]
    done = subprocess.run(
        [*command, "--sink", str(tmp_path / "sink"), *flags],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_one_message_to_the_broker_for_each_reminder_loses_some(tmp_path):
    told = crash(tmp_path, "--naive")
    assert told["kills"] and told["flushed"]
    assert told["keys"] < N, f"the naive design lost nothing: {told}"


def test_the_outbox_loses_nothing_and_repeats_only_under_the_same_key(tmp_path):
    told = crash(tmp_path)
    assert told["kills"] >= 3, told
    assert told["in_app"] == told["in_app_distinct"] == N
    assert told["keys"] == N and told["states"] == {"sent": N}
    assert told["sent"] - N <= told["kills"], told


def test_a_strict_kind_repeats_nothing_and_shows_every_doubt(tmp_path):
    told = crash(tmp_path, "--strict")
    assert told["in_app"] == N and told["most"] == 1
    doubt = told["states"].get("unknown", 0)
    assert doubt <= told["kills"] and told["states"]["sent"] + doubt == N
    assert told["states"]["sent"] <= told["sent"] <= N
