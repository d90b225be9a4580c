"""`manage.py up` and `manage.py test`, from the first start to the last process."""

import json
import os
import re
import signal
import subprocess
import sys
from argparse import Namespace
from pathlib import Path

import pytest

import bootstrap
from kam.management.commands import test as test_command
from kam.management.commands import up
from kam.ops import installation, leftovers, processes
from teams.models import User
from tests.kam.services import clean_environment, free_port, manage, status, wait_until

pytestmark = pytest.mark.own_database


def hears_ctrl_c() -> None:
    """As from a terminal: a shell that runs the tests in the background has it ignored, and
    whoever is born to them too."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Up:
    """A running `manage.py up` with a data folder of its own."""

    def __init__(self, data: Path, *arguments: str, port: int | None = None):
        self.data, self.port = data, port or free_port()
        self.log = data.parent / f"up-{self.port}.log"
        command = [sys.executable, "manage.py", "up", "--port", str(self.port), "--no-browser"]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*command, *arguments],
                cwd=bootstrap.ROOT,
                env=clean_environment(KAM_DATA_DIR=str(data)),
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=hears_ctrl_c,
            )

    def said(self) -> str:
        return self.log.read_text()

    def ready(self):
        def check():
            assert self.process.poll() is None, self.said()
            return "Ctrl-C stops everything" in self.said()

        wait_until("the start", check, within=240)
        return self

    def processes(self) -> dict[str, dict]:
        rows = json.loads((self.data / "run" / "processes.json").read_text())
        return {row["name"]: row for row in rows}

    def live(self) -> int:
        return status(f"http://127.0.0.1:{self.port}/health/live")

    def stop(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=180)


@pytest.fixture
def start(tmp_path):
    running = []

    def begin(*arguments, **options):
        running.append(Up(tmp_path / "var", *arguments, **options))
        return running[-1]

    yield begin
    for one in running:
        if one.process.poll() is None:
            one.process.send_signal(signal.SIGINT)
            one.process.wait(timeout=180)


def gone(row) -> bool:
    return leftovers.start_mark(row["pid"]) != row["mark"]


@pytest.mark.slow
def test_an_empty_installation_from_start_to_kill_and_start_again(start):
    first = start("--empty").ready()
    assert re.search(r"admin +\S{16} ", first.said())
    assert set(first.processes()) == {"broker", "web", "worker", "beat"}
    assert first.live() == 200

    # A second one on the same data is refused in one line and disturbs nothing.
    second = start()
    assert second.process.wait(timeout=180) == 1
    assert "already runs" in second.said() and len(second.said().splitlines()) == 1
    assert first.live() == 200

    # What dies is started again.
    worker = first.processes()["worker"]
    os.kill(worker["pid"], signal.SIGKILL)
    wait_until("a new worker", lambda: first.processes()["worker"]["pid"] != worker["pid"])

    # Killed hard, it leaves nothing that blocks the next start on the same port.
    before = first.processes()
    first.process.kill()
    first.process.wait()
    third = start(port=first.port).ready()
    assert all(gone(row) for row in before.values())
    assert "admin " not in third.said()
    assert third.live() == 200

    rows = third.processes()
    assert third.stop() == 0
    assert all(gone(row) for row in rows.values())
    assert third.live() == 0
    assert not (third.data / "run" / "processes.json").exists()

    key = third.data / "secret_key"
    assert key.stat().st_mode & 0o077 == 0
    assert {path.name for path in third.data.iterdir()} >= {"kam.sqlite3", "logs", "broker"}


@pytest.mark.slow
def test_a_port_in_use_is_one_line(start):
    first = start("--empty").ready()
    done = manage(
        "up", "--port", first.port, "--no-browser", KAM_DATA_DIR=str(first.data.parent / "other")
    )
    assert done.returncode == 1
    assert "already in use" in done.stderr and len(done.stderr.splitlines()) == 1


@pytest.mark.django_db
class TestWhoCanLogIn:
    @pytest.fixture(autouse=True)
    def cast(self, monkeypatch):
        monkeypatch.setenv("KAM_DEMO_LOGIN", "")
        for name in ("wang", "li"):
            person = User(username=name, name_zh="王", is_demo_cast=True)
            person.set_unusable_password()
            person.save()
        User.objects.create_user("zhao", password="their-own-password")

    def who(self, host):
        return up.Command().who({"host": host})

    def test_one_click_on_loopback(self):
        told = self.who("127.0.0.1")
        assert os.environ["KAM_DEMO_LOGIN"] == "1"
        assert [line.split()[0] for line in told] == ["wang", "li"]
        assert not User.objects.get(username="wang").has_usable_password()

    @pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.9", "kam.example.com", "::"])
    def test_random_passwords_elsewhere_told_once(self, host):
        told = dict(line.split()[:2] for line in self.who(host))
        assert os.environ["KAM_DEMO_LOGIN"] == "0"
        assert set(told) == {"wang", "li"} and len(set(told.values())) == 2
        for name, password in told.items():
            assert User.objects.get(username=name).check_password(password)
        assert User.objects.get(username="zhao").check_password("their-own-password")
        assert self.who(host) == []

    def test_no_one_click_without_demo_people(self):
        User.objects.filter(is_demo_cast=True).delete()
        assert self.who("127.0.0.1") == []
        assert os.environ["KAM_DEMO_LOGIN"] == "0"

    def test_given_variables_do_not_open_an_exposed_installation(self, monkeypatch):
        monkeypatch.setenv("KAM_DEMO_LOGIN", "1")
        self.who("0.0.0.0")
        assert os.environ["KAM_DEMO_LOGIN"] == "0"


@pytest.mark.django_db
class TestFirstPeople:
    def test_empty_gets_an_administrator_whose_password_is_in_no_table(self):
        (line,) = up.Command().fill({"empty": True})
        name, password = line.split()[:2]
        person = User.objects.get()
        assert (name, person.username) == ("admin", "admin")
        assert person.check_password(password) and person.is_superuser and person.is_staff
        assert person.password != password and len(password) >= 16

    def test_a_database_with_people_gets_nobody(self):
        User.objects.create(username="zhao")
        assert up.Command().fill({"empty": True}) == []
        assert up.Command().fill({"empty": False}) == []
        assert User.objects.count() == 1

    def test_an_empty_database_gets_the_demo_company(self, monkeypatch):
        called = []
        monkeypatch.setattr(installation, "load_demo", lambda: called.append(1))
        up.Command().fill({"empty": False})
        assert called == [1]


class TestBroker:
    def test_without_one_the_jobs_run_in_a_loop_and_it_is_said(self, monkeypatch, capsys):
        started = []
        monkeypatch.delenv("KAM_BROKER_URL", raising=False)
        keeper = Namespace(start=lambda name, command, rank: started.append((name, command)))
        up.Command().start_jobs(keeper)
        assert started == [("jobs", processes.job_loop())]
        assert "No broker here" in capsys.readouterr().out

    def test_the_celery_command_sees_our_variable_only(self):
        assert not any("BROKER_URL" in part for part in processes.worker() + processes.beat())
        assert "--pidfile=" in processes.beat()

    def test_nobody_outside_reaches_the_embedded_one(self, tmp_path):
        command = processes.broker("valkey-server", tmp_path / "broker.sock", tmp_path)
        pairs = dict(zip(command[1::2], command[2::2], strict=True))
        assert pairs["--port"] == "0" and pairs["--unixsocketperm"] == "700"
        assert pairs["--appendonly"] == "yes"


class TestTestCommand:
    def given(self, *arguments):
        return test_command.pytest_command(list(arguments))[3:]

    def test_two_processes_unless_something_else_is_said(self):
        assert self.given() == ["-n", "3", "--dist", "loadfile", "--no-loadscope-reorder"]
        assert self.given("-k", "name")[-2:] == ["-k", "name"]
        for arguments in (["-n0"], ["-n", "4"], ["--pdb"], ["--numprocesses=1"], ["--co"]):
            assert self.given(*arguments) == arguments

    def test_the_exit_code_and_the_data_folder_are_those_of_pytest(self, monkeypatch):
        seen = {}

        class Process:
            def __init__(self, command, cwd, env):
                seen.update(env, folder=Path(env["KAM_DATA_DIR"]).is_dir())

            def wait(self):
                return 5

        monkeypatch.setattr(test_command.subprocess, "Popen", Process)
        monkeypatch.setattr(test_command.signal, "signal", lambda *_: None)
        monkeypatch.setenv("KAM_DATA_DIR", "/srv/kam")
        monkeypatch.setenv("KAM_DATABASE_URL", "postgres://somewhere/kam")
        assert test_command.run_pytest([]) == 5
        assert seen["folder"] and seen["KAM_DATA_DIR"] != "/srv/kam"
        assert not Path(seen["KAM_DATA_DIR"]).exists()
        assert seen["DJANGO_SETTINGS_MODULE"] == "kam.settings_test"
        assert seen["KAM_DATABASE_URL"] == "postgres://somewhere/kam"


@pytest.mark.slow
def test_a_database_that_is_away_is_one_line(tmp_path):
    url = f"postgres://nobody@127.0.0.1:{free_port()}/none"
    done = manage("up", "--port", free_port(), KAM_DATA_DIR=str(tmp_path), KAM_DATABASE_URL=url)
    assert done.returncode == 1
    assert "the database does not answer" in done.stderr and len(done.stderr.splitlines()) == 1
