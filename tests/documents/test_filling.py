"""Filling a document: start, save, complete, revise, archive; gates and history."""

from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied

from core.exceptions import DomainError, StaleVersion
from core.history import both
from core.models import AuditEntry
from documents import services
from documents.models import Document, DocumentState
from documents.selectors import latest_document, missing_document
from documents.services.templates import activate, draft_of, mapping_to_build, save_draft
from tests.documents.conftest import make_template

pytestmark = pytest.mark.django_db
GOOD = {"name": "衡曜", "nature": "state"}


def start(cast, actor=None, **fields):
    return services.start_document(
        template=cast.template,
        actor=actor or cast.seller,
        subject_type="account",
        subject_id=cast.account.pk,
        **fields,
    )


def test_a_document_begins_numbered_and_offers_what_the_account_knows(cast):
    first, second = start(cast), start(cast)
    assert (first.number, second.number) == ("DC-001", "DC-002")
    assert first.answers == {"name": "衡曜半导体"}
    assert (first.account, first.owner, first.unit) == (
        cast.account,
        cast.seller,
        cast.account.department,
    )
    entry = AuditEntry.objects.get(action="document.started", target_id=first.pk)
    assert entry.actor == cast.seller


def test_nobody_begins_a_document_on_what_they_do_not_see(cast):
    for subject_type, pk in (("account", cast.hidden.pk), ("account", 987654), ("", None)):
        with pytest.raises(services.UnknownSubject):
            services.start_document(
                template=cast.template,
                actor=cast.seller,
                subject_type=subject_type,
                subject_id=pk,
            )
    assert not Document.objects.exists()


def test_answers_are_saved_with_typed_rows_and_history(cast):
    document = start(cast)
    services.save_answers(
        document=document,
        values={"staff": "120", "wants": ["a", "b"], "worth": "5", "who": cast.contact.pk},
        actor=cast.seller,
        version=1,
    )
    document.refresh_from_db()
    assert document.version == 2
    assert document.answers["worth"] == {"amount": "5.00", "currency": "CNY"}
    rows = document.answer_rows.order_by("field", "position")
    assert [(r.field, r.number, r.choice, r.reference_id) for r in rows] == [
        ("staff", Decimal(120), "", None),
        ("wants", None, "a", None),
        ("wants", None, "b", None),
        ("who", None, "", cast.contact.pk),
        ("worth", Decimal(5), "CNY", None),
    ]
    entry = AuditEntry.objects.get(action="document.answered")
    assert entry.changes[both("人数", "Staff")] == [None, "120"]
    assert entry.changes[both("想要", "Wants")] == [
        None,
        f"{both('甲', 'First')}, {both('乙', 'Second')}",
    ]
    assert entry.changes[both("金额", "Worth")] == [None, "5.00 CNY"]
    assert "answers" not in entry.changes
    begun = AuditEntry.objects.get(action="document.started").changes
    assert not {"answers", "subject_type", "audience"} & set(begun)


def test_wrong_answers_change_nothing_and_are_named(cast):
    document = start(cast)
    with pytest.raises(services.InvalidAnswers) as refused:
        services.save_answers(
            document=document,
            values={
                "staff": "x",
                "other": 1,
                "who": cast.stranger.pk,
                "papers": ["zz"],
                "notes": "fine",
            },
            actor=cast.seller,
        )
    assert set(refused.value.errors) == {"staff", "other", "who", "papers"}
    document.refresh_from_db()
    assert (document.version, document.answers) == (1, {"name": "衡曜半导体"})


def test_who_comes_second_is_shown_both_values(cast):
    document, again = start(cast), None
    again = Document.objects.get(pk=document.pk)
    services.save_answers(
        document=document, values={"staff": 5}, actor=cast.seller, version=1
    )
    again.refresh_from_db()
    with pytest.raises(StaleVersion) as stale:
        services.save_answers(document=again, values={"staff": 7}, actor=cast.director, version=1)
    assert stale.value.conflicts == {"staff": ("5", "7")}


