"""From a bare Python to an environment: what is installed, and what a person is told."""

import json
import re
import socket
import subprocess
import sys
import tomllib
from argparse import Namespace
from pathlib import Path

import pytest

import bootstrap

pytestmark = pytest.mark.own_database


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A checkout of its own, in which every command that would run is noted instead."""
    for name in ("uv.lock", "pyproject.toml", "requirements.txt", "requirements-test.txt"):
        (tmp_path / name).write_bytes((bootstrap.ROOT / name).read_bytes())
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    monkeypatch.setattr(bootstrap, "VENV", tmp_path / ".venv")
    monkeypatch.setenv("KAM_DATA_DIR", str(tmp_path / "var"))
    for name in ("PIP_INDEX_URL", "PIP_NO_INDEX", "UV_DEFAULT_INDEX", "UV_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def commands(checkout, monkeypatch):
    """What was run; a word in `fails` makes every command with it fail."""
    seen, fails = [], set()

    def run(command, environment=None, cwd=None):
        command = [str(part) for part in command]
        seen.append((command, environment or {}))
        if "venv" in command:
            made = Path(command[-1]) / "bin" / "python"
            made.parent.mkdir(parents=True)
            made.symlink_to(sys.executable)
        code = 1 if fails & set(command) else 0
        return subprocess.CompletedProcess(command, code, "", "no matching distribution\n")

    monkeypatch.setattr(bootstrap, "run", run)
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: None)
    run.seen, run.fails = seen, fails
    return run


def ran(commands, *words):
    return [command for command, _ in commands.seen if all(word in command for word in words)]


def exported(name):
    """{package==version: hashes} of a requirements file."""
    rows, text = {}, (bootstrap.ROOT / name).read_text().replace("\\\n", " ")
    for line in text.splitlines():
        if line.strip():
            pin = re.split(r"\s|;", line.strip())[0]
            rows[pin] = set(re.findall(r"--hash=(sha256:[0-9a-f]{64})", line))
    return rows


class TestLockedPackages:
    @pytest.fixture
    def locked(self):
        lock = tomllib.loads((bootstrap.ROOT / "uv.lock").read_text())
        return {
            f"{package['name']}=={package['version']}": {
                *(wheel["hash"] for wheel in package.get("wheels", [])),
                *([package["sdist"]["hash"]] if "sdist" in package else []),
            }
            for package in lock["package"]
            if "registry" in package["source"]
        }

    @pytest.mark.parametrize("name", ["requirements.txt", "requirements-test.txt"])
    def test_pip_gets_the_versions_and_hashes_of_the_lock(self, locked, name):
        rows = exported(name)
        assert rows
        for pin, hashes in rows.items():
            assert hashes and hashes == locked[pin], pin

    def test_the_test_file_holds_everything_that_is_locked(self, locked):
        assert set(exported("requirements-test.txt")) == set(locked)

    def test_every_direct_dependency_is_exported(self):
        project = tomllib.loads((bootstrap.ROOT / "pyproject.toml").read_text())
        names = {pin.split("==")[0] for pin in exported("requirements.txt")}
        for line in project["project"]["dependencies"]:
            assert re.split(r"[\[<>=]", line)[0].lower() in names

    def test_no_registry_stands_in_the_node_lock(self):
        lock = json.loads((bootstrap.ROOT / "package-lock.json").read_text())
        assert len(lock["packages"]) > 5
        for name, package in lock["packages"].items():
            assert "resolved" not in package, name
            assert name == "" or package["integrity"].startswith("sha512-"), name


class TestInstalling:
    def test_uv_installs_the_lock_and_a_stamp_makes_the_second_time_free(self, commands):
        bootstrap.make_venv()
        bootstrap.install(())
        assert ran(commands, "install", bootstrap.UV)
        assert ran(commands, "sync", "--frozen")
        assert bootstrap.fresh(()) and not bootstrap.fresh(("test",))
        commands.seen.clear()
        bootstrap.install(())
        assert commands.seen == []

    def test_a_changed_lock_is_installed_again(self, commands, checkout):
        bootstrap.make_venv()
        bootstrap.install(())
        (checkout / "uv.lock").write_text("changed")
        assert not bootstrap.fresh(())

    def test_the_test_group_stays_when_only_the_main_packages_are_asked_for(
        self, commands, checkout
    ):
        bootstrap.make_venv()
        bootstrap.install(("test",))
        (checkout / "uv.lock").write_text("changed")
        commands.seen.clear()
        bootstrap.install(())
        assert ran(commands, "sync", "--group", "test")

    def test_pip_with_hashes_stands_in_where_uv_fails(self, commands):
        commands.fails.add("sync")
        bootstrap.make_venv()
        bootstrap.install(("test",))
        (command,) = ran(commands, "--require-hashes")
        assert command[-1].endswith("requirements-test.txt")

    def test_an_index_that_only_pip_knows_is_used_by_pip(self, commands, monkeypatch):
        monkeypatch.setenv("PIP_INDEX_URL", "https://packages.example.invalid/simple")
        bootstrap.make_venv()
        bootstrap.install(())
        assert not ran(commands, "sync")
        assert ran(commands, "--require-hashes")

    def test_uv_trusts_the_certificate_that_pip_is_told_to_trust(self, commands, monkeypatch):
        monkeypatch.setenv("PIP_CERT", "/etc/company.pem")
        monkeypatch.delenv("SSL_CERT_FILE", raising=False)
        bootstrap.make_venv()
        bootstrap.install(())
        (environment,) = [env for command, env in commands.seen if "sync" in command]
        assert environment["SSL_CERT_FILE"] == "/etc/company.pem"

    def test_without_a_network_one_line_says_what_to_do(self, commands):
        commands.fails |= {"sync", "--require-hashes"}
        bootstrap.make_venv()
        with pytest.raises(bootstrap.SetupError, match="network or a package mirror.*no matching"):
            bootstrap.install(())
        assert not bootstrap.fresh(())

    def test_a_missing_venv_module_is_named_with_its_debian_package(self, commands, monkeypatch):
        monkeypatch.setattr(bootstrap, "importable", lambda name: name != "ensurepip")
        with pytest.raises(bootstrap.SetupError, match=r"apt install python3\.11-venv"):
            bootstrap.make_venv()

    def test_uv_makes_the_environment_where_the_venv_module_is_missing(self, commands, monkeypatch):
        monkeypatch.setattr(bootstrap, "importable", lambda name: name != "ensurepip")
        monkeypatch.setattr(bootstrap.shutil, "which", lambda name: "/usr/bin/uv")
        bootstrap.make_venv()
        assert ran(commands, "/usr/bin/uv", "venv")


class TestEntering:
    @pytest.fixture(autouse=True)
    def outside(self, checkout, monkeypatch):
        monkeypatch.setattr(bootstrap, "make_venv", lambda: None)
        monkeypatch.setattr(bootstrap, "install", lambda groups: self.installed.append(groups))
        monkeypatch.delenv("KAM_BOOTSTRAPPED", raising=False)
        self.installed = []

    def test_a_missing_django_is_installed_and_the_command_runs_again(self, monkeypatch):
        monkeypatch.setattr(bootstrap, "importable", lambda name: name != "django")
        assert bootstrap.prepare("migrate", ["manage.py", "migrate"]) == bootstrap.venv_python()
        assert self.installed == [()]

    def test_other_commands_run_wherever_django_is(self):
        assert bootstrap.prepare("migrate", ["manage.py", "migrate"]) is None
        assert self.installed == []

    def test_the_test_command_asks_for_the_test_group(self):
        assert bootstrap.prepare("test", ["manage.py", "test"]) == bootstrap.venv_python()
        assert self.installed == [("test",)]

    def test_an_environment_that_stays_stale_is_not_entered_for_ever(self, monkeypatch):
        monkeypatch.setenv("KAM_BOOTSTRAPPED", "test")
        with pytest.raises(bootstrap.SetupError, match="delete"):
            bootstrap.prepare("test", ["manage.py", "test"])

    def test_another_python_is_named(self, monkeypatch):
        monkeypatch.setattr(bootstrap.sys, "version_info", (3, 13, 0, "final", 0))
        monkeypatch.setattr(bootstrap.shutil, "which", lambda name: None)
        with pytest.raises(bootstrap.SetupError, match=r"Python 3\.11 is needed, this is 3\.13"):
            bootstrap.prepare("test", ["manage.py", "test"])

    def test_python_311_under_its_own_name_takes_over(self, monkeypatch):
        monkeypatch.setattr(bootstrap.sys, "version_info", (3, 13, 0, "final", 0))
        monkeypatch.setattr(bootstrap.shutil, "which", lambda name: sys.executable)
        assert bootstrap.prepare("test", ["manage.py", "test"]) == sys.executable


class TestWhatIsToldBeforehand:
    def test_a_port_in_use(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            with pytest.raises(bootstrap.SetupError, match=f"{port} on .* already in use"):
                bootstrap.check_port(Namespace(host="127.0.0.1", port=port))

    def test_a_port_that_is_none(self):
        with pytest.raises(bootstrap.SetupError, match="70000 is not a port"):
            bootstrap.check_port(Namespace(host="127.0.0.1", port=70000))

    def test_an_address_of_another_machine(self):
        with pytest.raises(bootstrap.SetupError, match="cannot listen on port 18000 on 192.0.2.1"):
            bootstrap.check_port(Namespace(host="192.0.2.1", port=18000))

    def test_a_folder_that_cannot_be_written_to(self, tmp_path):
        (tmp_path / "file").write_text("in the way")
        with pytest.raises(bootstrap.SetupError, match="cannot write to .*: set KAM_DATA_DIR"):
            bootstrap.check_folder(tmp_path / "file" / "var", "set KAM_DATA_DIR to another folder")

    def test_it_is_one_line_and_a_failure_from_the_shell(self, tmp_path):
        (tmp_path / "file").write_text("in the way")
        done = subprocess.run(
            [sys.executable, "manage.py", "up"],
            cwd=bootstrap.ROOT,
            env={"KAM_DATA_DIR": str(tmp_path / "file" / "var"), "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 1
        assert done.stdout == ""
        assert len(done.stderr.splitlines()) == 1 and "KAM_DATA_DIR" in done.stderr


class TestCompiledFiles:
    @pytest.fixture(autouse=True)
    def untouched(self, monkeypatch):
        monkeypatch.setattr(sys, "pycache_prefix", sys.pycache_prefix)
        monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def test_they_are_kept_beside_the_packages_where_the_code_must_stay_clean(self):
        environ = {"PYTHONDONTWRITEBYTECODE": "1"}
        bootstrap.keep_compiled(environ)
        assert environ == {"PYTHONPYCACHEPREFIX": str(bootstrap.VENV / "compiled")}
        assert (sys.pycache_prefix, sys.dont_write_bytecode) == (
            environ["PYTHONPYCACHEPREFIX"],
            False,
        )

    def test_a_place_that_somebody_chose_wins(self):
        environ = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPYCACHEPREFIX": "/var/compiled"}
        bootstrap.keep_compiled(environ)
        assert environ == {"PYTHONPYCACHEPREFIX": "/var/compiled"}

    def test_elsewhere_nothing_changes(self):
        environ = {}
        bootstrap.keep_compiled(environ)
        assert environ == {} and sys.dont_write_bytecode


class TestEnvironmentOfUp:
    @pytest.fixture(autouse=True)
    def broker(self, monkeypatch, tmp_path):
        monkeypatch.setattr(bootstrap, "embedded_broker", lambda: "/opt/valkey-server")
        monkeypatch.setenv("KAM_DATA_DIR", str(tmp_path))
        self.data = tmp_path.resolve()

    def environment(self, host="127.0.0.1", **given):
        options = Namespace(host=host, port=8123, empty=False, no_browser=True)
        return bootstrap.up_environment(options, given)

    def test_the_embedded_broker_is_also_the_cache(self):
        told = self.environment()
        socket_path = bootstrap.broker_socket(self.data)
        assert told["KAM_BROKER_URL"] == f"redis+socket://{socket_path}?virtual_host=0"
        assert told["KAM_CACHE_URL"] == f"unix://{socket_path}?db=1"
        assert told["KAM_DEBUG"] == "0"

    def test_an_own_broker_wins(self):
        told = self.environment(KAM_BROKER_URL="redis://elsewhere/0")
        assert not {"KAM_BROKER_URL", "KAM_CACHE_URL", "KAM_EMBEDDED_BROKER"} & set(told)

    def test_without_any_broker_there_is_no_address_of_one(self, monkeypatch):
        monkeypatch.setattr(bootstrap, "embedded_broker", lambda: None)
        assert "KAM_BROKER_URL" not in self.environment()

    def test_only_this_machine_is_answered_on_loopback(self):
        assert self.environment()["KAM_ALLOWED_HOSTS"] == "127.0.0.1,localhost,[::1]"

    def test_an_open_address_is_answered_under_the_names_of_the_machine(self):
        told = self.environment(host="0.0.0.0")
        assert socket.gethostname() in told["KAM_ALLOWED_HOSTS"].split(",")
        assert f"http://{socket.gethostname()}:8123" in told["KAM_TRUSTED_ORIGINS"].split(",")
        assert told["KAM_BASE_URL"] == "http://127.0.0.1:8123"

    def test_a_long_folder_gets_a_short_socket(self, tmp_path):
        long = tmp_path / ("x" * 120)
        path = bootstrap.broker_socket(long)
        assert len(str(path)) < 108 and path != bootstrap.broker_socket(tmp_path / ("y" * 120))
        assert bootstrap.broker_socket(Path("/srv/kam")) == Path("/srv/kam/run/broker.sock")

    @pytest.mark.parametrize(
        ("host", "answer"),
        [
            ("127.0.0.1", True),
            ("127.8.8.8", True),
            ("::1", True),
            ("localhost", True),
            ("0.0.0.0", False),
            ("::", False),
            ("192.168.1.4", False),
            ("example.com", False),
        ],
    )
    def test_loopback_is_recognised(self, host, answer):
        assert bootstrap.is_loopback(host) is answer
