import json

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from accounts import services
from accounts.models import Contact
from accounts.services import personal_data
from core.models import AuditEntry
from tests import factories as make


def test_every_column_of_a_contact_is_either_erased_or_kept_on_purpose():
    columns = {field.name for field in Contact._meta.concrete_fields}
    assert columns == set(personal_data.ERASED) | personal_data.KEPT


def test_the_copy_holds_everything_and_is_itself_recorded(company):
    contact = services.create_contact(
        actor=company.kim, account=company.acme, name="Ada", mobile="13800001111", title="CTO"
    )
    data = services.export_person(contact=contact, actor=company.dora)
    text = json.dumps(data, ensure_ascii=False)
    assert "13800001111" in text and "CTO" in text and "contact.created" in text
    assert AuditEntry.objects.filter(action="contact.exported", actor=company.dora).exists()


def test_removal_leaves_no_trace_of_the_person_anywhere(company):
    contact = services.create_contact(
        actor=company.kim, account=company.acme, name="Ada Unique", mobile="13800001111"
    )
    services.update_contact(contact=contact, values={"mobile": "13900002222"}, actor=company.kim)
    services.anonymise_contact(contact=contact, reason="asked by letter", actor=company.dora)

    contact.refresh_from_db()
    kept = " ".join(
        [
            *(
                str(value)
                for value in Contact.objects.filter(pk=contact.pk).values().get().values()
            ),
            *(json.dumps(entry.changes) + entry.target_label for entry in AuditEntry.objects.all()),
        ]
    )
    for trace in ("Ada", "Unique", "13800001111", "13900002222"):
        assert trace not in kept
    assert contact.archived_at and not contact.roles.filter(ends_on=None).exists()
    assert AuditEntry.objects.get(action="contact.anonymised").reason == "asked by letter"
    with pytest.raises(services.accounts.DomainError, match="already removed"):
        services.anonymise_contact(contact=contact, reason="again", actor=company.dora)


def test_only_who_may_removes_personal_data(company):
    contact = make.make_contact("Ada", account=company.acme)
    for act in (services.export_person, services.anonymise_contact):
        with pytest.raises(PermissionDenied):
            act(
                contact=contact,
                actor=company.kim,
                **({"reason": "x"} if act is services.anonymise_contact else {}),
            )
    contact.refresh_from_db()
    assert contact.name == "Ada"


def test_who_changes_employer_keeps_the_history(company):
    other = make.make_account("Other", manager=company.kim)
    contact = make.make_contact("Ada", account=company.acme)
    services.change_employer(
        contact=contact,
        account=other,
        starts_on=timezone.localdate(),
        title="COO",
        actor=company.kim,
    )
    assert [(r.account.name, r.ends_on is None) for r in contact.roles.order_by("pk")] == [
        ("Acme Corporation", False),
        ("Other", True),
    ]
