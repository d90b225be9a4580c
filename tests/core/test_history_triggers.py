"""History cannot be changed, whoever asks the database."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from core import audit, history_triggers
from core.models import AuditEntry, CompanySettings
from tests.factories import make_currency

pytestmark = pytest.mark.django_db


@pytest.fixture
def line():
    make_currency()
    company = CompanySettings.objects.create(pk=1)
    row = audit.record(
        actor=None, action="company.edited", target=company, reason="why", name=("a", "b")
    )
    if connection.vendor == "postgresql":
        connection.check_constraints()  # nothing is pending, as after a commit
    return row


def refused(statement):
    with pytest.raises(DatabaseError, match="history is never changed"), transaction.atomic():
        statement()


def test_a_line_is_neither_changed_nor_deleted(line):
    lines = AuditEntry.objects.filter(pk=line.pk)
    refused(lambda: lines.update(reason="another"))
    refused(lambda: lines.update(actor=None, action="x"))
    refused(lambda: lines.delete())
    refused(lambda: AuditEntry.objects.all().delete())
    line.reason = "another"
    refused(line.save)
    assert AuditEntry.objects.get().reason == "why"


def test_only_blanking_personal_data_is_let_through_and_only_once(line):
    lines = AuditEntry.objects.filter(pk=line.pk)
    blank = {"changes": {}, "target_label": "", "reason": "", "redacted_at": timezone.now()}
    refused(lambda: lines.update(redacted_at=timezone.now()))
    refused(lambda: lines.update(**blank, action="other"))
    assert lines.update(**blank) == 1
    refused(lambda: lines.update(**blank))


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no TRUNCATE")
def test_the_table_is_not_truncated(line):
    def truncate():
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {history_triggers.TABLE}")

    refused(truncate)


def test_they_can_be_lifted_for_moving_a_whole_database(line):
    with history_triggers.lifted():
        AuditEntry.objects.filter(pk=line.pk).update(reason="moved")
    assert AuditEntry.objects.get().reason == "moved"
    refused(lambda: AuditEntry.objects.filter(pk=line.pk).update(reason="again"))


@pytest.mark.parametrize("time", ["first", "second"])
@pytest.mark.django_db(transaction=True)
def test_a_test_that_commits_leaves_no_history_and_the_triggers(time):
    make_currency()
    company = CompanySettings.objects.create(pk=1)
    assert not AuditEntry.objects.exists()
    audit.record(actor=None, action="company.edited", target=company, name=("a", "b"))
    with pytest.raises(DatabaseError, match="history is never changed"):
        AuditEntry.objects.all().delete()
