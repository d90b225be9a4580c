"""Pages of documents: filling, saving as one goes, reading, comparing, files, comments."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from core.library import load
from documents.models import Attachment, Comment, Document, DocumentState, FileType
from documents.services import complete_document, save_answers, start_document
from tests.documents.conftest import make_template
from tests.documents.test_filling import GOOD

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40


def url(name, *args):
    return reverse(f"documents:{name}", args=args)


@pytest.fixture
def document(cast):
    return start_document(
        template=cast.template,
        actor=cast.seller,
        subject_type="account",
        subject_id=cast.account.pk,
    )


@pytest.fixture
def file_types(db):
    for extension, media, magic, preview in (
        ("png", "image/png", "89504e470d0a1a0a", "image"),
        ("pdf", "application/pdf", "25504446", "pdf"),
        ("txt", "text/plain", "", ""),
    ):
        FileType.objects.create(
            extension=extension, media_type=media, magic=magic, preview=preview
        )


def upload(name="licence.png", content=PNG):
    return SimpleUploadedFile(name, content)


def test_the_list_shows_visible_documents_within_its_budget(
    cast, as_user, document, django_assert_max_num_queries
):
    start_document(
        template=cast.template, actor=cast.rival, subject_type="account", subject_id=cast.hidden.pk
    )
    browser = as_user(cast.seller)
    browser.get(url("document_list"))
    with django_assert_max_num_queries(14):
        page = browser.get(url("document_list"))
    assert [row.pk for row in page.context["listing"].page.rows] == [document.pk]
    assert "秘密客户" not in page.content.decode()
    assert browser.get(url("document_export"), {"format": "xlsx"}).status_code == 200


@pytest.mark.parametrize(
    "name", ["document_detail", "document_fill", "document_compare", "document_file"]
)
def test_a_hidden_document_is_not_there(cast, as_user, document, name):
    assert as_user(cast.rival).get(url(name, document.pk)).status_code == 404


def test_any_form_is_begun_on_any_account_one_sees(cast, as_user):
    browser = as_user(cast.seller)
    page = browser.get(url("template_list"), {"account": cast.account.pk})
    assert "Data card" in page.content.decode()
    answer = browser.post(
        url("document_start", "card"), {"account": cast.account.pk, "name": "first"}
    )
    made = Document.objects.get()
    assert answer.url == url("document_fill", made.pk)
    refused = browser.post(url("document_start", "card"), {"account": cast.hidden.pk})
    assert refused.status_code == 422 and Document.objects.count() == 1


def test_saving_as_one_goes_keeps_what_was_touched(cast, as_user, document):
    browser = as_user(cast.seller)
    page = browser.get(url("document_fill", document.pk))
    assert page.status_code == 200 and "Which" in page.content.decode()
    answer = browser.post(
        url("document_save", document.pk),
        {
            "version": 1,
            "touched": ["nature", "staff", "people"],
            "f-nature": "other",
            "f-staff": "abc",
            "f-people.0.who": "林",
            "f-people.0.age": "40",
            "f-people.501.who": "",
            "f-name": "not touched",
        },
        headers=HTMX,
    )
    assert answer.status_code == 200
    document.refresh_from_db()
    assert document.answers == {
        "name": "衡曜半导体",
        "nature": "other",
        "people": [{"who": "林", "age": "40"}],
    }
    told = json.loads(answer["HX-Trigger"])["kam:filled"]
    assert "which" not in told["hidden"]
    assert told["errors"] == {"staff": "Enter a number."}
    assert 'name="version" value="2"' in answer.content.decode()


def test_who_comes_second_sees_both_values(cast, as_user, document):
    save_answers(document=document, values={"staff": 5}, actor=cast.director)
    browser = as_user(cast.seller)
    sent = {"version": 1, "touched": "staff", "f-staff": "7"}
    answer = browser.post(url("document_save", document.pk), sent, headers=HTMX)
    assert answer.status_code == 409
    text = answer.content.decode()
    assert "<td>5</td>" in text and "<b>7</b>" in text and 'value="2"' in text
    document.refresh_from_db()
    assert document.answers["staff"] == "5"
    answer = browser.post(url("document_save", document.pk), sent | {"version": 2}, headers=HTMX)
    document.refresh_from_db()
    assert answer.status_code == 200 and document.answers["staff"] == "7"


def test_without_scripts_the_whole_form_is_saved_and_completed(cast, as_user, document, file_types):
    browser = as_user(cast.seller)
    sent = {
        "version": 1,
        "asked": ["name", "nature", "staff", "papers", "wants"],
        "f-name": "衡曜",
        "f-nature": "state",
        "f-staff": "x",
        "f-wants": ["a"],
        "f-papers": upload(),
        "do": "complete",
    }
    page = browser.post(url("document_fill", document.pk), sent)
    assert page.status_code == 422 and "Enter a number." in page.content.decode()
    document.refresh_from_db()
    assert document.state == DocumentState.DRAFT
    again = sent | {"version": document.version, "f-staff": "3"}
    del again["f-papers"]
    assert browser.post(url("document_fill", document.pk), again).status_code == 302
    document.refresh_from_db()
    assert document.state == DocumentState.COMPLETE
    assert document.answers["papers"] == [str(Attachment.objects.get().uuid)]
    assert browser.post(url("document_fill", document.pk), again).status_code == 403


def test_a_document_is_read_printed_compared_and_taken_to_a_spreadsheet(cast, as_user, document):
    save_answers(document=document, values=GOOD | {"people": [{"who": "林"}]}, actor=cast.seller)
    complete_document(document=document, actor=cast.seller)
    browser = as_user(cast.seller)
    answer = browser.post(url("document_revise", document.pk))
    revision = Document.objects.get(supersedes=document)
    assert answer.url == url("document_fill", revision.pk)
    save_answers(document=revision, values={"staff": "1200"}, actor=cast.seller)
    page = browser.get(url("document_compare", revision.pk)).content.decode()
    assert "1,200" in page and "1 answer differs" in page
    page = browser.get(url("document_detail", document.pk)).content.decode()
    assert "State" in page and "林" in page and revision.number in page
    assert "哪种" not in page and "Which" not in page
    sheet = browser.get(url("document_file", document.pk), {"format": "csv"})
    assert "Basics,Nature,State" in b"".join(sheet.streaming_content).decode()
    assert browser.get(url("document_file", document.pk))["Content-Type"].endswith("sheet")


def test_a_reference_to_what_one_does_not_see_is_not_named(cast, as_user, document):
    save_answers(document=document, values={"who": cast.stranger.pk}, actor=cast.boss)
    for name in ("document_detail", "document_fill"):
        page = as_user(cast.seller).get(url(name, document.pk)).content.decode()
        assert "秘密联系人" not in page and "(not yours to see)" in page


def test_archiving_asks_why(cast, as_user, document):
    browser = as_user(cast.seller)
    assert browser.post(url("document_archive", document.pk), {"reason": ""}).status_code == 422
    browser.post(url("document_archive", document.pk), {"reason": "double", "version": 1})
    document.refresh_from_db()
    assert document.archived_at


def test_the_account_has_a_tab_of_its_documents(cast, as_user, document):
    browser = as_user(cast.seller)
    page = browser.get(url("account_documents", cast.account.pk))
    assert document.get_absolute_url() in page.content.decode()
    assert as_user(cast.rival).get(url("account_documents", cast.account.pk)).status_code == 404


# ---------- files ----------


def test_a_file_of_a_field_comes_and_goes(cast, as_user, document, file_types):
    browser = as_user(cast.seller)
    answer = browser.post(
        url("document_file_add", document.pk, "papers"), {"f-papers": upload()}, headers=HTMX
    )
    row = Attachment.objects.get()
    assert answer.status_code == 200 and "licence.png" in answer.content.decode()
    assert row.file.name.endswith(row.uuid.hex) and "licence" not in row.file.name
    document.refresh_from_db()
    assert document.answers["papers"] == [str(row.uuid)]
    browser.post(url("document_file_remove", document.pk, "papers", row.uuid), headers=HTMX)
    document.refresh_from_db()
    assert "papers" not in document.answers
    assert browser.get(url("attachment_open", row.uuid)).status_code == 404


@pytest.mark.parametrize(
    "name, content",
    [
        ("page.html", b"<script>"),
        ("picture.svg", b"<svg onload=alert(1)>"),
        ("shell.php", b"<?php"),
        ("SHELL.pHp", b"<?php"),
        ("fake.png", b"<script>alert(1)</script>"),
        ("fake.txt", b"<!doctype html><script>"),
        ("binary.txt", b"a\0b"),
        ("empty.png", b""),
        ("noending", b"x"),
    ],
)
def test_what_may_not_be_attached_is_refused(cast, as_user, file_types, name, content):
    answer = as_user(cast.seller).post(
        url("attachment_add", "account", cast.account.pk),
        {"file": upload(name, content), "category": "general"},
    )
    assert answer.status_code == 422
    assert not Attachment.objects.exists()


def test_files_have_a_largest_size_and_a_quota(cast, as_user, file_types):
    from documents.models import DocumentSettings  # noqa: PLC0415

    settings = DocumentSettings.objects.create(max_megabytes=0)
    browser, where = as_user(cast.seller), url("attachment_add", "account", cast.account.pk)
    page = browser.post(where, {"file": upload(), "category": "general"})
    assert "larger than" in page.content.decode()
    settings.max_megabytes, settings.person_megabytes = 1, 0
    settings.save()
    page = browser.post(where, {"file": upload(), "category": "general"})
    assert "no room" in page.content.decode()


@pytest.mark.parametrize("name", ["../../evil.png", '"><img onerror=x>.png', "x" * 300 + ".png"])
def test_a_file_is_served_to_those_who_may_and_never_runs(cast, as_user, file_types, name):
    browser = as_user(cast.seller)
    sent = {"file": upload(name), "category": "basic"}
    assert browser.post(url("attachment_add", "account", cast.account.pk), sent).status_code == 302
    row = Attachment.objects.get()
    assert "/" not in row.name and "\n" not in row.name and len(row.name) <= 200
    answer = browser.get(url("attachment_open", row.uuid))
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert answer["Content-Type"] == "application/octet-stream"
    shown = browser.get(url("attachment_preview", row.uuid))
    assert shown["Content-Type"] == "image/png" and "sandbox" in shown["Content-Security-Policy"]
    assert browser.get(url("attachment_view", row.uuid)).status_code == 200
    for page in ("attachment_open", "attachment_preview", "attachment_view"):
        assert as_user(cast.rival).get(url(page, row.uuid)).status_code == 404


def test_a_text_file_has_no_preview(cast, as_user, file_types):
    browser = as_user(cast.seller)
    sent = {"file": upload("note.txt", b"plain words"), "category": "basic"}
    browser.post(url("attachment_add", "account", cast.account.pk), sent)
    row = Attachment.objects.get()
    assert browser.get(url("attachment_preview", row.uuid)).status_code == 404


def test_a_confidential_file_is_the_lines_alone(cast, as_user, file_types):
    make = {"file": upload(), "category": "contract", "is_confidential": "on"}
    as_user(cast.director).post(url("attachment_add", "account", cast.account.pk), make)
    row = Attachment.objects.get()
    seen = [
        name
        for name in ("seller", "director", "rival", "boss")
        if Attachment.objects.visible_to(getattr(cast, name)).exists()
    ]
    assert row.is_confidential and seen == ["seller", "director", "boss"]


# ---------- comments and policies ----------


def test_who_is_named_is_told_and_who_may_not_see_is_refused(cast, as_user, document):
    from notifications.models import Notification  # noqa: PLC0415

    browser, where = as_user(cast.seller), url("comment_add", "document", document.pk)
    answer = browser.post(where, {"text": "Please look, @director"})
    assert answer.status_code == 302
    notice = Notification.objects.get()
    assert notice.recipient == cast.director
    for text, said in (("@rival look", "may not see"), ("@nobody look", "no colleague")):
        page = browser.post(where, {"text": text})
        assert page.status_code == 422 and said in page.content.decode()
    assert Comment.objects.count() == 1 and Notification.objects.count() == 1
    assert as_user(cast.rival).post(where, {"text": "x"}).status_code == 404


def test_a_comment_is_removed_by_its_author(cast, as_user):
    as_user(cast.seller).post(url("comment_add", "account", cast.account.pk), {"text": "<b>hi"})
    comment = Comment.objects.get()
    page = as_user(cast.director).get(url("account_documents", cast.account.pk)).content.decode()
    assert "&lt;b&gt;hi" in page
    where = url("comment_remove", comment.pk)
    assert as_user(cast.director).post(where).status_code == 403
    assert as_user(cast.rival).post(where).status_code == 404
    assert as_user(cast.seller).post(where).status_code == 302
    comment.refresh_from_db()
    assert comment.archived_at


def test_a_policy_is_confirmed_version_by_version(cast, as_user):
    text = "document: rules\nkind: policy\nen: Rules\nzh: 制度\ntext:\n  en: Be kind\n  zh: 友善\n"
    template = make_template(text, "rules", kind="policy", subject_kind="")
    browser = as_user(cast.seller)
    assert "to be read" in browser.get(url("policy_list")).content.decode()
    assert "Be kind" in browser.get(url("policy_detail", "rules")).content.decode()
    for number in (1, 1):
        browser.post(url("policy_acknowledge", "rules"), {"number": number})
    assert template.active_version().acknowledgements.count() == 1
    template.definition = text.replace("Be kind", "Be kinder")
    template.save()
    from documents.services.templates import follow_library  # noqa: PLC0415

    follow_library([template], None)
    assert "to be read" in browser.get(url("policy_list")).content.decode()
    assert browser.post(url("policy_acknowledge", "rules"), {"number": 1}).status_code == 422
    page = as_user(cast.admin).get(url("policy_detail", "rules")).content.decode()
    assert "0 colleagues" in page


def test_shipped_forms_come_with_the_library(db, cast, as_user):
    load()
    page = as_user(cast.seller).get(url("template_list")).content.decode()
    assert "Customer basic information form" in page
    answer = as_user(cast.seller).post(
        url("document_start", "customer_basic_information"), {"account": cast.account.pk}
    )
    made = Document.objects.get()
    assert made.answers["phone"] == "025-1" and made.number == "KHXX-00001"
    assert as_user(cast.seller).get(answer.url).status_code == 200
