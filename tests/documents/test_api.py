"""Documents and files over the API."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from documents.models import Document, FileType
from tests.documents.test_pages import PNG

pytestmark = pytest.mark.django_db
DOCUMENTS, FILES = "/api/v1/documents/", "/api/v1/attachments/"


def start(browser, cast, **more):
    body = {"template": "card", "subject_type": "account", "subject_id": cast.account.pk}
    return browser.post(DOCUMENTS, body | more, content_type="application/json")


def test_a_document_is_begun_answered_and_completed(cast, as_user):
    browser = as_user(cast.seller)
    made = start(browser, cast, answers={"staff": "12"})
    assert made.status_code == 201 and made.json()["answers"]["staff"] == "12"
    url = f"{DOCUMENTS}{made.json()['id']}/"
    refused = browser.post(f"{url}complete/", {}, content_type="application/json")
    assert refused.status_code == 400 and "Nature" in str(refused.json())
    body = {"answers": {"nature": "state", "name": "x"}, "version": made.json()["version"]}
    done = browser.patch(url, body, content_type="application/json")
    assert done.status_code == 200 and done.json()["score"] == "25.0"
    stale = browser.patch(
        url, {"answers": {"staff": "1"}, "version": 1}, content_type="application/json"
    )
    assert stale.status_code == 409
    done = browser.post(f"{url}complete/", {}, content_type="application/json")
    assert done.json()["state"] == "complete"
    listed = browser.get(DOCUMENTS, {"template": "card", "state": "complete"}).json()
    assert [row["id"] for row in listed["results"]] == [made.json()["id"]]
    assert as_user(cast.rival).get(url).status_code == 404


@pytest.mark.parametrize(
    "answers", [{"staff": "x"}, {"nothere": 1}, {"people": "x"}, {"who": {"id": "../"}}]
)
def test_wrong_answers_are_named_by_field_and_nothing_is_begun(cast, as_user, answers):
    refused = start(as_user(cast.seller), cast, answers=answers)
    assert refused.status_code == 400 and next(iter(answers)) in str(refused.json())
    assert not Document.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        {"template": "none"},
        {"template": "card", "subject_type": "moon", "subject_id": 1},
        {"template": "card", "subject_type": "account"},
        {"template": "card", "subject_type": "account", "subject_id": 2**62},
        {"template": "card", "owner": 1},
    ],
)
def test_a_document_is_begun_on_what_is_there(cast, as_user, body):
    browser = as_user(cast.seller)
    assert browser.post(DOCUMENTS, body, content_type="application/json").status_code == 400


def test_a_file_is_attached_listed_and_fetched(cast, as_user):
    FileType.objects.create(extension="png", media_type="image/png", magic="89504e47")
    browser = as_user(cast.seller)
    body = {
        "file": SimpleUploadedFile("licence.png", PNG),
        "subject_type": "account",
        "subject_id": cast.account.pk,
        "category": "basic",
    }
    made = browser.post(FILES, body)
    assert made.status_code == 201, made.content
    url = f"{FILES}{made.json()['id']}/"
    content = browser.get(f"{url}content/")
    assert b"".join(content.streaming_content) == PNG
    assert content["Content-Disposition"].startswith("attachment")
    assert browser.get(FILES, {"account": cast.account.pk}).json()["count"] == 1
    bad = browser.post(FILES, body | {"file": SimpleUploadedFile("x.html", b"<b>")})
    assert bad.status_code == 400
    rival = as_user(cast.rival)
    assert rival.get(url).status_code == 404 and rival.get(f"{url}content/").status_code == 404
    hidden = body | {"file": SimpleUploadedFile("licence.png", PNG)}
    assert rival.post(FILES, hidden).status_code == 400
