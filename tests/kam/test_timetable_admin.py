"""Wherever an installation comes from, its administrators find the jobs and their times."""

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import translation
from django.utils.html import escape
from django_celery_beat.models import PeriodicTask

from kam.management.commands import load_demo, make_load
from kam.ops import installation
from kam.timetable import TIMETABLE
from tests import factories as make

pytestmark = pytest.mark.django_db
LIST = "admin:django_celery_beat_periodictask_changelist"


@pytest.fixture(autouse=True)
def no_jobs_yet():
    PeriodicTask.objects.all().delete()


def test_the_administration_lists_the_jobs_after_up(client):
    """`up` and `upgrade` call it."""
    installation.load_library()
    client.force_login(make.make_administrator("root"))
    with translation.override("en"):
        page = client.get(reverse(LIST), HTTP_ACCEPT_LANGUAGE="en")
    assert page.context["cl"].result_count == len(TIMETABLE)
    text = page.content.decode()
    for job in TIMETABLE:
        assert escape(job.zh) in text or escape(job.en) in text, job.code


@pytest.mark.parametrize(
    ("command", "module", "work"),
    [("load_demo", load_demo, "load"), ("make_load", make_load, "Volume")],
)
def test_filled_by_hand_it_has_its_jobs_too(monkeypatch, command, module, work):
    class Nothing:
        def __init__(self, **options):
            """Neither demo company nor load: they take minutes."""

        def write(self):
            """As Volume does."""

    monkeypatch.setattr(module, work, Nothing)
    call_command(command, verbosity=0)
    assert PeriodicTask.objects.count() == len(TIMETABLE)
