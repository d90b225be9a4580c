"""What a web process and a shell command need not load stays out of them."""

import os
import subprocess
import sys

import pytest
from django.conf import settings

from core.deferred import deferred

HEAVY = {"pandas", "numpy", "openpyxl", "holidays"} | {
    *("faker", "playwright", "schemathesis", "hypothesis")
}
SETUP = """
import sys
import django
django.setup()
"""
ADDRESSES = """
from django.urls import get_resolver
get_resolver().url_patterns
"""


def loaded(names, code, tmp_path):
    """Which of these a fresh process has loaded after this code."""
    environ = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "kam.settings",
        "KAM_DATA_DIR": str(tmp_path),
    }
    done = subprocess.run(
        [sys.executable, "-c", f"{code}print(*({names!r} & sys.modules.keys()))"],
        cwd=settings.BASE_DIR,
        env=environ,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


@pytest.mark.slow
def test_starting_the_site_loads_no_package_that_only_files_need(tmp_path):
    assert loaded(HEAVY, SETUP + ADDRESSES, tmp_path) == set()


@pytest.mark.slow
def test_a_shell_command_and_a_worker_load_no_admin_pages_and_no_dictionaries(tmp_path):
    pages = {"unfold.admin", "core.admin", "kam.admin"}
    assert loaded({*pages, "pypinyin"}, SETUP, tmp_path) == set()
    assert loaded(pages, SETUP + ADDRESSES, tmp_path) == pages


def test_a_deferred_package_is_the_package():
    assert deferred("json").loads("[1]") == [1]
