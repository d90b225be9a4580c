"""What a person on the customer's side may ask for: a copy of their data, or its removal."""

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from accounts import permissions
from accounts.models import Contact, ContactRole
from core import audit
from core.exceptions import DomainError
from core.models import AuditEntry, ImportRow, Star

# Every personal column and what it becomes. A test fails on a column that is in neither list.
ERASED = {
    "name": "",
    "name_en": "",
    "search_index": "",
    "normalised_name": "",
    "salutation": "",
    "phone": "",
    "mobile": "",
    "email": "",
    "wechat": "",
    "birthday": None,
    "important_dates": "",
    "preferences": "",
    "notes": "",
    "closeness": None,
    "last_contact_on": None,
}
KEPT = {
    "id",
    "created_at",
    "updated_at",
    "version",
    "consent",
    "consent_on",
    "owner",
    "created_by",
    "archived_at",
    "anonymised_at",
    "merged_into",
}


def _elsewhere(name) -> list:
    """What the floors above do about a person (settings.KAM_PERSONAL_DATA)."""
    return [import_string(one[name]) for one in settings.KAM_PERSONAL_DATA]


def export_person(*, contact, actor) -> dict:
    """Everything stored about a person, ready for JSON; the export itself is recorded."""
    if not permissions.can_anonymise(actor, contact):
        raise PermissionDenied
    ours = _traces(contact)
    data = {
        "contact": {
            field.name: audit.plain(getattr(contact, field.name))
            for field in Contact._meta.concrete_fields
            if field.name not in ("search_index", "normalised_name")
        },
        "roles": [
            {
                field.name: audit.plain(getattr(role, field.name))
                for field in ContactRole._meta.concrete_fields
                if field.name != "contact"
            }
            for role in contact.roles.select_related("account")
        ],
        "history": [
            {
                "when": entry.happened_at.isoformat(),
                "who": str(entry.actor or ""),
                "action": entry.action,
                "changes": entry.changes,
            }
            for entry in ours.select_related("actor")
        ],
    }
    for export in _elsewhere("export"):
        data |= export(contact=contact, actor=actor)
    audit.record(actor=actor, action="contact.exported", target=contact)
    return data


@transaction.atomic
def anonymise_contact(*, contact, reason, actor) -> Contact:
    """Remove what identifies a person, everywhere it was kept: the record, its roles' titles, the
    words of its history and the rows of imports. Cannot be undone."""
    if not permissions.can_anonymise(actor, contact):
        raise PermissionDenied
    if contact.anonymised_at:
        raise DomainError(_("This person's data was already removed."))
    if not reason.strip():
        raise DomainError(_("Say on what ground the data is removed."), field="reason")
    now = timezone.now()
    nameless = _("Anonymised person %(number)d") % {"number": contact.pk}
    values = ERASED | {"name": nameless, "anonymised_at": now, "archived_at": now}
    for field, value in values.items():
        setattr(contact, field, value)
    contact.version += 1
    contact.save(update_fields=[*values, "version"])
    contact.roles.update(title="", department_name="", ends_on=timezone.localdate())
    _traces(contact).filter(redacted_at=None).update(
        changes={}, target_label="", reason="", redacted_at=now
    )
    _forget_imports(contact)
    for erase in _elsewhere("erase"):
        erase(contact=contact)
    kind = ContentType.objects.get_for_model(Contact)
    Star.objects.filter(target_type=kind, target_id=contact.pk).delete()
    audit.record(actor=actor, action="contact.anonymised", target=contact, reason=reason)
    return contact


def _forget_imports(contact):
    """Blank the lines of imports that brought or changed the person. Lines of an account sheet
    name their contacts in `made`; a file itself goes after company().import_keep_days."""
    label = Contact._meta.label_lower
    rows = ImportRow.objects.filter(Q(batch__kind="contacts", target_id=contact.pk) | ~Q(made=[]))
    hit = [
        row.pk
        for row in rows.select_related("batch")
        if (row.batch.kind == "contacts" and row.target_id == contact.pk)
        or any(str(made[0]).lower() == label and made[1] == contact.pk for made in row.made)
    ]
    ImportRow.objects.filter(pk__in=hit).update(
        raw=[], corrected={}, before={}, made=[], note="", errors=[]
    )


def _traces(contact):
    """History that speaks of the person: of the contact, its roles and contacts merged into it."""
    people = [contact.pk, *contact.merged_from.values_list("pk", flat=True)]
    roles = ContactRole.objects.filter(contact__in=people).values("pk")
    return AuditEntry.objects.filter(
        Q(target_type=ContentType.objects.get_for_model(Contact), target_id__in=people)
        | Q(target_type=ContentType.objects.get_for_model(ContactRole), target_id__in=roles)
    )
