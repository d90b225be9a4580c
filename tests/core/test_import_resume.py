"""A batch is worked off once, whoever dies in between."""

import os
import random
import signal
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from accounts.models import Account
from core.importing import engine, services, write
from core.models import AuditEntry, ImportBatch, ImportRow
from opportunities.models import Opportunity
from tests.core.import_cast import build_cast, done, load, upload

ROWS = 60
TITLES = ["名称", "客户", "金额", "状态", "签约日期"]  # no number: nothing tells twins apart


def rows():
    return [[f"商机 {n}", "KA-0032", str(n), "won", "2017-03-01"] for n in range(ROWS)]


@pytest.fixture
def cast(db, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return build_cast()


@pytest.fixture
def small_chunks(monkeypatch):
    for importer in engine.importers().values():
        monkeypatch.setattr(importer, "chunk_size", 7)


class Killed(BaseException):
    """What no handler catches, like a kill."""


def dies_after(monkeypatch, chunks):
    """The worker dies in the middle of a chunk: rows written, transaction not committed."""
    real, seen = write._mark_lines, []

    def mark(*args):
        real(*args)
        seen.append(1)
        if len(seen) > chunks:
            raise Killed

    monkeypatch.setattr(write, "_mark_lines", mark)


def lapse(batch):
    """Time passes until the lease of the dead worker is over."""
    ImportBatch.objects.filter(pk=batch.pk).update(lease_until=timezone.now() - engine.LEASE)


def figures():
    deals = Opportunity.objects.order_by("name").values_list("name", "amount", "account__name")
    history = AuditEntry.objects.filter(action="opportunity.created").count()
    return list(deals), history, ImportRow.objects.count()


def test_a_clean_run_for_comparison(cast, small_chunks):
    load(cast.kim, "opportunities", TITLES, *rows())
    assert len(figures()[0]) == ROWS


@pytest.mark.parametrize("chunks", [0, 1, 4, 8])
def test_a_killed_batch_goes_on_at_the_first_unmarked_line(cast, small_chunks, monkeypatch, chunks):
    batch = upload(cast.kim, "opportunities", TITLES, *rows())
    with monkeypatch.context() as patch:
        dies_after(patch, chunks)
        with pytest.raises(Killed):
            services.commit_batch(batch=batch, user=cast.kim, wait=True)
    batch.refresh_from_db()
    assert (batch.state, batch.done) == ("running", chunks * 7)
    assert engine.resume() == 0  # its lease still holds
    lapse(batch)
    assert engine.resume() == 1
    batch.refresh_from_db()
    assert (batch.state, batch.resumed, done(batch)) == ("done", 1, {"create": ROWS})
    deals, history, marks = figures()
    assert len(deals) == len({name for name, *_ in deals}) == ROWS == history == marks


def test_without_marks_the_same_kill_would_double_rows(cast, small_chunks, monkeypatch):
    """The negative control: a worker that starts over, as if `done` and the lease did not exist."""
    batch = upload(cast.kim, "opportunities", TITLES, *rows())
    with monkeypatch.context() as patch:
        dies_after(patch, 4)
        with pytest.raises(Killed):
            services.commit_batch(batch=batch, user=cast.kim, wait=True)
    ImportRow.objects.all().delete()
    ImportBatch.objects.filter(pk=batch.pk).update(done=0, counts={})
    lapse(batch)
    engine.resume()
    assert Opportunity.objects.count() == ROWS + 28


def test_two_workers_never_have_the_same_batch(cast):
    batch = upload(cast.kim, "opportunities", TITLES, *rows())
    ImportBatch.objects.filter(pk=batch.pk).update(state="running")
    first = engine.claim(batch.pk)
    assert first is not None
    assert engine.claim(batch.pk) is None
    assert engine.run(batch.pk) is False
    lapse(batch)
    second = engine.claim(batch.pk)
    with pytest.raises(engine.LeaseLost):  # the first comes back from a long pause
        engine.advance(first, 7)
    engine.advance(second, 7)


def test_parents_written_before_the_kill_are_found_after_it(cast, small_chunks, monkeypatch):
    names = [[f"公司{n}号", f"公司{n + 1}号" if n < 29 else ""] for n in range(30)]
    batch = upload(cast.kim, "accounts", ["客户全称", "上级集团"], *names)
    with monkeypatch.context() as patch:
        dies_after(patch, 2)
        with pytest.raises(Killed):
            services.commit_batch(batch=batch, user=cast.kim, wait=True)
    lapse(batch)
    engine.resume()
    batch.refresh_from_db()
    assert done(batch) == {"create": 30}
    for n in range(29):
        assert Account.objects.get(name=f"公司{n}号").parent.name == f"公司{n + 1}号"


def test_an_undo_that_was_killed_goes_on(cast, monkeypatch):
    batch = load(cast.kim, "opportunities", TITLES, *rows())
    monkeypatch.setattr("core.importing.undo.CHUNK", 7)
    real, seen = engine.undo._history, []

    def history(*args):
        seen.append(1)
        if len(seen) == 4:
            raise Killed
        real(*args)

    with monkeypatch.context() as patch:
        patch.setattr("core.importing.undo._history", history)
        with pytest.raises(Killed):
            services.undo_batch(batch=batch, user=cast.kim, wait=True)
    assert Opportunity.objects.count() == ROWS - 21
    lapse(batch)
    engine.resume()
    batch.refresh_from_db()
    assert (batch.state, batch.counts["undone"]) == ("undone", ROWS)
    assert not Opportunity.objects.exists()


WORKER = """
import sys, django
django.setup()
from core.importing import engine
for importer in engine.importers().values():
    importer.chunk_size = 20
print("ready", flush=True)
sys.stdin.readline()
engine.run(int(sys.argv[1]))
"""


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_kill_9_at_random_moments_leaves_what_a_clean_run_leaves(settings, tmp_path):
    """Real processes, a real kill (reliability.md, G10)."""
    if connection.vendor == "sqlite" and "memory" in str(connection.settings_dict["NAME"]):
        pytest.skip("another process cannot see a database in memory")
    settings.MEDIA_ROOT = tmp_path
    cast = build_cast()
    many = [[f"商机 {n}", "KA-0032", str(n), "won", "2017-03-01"] for n in range(1200)]
    batch = upload(cast.kim, "opportunities", TITLES, *many)
    ImportBatch.objects.filter(pk=batch.pk).update(state="running")
    chance, kills = random.Random(11), 0
    for _attempt in range(25):
        lapse(batch)
        worker = _worker(batch.pk, tmp_path)
        try:
            worker.wait(timeout=chance.uniform(0.15, 0.5) if kills < 5 else 60)
        except subprocess.TimeoutExpired:
            os.kill(worker.pid, signal.SIGKILL)
            worker.wait()
            kills += 1
        batch.refresh_from_db()
        if batch.state == "done":
            break
    assert batch.state == "done" and kills
    assert done(batch) == {"create": 1200}
    assert Opportunity.objects.count() == ImportRow.objects.count() == 1200
    again = ImportRow.objects.filter(batch=batch).values("line").distinct().count()
    assert again == 1200


def _worker(batch_id, media):
    name = connection.settings_dict["NAME"]
    url = f"sqlite:///{name}"
    if connection.vendor == "postgresql":
        s = connection.settings_dict
        url = f"postgres://{s['USER']}:{s['PASSWORD']}@{s['HOST']}:{s['PORT'] or 5432}/{name}"
    env = {
        **os.environ,
        "KAM_DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "tests.core.worker_settings",
        "KAM_TEST_MEDIA": str(media),
    }
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(batch_id)],
        cwd=settings.BASE_DIR,
        env=env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert worker.stdout.readline().strip() == b"ready"
    worker.stdin.write(b"go\n")
    worker.stdin.flush()
    return worker
