"""What documents copied follows their subject; shipped forms follow the library."""

import datetime

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone

from accounts.services import transfer_account
from core import library
from documents.models import Attachment, Document, DocumentTemplate, VersionState
from documents.services import follow_subjects, start_document
from documents.services.filling import place_of
from documents.services.templates import (
    activate,
    draft_of,
    mapping_to_build,
    offer,
    save_draft,
)
from tests import factories as make

pytestmark = pytest.mark.django_db


def test_a_confidential_file_follows_its_account_to_the_next_manager(cast):
    document = start_document(
        template=cast.template,
        actor=cast.seller,
        subject_type="account",
        subject_id=cast.account.pk,
    )
    row = Attachment.objects.create(
        category_id="general",
        file=ContentFile(b"x", name="x"),
        name="x.txt",
        size=1,
        is_confidential=True,
        **(place_of("account", cast.account.pk, cast.seller) | {"audience": "line"}),
    )
    heir = make.make_user("heir", unit=cast.seller.unit)
    transfer_account(account=cast.account, to=heir, reason="moves", actor=cast.boss)
    assert Attachment.objects.visible_to(heir).exists()
    assert follow_subjects() == 0
    document.refresh_from_db()
    row.refresh_from_db()
    assert document.owner == row.owner == heir and row.audience == "line"
    assert Attachment.objects.visible_to(heir).exists()
    assert not Attachment.objects.visible_to(cast.seller).exists()


def test_a_transfer_from_a_later_day_is_followed_by_the_job_of_that_day(cast, monkeypatch):
    document = start_document(
        template=cast.template,
        actor=cast.seller,
        subject_type="account",
        subject_id=cast.account.pk,
    )
    heir, today = make.make_user("heir", unit=cast.seller.unit), timezone.localdate()
    later = today + datetime.timedelta(days=3)
    transfer_account(account=cast.account, to=heir, reason="moves", actor=cast.boss, on=later)
    document.refresh_from_db()
    assert document.owner == cast.seller and follow_subjects() == 0
    monkeypatch.setattr(timezone, "localdate", lambda *args: later)
    assert (follow_subjects(), follow_subjects()) == (1, 0)
    document.refresh_from_db()
    assert document.owner == heir


@pytest.fixture
def shipped(cast, monkeypatch):
    """The library loaded; ship(text) lets it bring another wording of the customer form."""
    library.load()
    code = "form:customer_basic_information"
    shelf = library.shelf_of(DocumentTemplate)
    rows = library.shipped_rows(shelf)
    template = DocumentTemplate.objects.get(library_code=code)

    def ship(text):
        def changed(row):
            if row.code != code:
                return row
            values = row.values | {"definition": text}
            return library.Shipped(row.code, row.version + 1, values, library._digest(values))

        real = library.shipped_rows
        monkeypatch.setattr(
            library,
            "shipped_rows",
            lambda of: tuple(map(changed, rows)) if of is shelf else real(of),
        )

    return template, ship


def test_a_newly_shipped_wording_becomes_a_version_of_its_own(shipped):
    template, ship = shipped
    assert template.active_version().number == 1
    ship(template.definition.replace("客户全称", "客户的全称"))
    library.load()
    library.load()
    template.refresh_from_db()
    assert template.versions.count() == 2
    assert template.active_version().number == 2
    assert "客户的全称" in template.active_version().definition
    assert template.versions.get(number=1).state == VersionState.RETIRED


def test_a_form_that_is_shipped_as_not_offered_is_offered_no_longer(shipped, cast):
    template, ship = shipped
    ship(f"offered: no\n{template.definition}")
    library.load()
    template.refresh_from_db()
    assert not template.is_active and template.active_version().number == 2
    # Who wants it anyway offers it again, until it is shipped anew.
    offer(template=template, offered=True, actor=cast.admin)
    library.load()
    template.refresh_from_db()
    assert template.is_active


def test_a_form_changed_here_is_kept_and_the_shipped_one_offered(shipped, cast):
    template, ship = shipped
    draft = draft_of(template, actor=cast.admin)
    mapping = mapping_to_build(draft) | {"en": "Our own form"}
    save_draft(draft=draft, mapping=mapping, actor=cast.admin)
    activate(draft=draft, actor=cast.admin)
    ship(template.definition.replace("客户全称", "客户的全称"))
    assert library.load().kept == [template.library_code]
    assert template.active_version().number == 2
    assert [update.code for update in library.updates()] == [template.library_code]
    library.take_shipped(code=template.library_code, actor=cast.admin)
    assert template.active_version().number == 3
    assert "客户的全称" in template.active_version().definition
    assert Document.objects.count() == 0
