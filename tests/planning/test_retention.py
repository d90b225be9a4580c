"""How long what is filed is kept, and what happens when its time has ended (R-ACC-38)."""

import datetime
import uuid

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import AccountAssignment
from core.exceptions import DomainError
from core.models import AuditEntry
from documents.models import ArchiveCategory, Attachment, Document
from documents.services.attachments import FileRefused, attach
from notifications.models import Notification
from planning import archive, services
from planning.models import Retention
from planning.retention import filed_by, is_past, keep_until
from tests.factories import about, make_administrator, make_document, make_form

DAY = datetime.timedelta(days=1)


@pytest.fixture
def contract(house):
    """A contract filed eleven years ago; contracts are kept for ten."""
    make_form("any")
    row = attach(
        upload=SimpleUploadedFile("frame.png", b"\x89PNG plain"),
        actor=house.lee,
        subject_type="account",
        subject_id=house.acme.pk,
        category="contract",
    )
    return age(row, years=11)


def age(row, *, years):
    then = timezone.now() - years * 366 * DAY
    type(row).objects.filter(pk=row.pk).update(created_at=then)
    row.refresh_from_db()
    return row


def entry(house, user):
    [(category, [filed])] = archive.archive_index(house.acme, user)
    return category, filed


def address(name, row, kind="file"):
    return reverse(f"planning:filed_{name}", args=[kind, row.pk])


@pytest.mark.parametrize(
    ("filed", "months", "last"),
    [("2020-01-31", 1, "2020-02-29"), ("2020-05-15", 24, "2022-05-15"), ("2019-12-31", 2, None)],
)
def test_the_last_day_is_so_many_months_later(filed, months, last):
    day = datetime.date.fromisoformat(filed)
    end = keep_until(day, months)
    assert end == datetime.date.fromisoformat(last or "2020-02-29")
    assert not is_past(end, end) and is_past(end, end + DAY)
    assert filed_by(end + DAY, months) >= day
    assert keep_until(day, None) is None and not is_past(None, datetime.date.max)
    assert keep_until(day, months, datetime.date(2030, 1, 1)) == datetime.date(2030, 1, 1)


def test_the_index_shows_what_is_past_its_time(client, house, contract):
    client.force_login(house.kim)
    page = client.get(reverse("planning:account_file", args=[house.acme.pk]))
    category, filed = entry(house, house.kim)
    assert category == "Contracts" and filed.past and filed.may_keep
    text = page.content.decode()
    assert address("put_away", contract) in text and address("prolong", contract) in text
    assert reverse("documents:attachment_open", args=[contract.uuid]) in text
    ArchiveCategory.objects.filter(code="contract").update(retention_months=12 * 20)
    assert not entry(house, house.kim)[1].past
    ArchiveCategory.objects.filter(code="contract").update(retention_months=None)
    assert entry(house, house.kim)[1].until is None


def test_the_index_costs_the_same_however_much_is_filed(client, house, contract):
    client.force_login(house.kim)
    url, asked = reverse("planning:account_file", args=[house.acme.pk]), []
    for _n in range(3):
        with CaptureQueriesContext(connection) as told:
            client.get(url)
        asked.append(len(told))
        for _m in range(2):
            copy = Attachment.objects.get(pk=contract.pk)
            copy.pk, copy.uuid = None, uuid.uuid4()
            copy.save(force_insert=True)
    assert asked[1] == asked[2]


def test_it_is_told_of_once_and_again_when_the_longer_time_has_ended(house, contract):
    today = timezone.localdate()
    assert services.tell_of_ended() == 1
    assert services.tell_of_ended() == 1  # the same night over again
    notice = Notification.objects.get(kind="planning.retention_ended")
    assert notice.recipient == house.kim
    assert services.tell_of_ended(today=today + DAY) == 0
    services.prolong(item=contract, until=today + 5 * DAY, reason="audit", actor=house.kim)
    assert services.tell_of_ended(today=today + 5 * DAY) == 0
    assert services.tell_of_ended(today=today + 6 * DAY) == 1
    assert Notification.objects.filter(kind="planning.retention_ended").count() == 2
    assert Attachment.objects.get().archived_at is None


def test_without_an_account_manager_the_owner_is_told_else_the_administrators(house, contract):
    keeper = make_administrator("keeper")
    AccountAssignment.objects.filter(account=house.acme).delete()
    Attachment.objects.update(owner=None, uploaded_by=house.stranger)
    assert services.tell_of_ended() == 1
    assert {n.recipient for n in Notification.objects.all()} == {keeper}


