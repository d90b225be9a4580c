import os
import signal
import subprocess
import sys
import tempfile

from django.core.management.base import BaseCommand

import bootstrap
from kam.ops import assets, installation

# Any of these says how many processes, so nothing is added.
SPREAD = ("-n", "--numprocesses", "--pdb", "-pno:xdist", "--collect-only", "--co", "--help", "-h")


class Command(BaseCommand):
    help = "Run the tests. Everything after `test` goes to pytest."
    requires_system_checks = []

    def run_from_argv(self, argv):
        """Past Django's own parser, which would refuse pytest's options."""
        try:
            with bootstrap.phase("browser files"):
                assets.build()
            with bootstrap.phase("translations"):
                installation.compile_translations()
        except bootstrap.SetupError as error:
            sys.exit(f"kam: {error}")
        sys.exit(run_pytest(argv[2:]))


def pytest_command(arguments: list[str]) -> list[str]:
    """pytest with these arguments, on three processes unless they say otherwise: on two cores one
    of them waits for a browser or another process most of the time."""
    told = any(a.startswith(word) for a in arguments for word in SPREAD if word != "-h")
    told = told or "-h" in arguments
    spread = [] if told else ["-n", "3", "--dist", "loadfile", "--no-loadscope-reorder"]
    return [sys.executable, "-m", "pytest", *spread, *arguments]


def run_pytest(arguments: list[str]) -> int:
    """In a process and a data folder of its own. Returns pytest's exit code."""
    with tempfile.TemporaryDirectory(prefix="kam-test-", ignore_cleanup_errors=True) as scratch:
        environment = {
            name: value
            for name, value in os.environ.items()
            if name not in ("KAM_DEBUG", "KAM_DEMO_LOGIN", "KAM_BASE_URL", "KAM_STARTED_AT")
        }
        environment["DJANGO_SETTINGS_MODULE"] = "kam.settings_test"
        environment["KAM_DATA_DIR"] = scratch
        process = subprocess.Popen(pytest_command(arguments), cwd=bootstrap.ROOT, env=environment)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # pytest gets it too and reports
        signal.signal(signal.SIGTERM, lambda *_: process.terminate())
        return process.wait()