def test_a_document_is_complete_when_nothing_required_is_missing(cast):
    document = start(cast)
    with pytest.raises(services.Incomplete) as refused:
        services.complete_document(document=document, actor=cast.seller)
    assert [what for what, _link in refused.value.missing] == ["Nature"]
    assert "still lacks: Nature" in missing_document("account", cast.account.pk, "card")
    services.save_answers(document=document, values=GOOD, actor=cast.seller)
    assert "has to be completed" in missing_document("account", cast.account.pk, "card")
    services.complete_document(document=document, actor=cast.seller, version=document.version)
    assert document.state == DocumentState.COMPLETE
    assert missing_document("account", cast.account.pk, "card") is None
    assert latest_document("account", cast.account.pk, "card") == document
    with pytest.raises(PermissionDenied):
        services.save_answers(document=document, values={"staff": 1}, actor=cast.seller)


def test_a_revision_supersedes_once_it_is_complete(cast):
    document = start(cast)
    services.save_answers(document=document, values=GOOD, actor=cast.seller)
    services.complete_document(document=document, actor=cast.seller)
    revision = services.revise_document(document=document, actor=cast.seller)
    assert revision.answers == document.answers
    with pytest.raises(DomainError):
        services.revise_document(document=document, actor=cast.seller)
    assert latest_document("account", cast.account.pk, "card") == document
    services.complete_document(document=revision, actor=cast.seller)
    document.refresh_from_db()
    assert document.state == DocumentState.SUPERSEDED
    assert latest_document("account", cast.account.pk, "card") == revision


def test_an_archived_revision_makes_room_for_another(cast):
    document = start(cast)
    services.save_answers(document=document, values=GOOD, actor=cast.seller)
    services.complete_document(document=document, actor=cast.seller)
    revision = services.revise_document(document=document, actor=cast.seller)
    with pytest.raises(DomainError):
        services.archive_document(document=revision, reason=" ", actor=cast.seller)
    services.archive_document(document=revision, reason="double", actor=cast.seller)
    assert services.revise_document(document=document, actor=cast.seller).pk != revision.pk


def test_documents_stay_on_their_version(cast):
    document = start(cast)
    draft = draft_of(cast.template, actor=cast.admin)
    mapping = mapping_to_build(draft)
    mapping["sections"][0]["fields"] = mapping["sections"][0]["fields"][:2]
    save_draft(draft=draft, mapping=mapping, actor=cast.admin, version=draft.version)
    activate(draft=draft, actor=cast.admin)
    assert document.form.state == "active"
    document.refresh_from_db()
    document = Document.objects.get(pk=document.pk)
    assert (document.form.number, document.form.state) == (1, "retired")
    assert start(cast).form.number == 2
    assert len(document.form.read.fields) == 13


def test_a_draft_with_problems_is_not_put_to_use(cast):
    draft = draft_of(cast.template, actor=cast.admin)
    save_draft(draft=draft, mapping={"sections": []}, actor=cast.admin)
    with pytest.raises(services.NotReady) as refused:
        activate(draft=draft, actor=cast.admin)
    assert refused.value.problems
    with pytest.raises(PermissionDenied):
        activate(draft=draft, actor=cast.seller)


def test_only_those_who_look_after_it_fill_it(cast):
    document = start(cast)
    services.save_answers(document=document, values={"staff": 1}, actor=cast.director)
    with pytest.raises(PermissionDenied):
        services.save_answers(document=document, values={"staff": 1}, actor=cast.rival)


def test_a_form_about_the_company_belongs_to_whoever_begins_it(cast):
    text = "document: note\nen: Note\nsections:\n- section: s\n  en: S\n  fields:\n"
    text += "  - {field: x, kind: text, en: X}\n"
    template = make_template(text, "note", subject_kind="")
    document = services.start_document(template=template, actor=cast.seller)
    seen = {
        name: Document.objects.visible_to(getattr(cast, name)).filter(pk=document.pk).exists()
        for name in ("seller", "director", "rival", "boss")
    }
    assert seen == {"seller": True, "director": True, "rival": False, "boss": True}
    assert document.number.startswith("NOTE-")
