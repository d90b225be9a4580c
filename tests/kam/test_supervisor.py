"""Processes are kept alive, started later each time, and ended together."""

import json
import os
import signal
import subprocess
import sys
import threading

import pytest

from kam.ops import leftovers
from kam.supervisor import HOPELESS, GaveUp, Supervisor
from tests.kam.services import wait_until

pytestmark = pytest.mark.own_database

STAYS = [sys.executable, "-c", "import signal; signal.pause()"]
DIES = [sys.executable, "-c", "print('no database'); raise SystemExit(3)"]


@pytest.fixture
def supervisor(tmp_path):
    made = Supervisor(tmp_path, tmp_path, lambda text: made.told.append(text))
    made.told = []
    yield made
    made.stop(patience=5)


def ended(child):
    return wait_until("its end", lambda: not child.running)


def test_a_process_that_died_is_started_again_after_a_wait(supervisor):
    child = supervisor.start("worker", STAYS)
    first = child.process.pid
    os.kill(first, signal.SIGKILL)
    ended(child)
    supervisor.look_once(child.begun + 1)
    assert supervisor.told == ["worker ended (code -9); starting it again in 1 s"]
    supervisor.look_once(child.begun + 1.5)
    assert not child.running
    supervisor.look_once(child.begun + 2.1)
    assert child.running and child.process.pid != first


def test_each_death_doubles_the_wait_until_it_gives_up_with_the_last_words(supervisor):
    child = supervisor.start("web", DIES)
    now, waits = child.begun, []
    for _ in range(HOPELESS - 1):
        ended(child)
        supervisor.look_once(now)
        waits.append(child.next_try - now)
        now = child.next_try
        supervisor.look_once(now)
        child.begun = now
    ended(child)
    with pytest.raises(GaveUp, match="no database"):
        supervisor.look_once(now)
    assert waits == [1, 2, 4, 8, 16]


def test_a_steady_process_is_forgiven(supervisor):
    child = supervisor.start("web", STAYS)
    child.deaths = 3
    supervisor.look_once(child.begun + 61)
    assert child.deaths == 0


def test_stopping_ends_the_whole_group_also_of_one_that_does_not_listen(supervisor):
    deaf = (
        "import signal, subprocess, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "p = subprocess.Popen([sys.executable, '-c', 'import signal; signal.pause()']);"
        "print(p.pid, flush=True); signal.pause()"
    )
    supervisor.start("deaf", [sys.executable, "-c", deaf])
    log = supervisor.logs / "deaf.log"
    grandchild = int(wait_until("its start", lambda: log.read_text().strip()))
    supervisor.stop(patience=0.2)
    wait_until("the end of its child", lambda: leftovers.start_mark(grandchild) == "")
    assert not supervisor.pids.exists()


def test_children_end_with_a_killed_supervisor(tmp_path):
    script = (
        "import sys; from pathlib import Path; from kam.supervisor import Supervisor;"
        f"s = Supervisor(Path({str(tmp_path)!r}), Path({str(tmp_path)!r}));"
        f"c = s.start('web', {STAYS!r}); print(c.process.pid, flush=True); s.watch()"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    child = int(parent.stdout.readline())
    assert leftovers.start_mark(child)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    wait_until("the child's end", lambda: leftovers.start_mark(child) == "", within=20)


def test_leftovers_are_ended_by_id_and_start_time(tmp_path):
    process = subprocess.Popen(STAYS, start_new_session=True)
    path = tmp_path / "processes.json"
    leftovers.write(path, {"web": process.pid})
    names = []
    clearing = threading.Thread(target=lambda: names.extend(leftovers.clear(path, patience=10)))
    clearing.start()
    assert process.wait(timeout=20) == -signal.SIGTERM
    clearing.join()
    assert names == ["web"] and not path.exists()


def test_a_stranger_with_the_same_id_is_left_alone(tmp_path):
    process = subprocess.Popen(STAYS, start_new_session=True)
    try:
        path = tmp_path / "processes.json"
        path.write_text(json.dumps([{"name": "web", "pid": process.pid, "mark": "1"}]))
        assert leftovers.clear(path) == []
        assert process.poll() is None
    finally:
        process.kill()
        process.wait()


def test_a_damaged_note_is_no_obstacle(tmp_path):
    path = tmp_path / "processes.json"
    path.write_text("{half")
    assert leftovers.clear(path) == []
