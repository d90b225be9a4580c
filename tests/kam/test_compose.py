"""What docker-compose.yml states is what runs here: two web, two workers, two beats."""

import contextlib
import os
import re
import signal
import subprocess
import sys

import environ
import psycopg2
import pytest
import yaml
from django.urls import resolve

import bootstrap
from kam import health
from kam.management.commands import serve, upgrade
from kam.ops import processes
from kam.timetable import TIMETABLE
from tests.kam.services import (
    clean_environment,
    free_port,
    manage,
    postgres_database,
    redis_databases,
    status,
    wait_until,
)

pytestmark = pytest.mark.own_database

APP = ("upgrade", "web", "worker", "beat")
HOST = "kam.example.com"


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((bootstrap.ROOT / "docker-compose.yml").read_text())


def arguments(service) -> list[str]:
    """The command of a service without `python manage.py`, which it must begin with."""
    python, script, *rest = service["command"]
    assert (python, script) == ("python", "manage.py")
    return rest


def filled(environment: dict, **given: str) -> dict[str, str]:
    """Variables as compose fills them in: ${NAME:?message} and ${NAME:-default}."""

    def value(match):
        name, kind, rest = match["name"], match["kind"], match["rest"]
        assert name in given or kind == "-", f"{name} has no value"
        return given.get(name, rest)

    pattern = re.compile(r"\$\{(?P<name>\w+):(?P<kind>[-?])(?P<rest>[^}]*)\}")
    return {name: pattern.sub(value, str(text)) for name, text in environment.items()}


class TestStatedIsReal:
    def test_every_process_runs_a_command_of_manage_py(self, compose):
        commands = {name: arguments(compose["services"][name]) for name in APP}
        assert commands == {
            "upgrade": ["upgrade"],
            "web": ["serve", "web"],
            "worker": ["serve", "worker"],
            "beat": ["serve", "beat"],
        }
        assert serve.Command and upgrade.Command

    def test_web_and_worker_run_twice_and_everything_waits_for_the_upgrade(self, compose):
        services = compose["services"]
        assert services["web"]["deploy"]["replicas"] == 2
        assert services["worker"]["deploy"]["replicas"] == 2
        for name in APP[1:]:
            condition = services[name]["depends_on"]["upgrade"]["condition"]
            assert condition == "service_completed_successfully"

    def test_all_processes_have_the_same_variables_and_the_settings_read_each(self, compose):
        names = [set(compose["services"][name]["environment"]) for name in APP]
        assert all(found == names[0] for found in names)
        code = "".join(
            path.read_text()
            for path in [bootstrap.ROOT / "bootstrap.py", *bootstrap.ROOT.glob("kam/**/*.py")]
        )
        for name in names[0]:
            assert f'"{name}"' in code, name

    def test_every_variable_that_the_code_reads_stands_in_the_readme(self):
        readme = (bootstrap.ROOT / "README.md").read_text()
        code = (bootstrap.ROOT / "kam" / "settings.py").read_text()
        code += (bootstrap.ROOT / "kam" / "ops" / "processes.py").read_text()
        read = set(re.findall(r'"(KAM_[A-Z_]+)"', code)) - {
            "KAM_DEMO_LOGIN",
            "KAM_IMPORTERS",
            "KAM_SEARCH",
            "KAM_LIBRARIES",
        }
        assert {name for name in read if f"`{name}`" not in readme} == set()

    def test_no_secret_has_a_default(self, compose):
        text = (bootstrap.ROOT / "docker-compose.yml").read_text()
        for name in ("KAM_SECRET_KEY", "POSTGRES_PASSWORD"):
            assert f"${{{name}:?" in text and f"${{{name}:-" not in text

    def test_the_health_checks_ask_addresses_that_exist(self, compose):
        web = compose["services"]["web"]["healthcheck"]["test"]
        assert web[:3] == ["CMD", "python", "deploy/health.py"]
        assert (bootstrap.ROOT / web[2]).exists()
        assert web[3].startswith("http://127.0.0.1:8000/")
        assert resolve(web[3].removeprefix("http://127.0.0.1:8000")).func is health.ready
        nginx = compose["services"]["nginx"]["healthcheck"]["test"]
        assert resolve("/" + nginx[-1].split("/", 3)[3]).func is health.live

    def test_nginx_passes_on_to_the_port_that_web_listens_on(self, compose):
        conf = (bootstrap.ROOT / "deploy" / "nginx.conf").read_text()
        assert "server web:8000" in conf
        assert compose["services"]["web"]["expose"] == ["8000"]
        assert "0.0.0.0:8000" in processes.web("0.0.0.0", 8000)
        assert "X-Forwarded-Proto https" in conf

    def test_the_image_builds_what_the_checkout_ships(self):
        text = (bootstrap.ROOT / "Dockerfile").read_text()
        assert "--require-hashes -r requirements.txt" in text
        assert "manage.py build" in text and "KAM_BOOTSTRAP=off" in text
        assert 'CMD ["python", "manage.py", "serve", "web"]' in text


