"""The rules of the house that a machine can check."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command

from kam.i18n import APPS

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
# The page of a survey link has no session to protect and sends no origin (its referrer policy
# keeps the link to itself); its form carries a seal of the link, tested with the survey links.
ALLOWED = {
    ("csrf_exempt", "engagement/views/survey_public.py"),
    ("csrf_exempt", "engagement/views/unsubscribe.py"),
}


def run(*command):
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_staircase_holds():
    run(BIN / "lint-imports")


def test_the_linter_is_content():
    run(BIN / "ruff", "check", ".")


@pytest.mark.django_db
def test_models_and_migrations_agree():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_no_app_writes_by_save_signals_or_thread_locals():
    for app in APPS:
        for path in (ROOT / app).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            name = path.relative_to(ROOT).as_posix()
            for word in ("post_save", "pre_save", "threading.local", "csrf_exempt"):
                assert word not in text or (word, name) in ALLOWED, f"{word} in {name}"


def test_no_page_asks_another_host_or_writes_script_into_html():
    for path in (ROOT / "templates").rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        name = path.relative_to(ROOT)
        assert "https://" not in text.replace("https://www.w3.org", ""), name
        assert " style=" not in text and " onclick=" not in text, name
        assert "|safe" not in text and "autoescape off" not in text, name
