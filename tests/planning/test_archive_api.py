"""The archive over the API: kept longer, put away, by the same services as the pages (R-ACC-38)."""

import datetime

import pytest
from django.utils import timezone

from core.models import AuditEntry
from documents.models import ArchiveCategory, Attachment, Document
from planning.models import Retention
from tests.factories import about, make_document, make_form
from tests.planning.test_retention import DAY, age, contract  # noqa: F401 - a fixture

FILES, DOCUMENTS = "/api/v1/filed-files/", "/api/v1/filed-documents/"
LATER = timezone.localdate() + 400 * DAY


@pytest.fixture
def api(client, house):
    def call(who, path, body=None, **headers):
        client.force_login(getattr(house, who))
        if body is None:
            return client.get(path)
        return client.post(path, body, "application/json", headers=headers or None)

    return call


@pytest.fixture
def report(house):
    """A report completed six years ago; reports are kept for five."""
    ArchiveCategory.objects.create(
        code="papers", name_en="Papers", form_kind="report", retention_months=60
    )
    row = make_document(
        make_form("yearly", kind="report"), created_by=house.kim, **about(house.acme, house.kim)
    )
    done = timezone.now() - 366 * 6 * DAY
    Document.objects.filter(pk=row.pk).update(state="complete", completed_at=done)
    return Document.objects.get()


def error(answer):
    return answer.status_code, answer.json()["error"]


def test_what_is_filed_says_how_long_it_is_kept(api, house, contract, report):  # noqa: F811
    [row] = api("kim", FILES).json()["results"]
    assert (row["id"], row["name"], row["category"]) == (contract.pk, "frame.png", "contract")
    assert row["account"]["id"] == house.acme.pk and row["is_past"] and row["version"] == 1
    filed = timezone.localdate(contract.created_at)
    assert datetime.date.fromisoformat(row["keep_until"]).year == filed.year + 10
    [row] = api("kim", DOCUMENTS, None).json()["results"]
    assert (row["id"], row["category"], row["is_past"]) == (report.pk, "papers", True)
    ArchiveCategory.objects.update(retention_months=None)
    for path in (FILES, DOCUMENTS):
        [row] = api("kim", path).json()["results"]
        assert row["keep_until"] is None and not row["is_past"]


def test_it_is_kept_longer_with_a_reason_once_for_a_key(api, house, contract):  # noqa: F811
    path = f"{FILES}{contract.pk}/prolong/"
    body = {"until": LATER.isoformat(), "reason": "audit"}
    for _again in range(2):
        answer = api("kim", path, body, idempotency_key="k-1")
        row = answer.json()
        assert answer.status_code == 200 and row["keep_until"] == LATER.isoformat()
        assert not row["is_past"] and row["reason"] == "audit"
        assert row["prolonged_by"]["id"] == house.kim.pk
    assert AuditEntry.objects.filter(action="retention.prolonged").count() == 1
    assert Retention.objects.get().keep_until == LATER
    other = api("kim", path, body | {"reason": "x"}, idempotency_key="k-1")
    assert other.status_code == 422


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"until": LATER.isoformat()}, "reason"),
        ({"until": LATER.isoformat(), "reason": " "}, "reason"),
        ({"reason": "audit"}, "until"),
        ({"until": "2001-01-01", "reason": "audit"}, "until"),
        ({"until": "soon", "reason": "audit"}, "until"),
        ({"until": LATER.isoformat(), "reason": "audit", "keep": 1}, "keep"),
    ],
)
def test_a_refusal_stands_beside_its_field(api, contract, body, field):  # noqa: F811
    code, told = error(api("kim", f"{FILES}{contract.pk}/prolong/", body))
    assert code == 400 and list(told["fields"]) == [field]
    assert not Retention.objects.exists()


def test_it_is_put_away_when_its_time_is_over_and_nothing_is_deleted(
    api,
    contract,  # noqa: F811
    report,
):
    for path, row in ((FILES, contract), (DOCUMENTS, report)):
        away = f"{path}{row.pk}/put-away/"
        assert error(api("kim", away, {}))[0] == 400
        assert api("kim", away, {"reason": "over"}, idempotency_key=path).status_code == 204
        assert api("kim", away, {"reason": "over"}, idempotency_key=path).status_code == 204
        assert api("kim", away, {"reason": "over"}).status_code == 404
        row.refresh_from_db()
        assert row.archived_at is not None
    assert Attachment.objects.get().file.storage.exists(contract.file.name)


def test_before_its_time_it_is_not_put_away(api, contract):  # noqa: F811
    Attachment.objects.update(created_at=timezone.now())
    code, told = error(api("kim", f"{FILES}{contract.pk}/put-away/", {"reason": "tidy"}))
    assert code == 400 and "has not ended yet" in told["message"]


def test_a_stale_version_is_refused_with_what_is_kept_now(api, contract):  # noqa: F811
    path = f"{FILES}{contract.pk}/"
    first = {"until": LATER.isoformat(), "reason": "audit", "version": 1}
    assert api("kim", f"{path}prolong/", first).json()["version"] == 2
    late = {"until": (LATER + DAY).isoformat(), "reason": "court", "version": 1}
    code, told = error(api("kim", f"{path}prolong/", late))
    assert code == 409 and told["current"]["id"] == contract.pk
    assert told["current"]["keep_until"] == LATER.isoformat()
    Retention.objects.update(keep_until=timezone.localdate() - DAY)
    gone = {"reason": "over", "version": 1}
    code, told = error(api("kim", f"{path}put-away/", gone))
    assert code == 409 and told["current"]["id"] == contract.pk
    assert api("kim", f"{path}put-away/", {**gone, "version": 2}).status_code == 204


def test_hidden_is_404_and_forbidden_403(api, house, contract):  # noqa: F811
    Attachment.objects.update(uploaded_by=house.kim, owner=house.kim)
    path, body = f"{FILES}{contract.pk}/", {"reason": "over"}
    assert api("stranger", path).status_code == 404
    assert api("stranger", FILES).json()["count"] == 0
    assert api("stranger", f"{path}put-away/", body).status_code == 404
    assert api("lee", path).status_code == 200
    assert api("lee", f"{path}put-away/", body).status_code == 403
    assert Attachment.objects.get().archived_at is None


def test_the_list_costs_the_same_however_much_is_filed(
    api,
    contract,  # noqa: F811
    django_assert_max_num_queries,
):
    rows = [Attachment.objects.get(pk=contract.pk) for _n in range(12)]
    for number, row in enumerate(rows):
        row.pk, row.uuid = None, f"00000000-0000-0000-0000-0000000000{number:02}"
        row.save(force_insert=True)
    api("kim", FILES)
    with django_assert_max_num_queries(12):
        assert api("kim", FILES).json()["count"] == 13
    assert age(contract, years=1)