@pytest.fixture
def running(tmp_path):
    """Start processes; at the end each gets SIGTERM and must go."""
    started = []

    def start(name, command, environment):
        with (tmp_path / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                command,
                cwd=bootstrap.ROOT,
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        started.append((name, process))
        return process

    yield start
    for _, process in started:
        process.terminate()
    for _, process in started:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=30)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.mark.slow
def test_two_of_everything_on_postgresql_and_redis(compose, running, tmp_path):
    services = compose["services"]
    with postgres_database() as database, redis_databases(14, 15) as (broker, cache):
        stated = filled(
            services["web"]["environment"],
            KAM_SECRET_KEY="for-this-test-only-" * 4,
            POSTGRES_PASSWORD="unused",
            KAM_BASE_URL=f"https://{HOST}",
            KAM_ALLOWED_HOSTS=HOST,
        )
        stated |= {
            "KAM_DATABASE_URL": database,
            "KAM_BROKER_URL": broker,
            "KAM_CACHE_URL": cache,
            "KAM_DATA_DIR": str(tmp_path / "data"),
        }
        for before in (["build"], arguments(services["upgrade"])):
            done = manage(*before, **stated)
            assert done.returncode == 0, done.stdout + done.stderr
        make_all_jobs_due(database)
        environment = clean_environment(**stated, KAM_WEB_WORKERS="1", KAM_WORKER_PROCESSES="1")

        def start(name, service, *more):
            command = [sys.executable, "manage.py", *arguments(services[service]), *more]
            return running(name, command, environment)

        ports = [free_port(), free_port()]
        for port in ports:
            start(f"web-{port}", "web", "--host", "127.0.0.1", "--port", str(port))
        for port in ports:
            address = f"http://127.0.0.1:{port}/health/ready"
            # Any answer will do first: without the public name it is a 400.
            wait_until(f"web on {port}", lambda address=address: status(address))
            check = [*services["web"]["healthcheck"]["test"][1:3], address]
            done = subprocess.run(
                [sys.executable, *check[1:]],
                cwd=bootstrap.ROOT,
                env=environment,
                capture_output=True,
                text=True,
            )
            assert done.returncode == 0, done.stderr
        first, second = start("worker-1", "worker"), start("worker-2", "worker")
        beats = [start("beat-1", "beat"), start("beat-2", "beat")]

        due = {job.code for job in TIMETABLE}
        wait_until("a run of every job", lambda: finished_jobs(database) >= due, within=180)
        assert all(process.poll() is None for process in (first, second, *beats))


def in_database(url: str, statement: str) -> list[tuple]:
    about = environ.Env.db_url_config(url)
    names = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD"}
    given = {name: about[key] or None for name, key in names.items()}
    with (
        contextlib.closing(psycopg2.connect(dbname=about["NAME"], **given)) as link,
        link,
        link.cursor() as cursor,
    ):
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def make_all_jobs_due(url: str) -> None:
    in_database(
        url,
        "UPDATE django_celery_beat_periodictask SET last_run_at = now() - interval '2 days'",
    )


def finished_jobs(url: str) -> set[str]:
    """The jobs that a worker ran to the end; one that failed fails the test."""
    rows = in_database(url, "SELECT code, state, error FROM core_jobrun")
    assert not [row for row in rows if row[1] == "failed"]
    return {code for code, state, _ in rows if state == "done"}
