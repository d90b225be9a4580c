"""make_load: as many as asked for, consistent, and only in an empty house."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.urls import reverse

from accounts.models import Account, AccountAssignment, Contact
from core.models import AuditEntry
from engagement.models import SurveyCampaign, SurveyResponse
from flows.models import FlowRun, StepRun, WorkItem, WorkItemCandidate
from flows.selectors import inbox, inbox_count
from kam.invariants import check
from opportunities.models import Opportunity
from teams.models import User
from tests.conftest import rolled_back

pytestmark = pytest.mark.django_db


SIZES = {"accounts": 300, "contacts": 700, "opportunities": 900, "users": 80}


# First, for it needs an empty house, which is filled from the next test on.
def test_work_items_and_runs_are_made_on_request_and_contradict_nothing(client):
    call_command(
        "make_load",
        accounts=40,
        contacts=50,
        opportunities=60,
        users=20,
        work_items=600,
        answers=70,
        runs=80,
        verbosity=0,
    )
    assert WorkItem.objects.count() == 600
    assert WorkItemCandidate.objects.exists()
    assert not WorkItemCandidate.objects.exclude(item__state="open").exists()
    manager = User.objects.filter(username__startswith="load.am").first()
    assert len(inbox(manager)) == min(50, inbox_count(manager))
    assert SurveyResponse.objects.count() == 70
    campaigns = SurveyCampaign.objects.order_by("pk")
    assert campaigns.count() > 1, "more answers than contacts take more than one survey"
    for response in SurveyResponse.objects.select_related("document")[:5]:
        assert response.score == response.document.score
        assert response.scores.count() == response.document.answer_rows.count() - 1
    assert FlowRun.objects.count() == StepRun.objects.count() == 80
    running = FlowRun.objects.open()
    assert 0 < running.filter(steps__state="open").count() == running.count() < 80
    client.force_login(User.objects.get(username="load.gm"))
    assert client.get(reverse("flows:run_list")).context["page"].paginator.count == running.count()
    assert check() == {}


@pytest.fixture(scope="module")
def built(django_db_setup, django_db_blocker):
    """Made once for the rest of the module."""
    with django_db_blocker.unblock(), rolled_back():
        call_command("make_load", **SIZES, verbosity=0)
        yield


@pytest.fixture
def filled(built, db):
    """The house as it was made."""


def test_it_makes_what_was_asked_for_and_keeps_the_invariants(filled):
    assert Account.objects.count() == 300
    assert Contact.objects.count() == 700
    assert Opportunity.objects.count() == 900
    assert User.objects.count() == 80
    assert AuditEntry.objects.count() >= 1900
    assert check() == {}


def test_managers_look_after_about_equally_many(filled):
    managers = User.objects.filter(username__startswith="load.am")
    counts = [
        AccountAssignment.objects.filter(user=user, ends_on=None).count() for user in managers
    ]
    assert sum(counts) == 300 and max(counts) - min(counts) <= 1
    seen = Account.objects.visible_to(managers[0]).count()
    assert min(counts) <= seen < 300


def test_a_second_run_is_refused(filled):
    with pytest.raises(CommandError, match="empty database"):
        call_command("make_load", accounts=1, contacts=1, opportunities=1)


def test_new_records_get_numbers_of_their_own_afterwards(filled):
    assert len(set(Account.objects.values_list("file_number", flat=True))) == 300
    numbers = set(Opportunity.objects.values_list("number", flat=True))
    assert len(numbers) == 900


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite keeps no such statistics")
def test_postgresql_knows_how_much_there_is(filled):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT reltuples FROM pg_class WHERE relname = %s", [Opportunity._meta.db_table]
        )
        assert cursor.fetchone() == (900,)