def test_a_document_counts_from_its_completion(house):
    template = make_form("yearly", kind="report")
    done = timezone.now() - 366 * 6 * DAY
    open_one = make_document(template, created_by=house.kim, **about(house.acme, house.kim))
    Document.objects.filter(pk=open_one.pk).update(created_at=done)
    assert services.tell_of_ended() == 0
    Document.objects.filter(pk=open_one.pk).update(state="complete", completed_at=done)
    assert services.tell_of_ended() == 0
    ArchiveCategory.objects.create(
        code="papers", name_en="Papers", form_kind="report", retention_months=60
    )
    assert services.tell_of_ended() == 1
    open_one = Document.objects.get()
    services.put_away(item=open_one, reason="six years old", actor=house.kim)
    assert archive.archive_index(house.acme, house.kim) == []
    assert Document.objects.get().archived_at is not None


def test_it_is_prolonged_with_a_reason_through_the_page(client, house, contract):
    client.force_login(house.kim)
    url, later = address("prolong", contract), timezone.localdate() + 400 * DAY
    assert client.get(url).status_code == 200
    for wrong in (
        {"until": later.isoformat()},
        {"until": timezone.localdate().isoformat(), "reason": "audit"},
        {"until": "soon", "reason": "audit"},
    ):
        assert client.post(url, wrong).status_code == 422
    right = {"until": later.isoformat(), "reason": "Audit of next year"}
    assert client.post(url, right).status_code == 302
    kept = Retention.objects.get()
    assert (kept.keep_until, kept.prolonged_by) == (later, house.kim)
    told = AuditEntry.objects.get(action="retention.prolonged")
    assert told.reason == "Audit of next year"
    filed = entry(house, house.kim)[1]
    assert filed.until == later and not filed.past


def test_it_is_put_away_with_a_reason_and_nothing_is_deleted(client, house, contract):
    client.force_login(house.kim)
    url = address("put_away", contract)
    assert client.get(url).status_code == 200
    assert client.post(url, {}).status_code == 422
    assert client.post(url, {"reason": "ten years are over"}).status_code == 302
    row = Attachment.objects.get()
    assert row.archived_at is not None and row.file.storage.exists(row.file.name)
    told = AuditEntry.objects.get(action="attachment.archived")
    assert told.reason == "ten years are over"
    assert client.get(url).status_code == 404
    assert archive.archive_index(house.acme, house.kim) == []


def test_before_its_time_it_is_not_put_away(house, contract):
    Attachment.objects.update(created_at=timezone.now())
    contract = Attachment.objects.get()
    with pytest.raises(DomainError):
        services.put_away(item=contract, reason="tidy", actor=house.kim)
    ArchiveCategory.objects.filter(code="contract").update(retention_months=None)
    contract = Attachment.objects.get()
    for call in (
        lambda: services.put_away(item=contract, reason="tidy", actor=house.kim),
        lambda: services.prolong(
            item=contract, until=timezone.localdate() + DAY, reason="x", actor=house.kim
        ),
    ):
        with pytest.raises(DomainError):
            call()


def test_hidden_is_404_and_forbidden_403(client, house, contract):
    Attachment.objects.update(uploaded_by=house.kim, owner=house.kim)
    contract = Attachment.objects.get()
    for name in ("prolong", "put_away"):
        for user, code in ((house.stranger, 404), (house.lee, 403), (house.dora, 200)):
            client.force_login(user)
            assert client.get(address(name, contract)).status_code == code
        assert client.get(address(name, contract, "nonsense")).status_code == 404
    with pytest.raises(PermissionDenied):
        services.put_away(item=contract, reason="x", actor=house.lee)


def test_categories_are_kept_in_the_admin(client, house):
    client.force_login(make_administrator("keeper"))
    data = {"code": "tenders", "name_zh": "标书", "name_en": "Tenders", "position": 5}
    added = reverse("admin:documents_archivecategory_add")
    wrong = client.post(added, data | {"retention_months": 0, "form_kind": "", "is_active": "on"})
    assert wrong.status_code == 200 and not ArchiveCategory.objects.filter(code="tenders")
    right = data | {"retention_months": 84, "form_kind": "", "is_active": "on"}
    assert client.post(added, right).status_code == 302
    assert ArchiveCategory.objects.first().code == "tenders"
    client.force_login(house.kim)
    page = client.get(reverse("documents:account_documents", args=[house.acme.pk]))
    assert '<option value="tenders"' in page.content.decode()
    with pytest.raises(FileRefused):
        attach(
            upload=SimpleUploadedFile("a.txt", b"x"),
            actor=house.kim,
            subject_type="account",
            subject_id=house.acme.pk,
            category="nothing",
        )


def test_one_kind_of_form_stands_in_one_category(db):
    with pytest.raises(IntegrityError), transaction.atomic():
        ArchiveCategory.objects.create(code="other", form_kind="form")
