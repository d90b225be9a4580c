"""Imports over the API: file, dry run, writing, undo."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from core.models import ImportBatch
from opportunities.models import Product
from tests import factories as make

IMPORTS = "/api/v1/imports/"
GOOD = b"code,name_en\nAPI-1,One\nAPI-2,Two\n"


@pytest.fixture
def root(client, db):
    make.make_currency()
    user = make.make_administrator("root")
    client.force_login(user)
    return user


def upload(client, content=GOOD, name="products.csv", **fields):
    file = SimpleUploadedFile(name, content, content_type="text/csv")
    return client.post(IMPORTS, {"kind": "products", "file": file, **fields})


def test_a_file_is_checked_written_and_taken_back(client, root, django_capture_on_commit_callbacks):
    made = upload(client)
    assert made.status_code == 201, made.content
    url = f"{IMPORTS}{made.json()['id']}/"
    assert (made.json()["state"], made.json()["rows"]) == ("uploaded", 2)
    checked = client.post(f"{url}check/").json()
    assert (checked["state"], checked["plan"]["create"]) == ("checked", 2)
    assert not Product.objects.exists()
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(f"{url}commit/").status_code == 200
    assert client.get(url).json()["state"] == "done"
    assert Product.objects.count() == 2
    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"{url}undo/")
    assert client.get(url).json()["state"] == "undone"
    assert not Product.objects.exists()


def test_bad_lines_are_told(client, root):
    made = upload(client, b"code,name_en,list_price\nAPI-1,One,abc\n").json()
    client.post(f"{IMPORTS}{made['id']}/check/")
    [line] = client.get(f"{IMPORTS}{made['id']}/lines/").json()["results"]
    assert line["line"] == 2
    assert line["values"] == ["API-1", "One", "abc"]
    assert line["errors"][0]["field"] == "list_price"
    assert line["errors"][0]["message"]


@pytest.mark.parametrize(
    ("content", "name"),
    [(b"", "a.csv"), (b"\x00" * 50, "a.csv"), (b"x", "a.exe"), (b"no", "a.xlsx")],
)
def test_bad_files_are_refused(client, root, content, name):
    answer = upload(client, content, name)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"]
    assert not ImportBatch.objects.exists()


def test_an_unknown_kind_or_mapping_is_refused(client, root):
    assert upload(client, kind="nonsense").status_code == 400
    assert upload(client, mapping="nonsense").status_code == 400


def test_a_step_that_does_not_fit_is_refused(client, root):
    made = upload(client).json()
    answer = client.post(f"{IMPORTS}{made['id']}/undo/")
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "wrong_state"


def test_one_sees_ones_own_imports_only_and_needs_the_right(client, root):
    made = upload(client).json()
    client.force_login(make.make_director("dora"))
    assert client.get(IMPORTS).json()["count"] == 0
    assert client.get(f"{IMPORTS}{made['id']}/lines/").status_code == 404
    client.force_login(make.make_user("kim"))
    assert upload(client).status_code == 403
    assert client.get(IMPORTS).json()["count"] == 0


def test_the_same_file_under_one_key_is_taken_in_once(client, root):
    file = SimpleUploadedFile("p.csv", GOOD)
    first = client.post(IMPORTS, {"kind": "products", "file": file}, HTTP_IDEMPOTENCY_KEY="i1")
    file = SimpleUploadedFile("p.csv", GOOD)
    again = client.post(IMPORTS, {"kind": "products", "file": file}, HTTP_IDEMPOTENCY_KEY="i1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    other = SimpleUploadedFile("p.csv", GOOD + b"API-3,Three\n")
    answer = client.post(IMPORTS, {"kind": "products", "file": other}, HTTP_IDEMPOTENCY_KEY="i1")
    assert answer.status_code == 422
    assert ImportBatch.objects.count() == 1
