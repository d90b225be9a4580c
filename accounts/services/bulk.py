"""One edit for many accounts or contacts: first what it would do, then all of it or nothing."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts import permissions
from accounts.services.accounts import EDITABLE, update_account
from accounts.services.contacts import update_contact
from core.exceptions import DomainError
from core.models import company


@dataclass(frozen=True, kw_only=True)
class BulkKind:
    """What may be set on many records of a kind, who may, and the service that does it."""

    editable: frozenset[str]
    may_edit: Callable[[Any, Any], bool]
    refusal: Any
    update: Callable[[Any, dict, Any], Any]


ACCOUNTS = BulkKind(
    editable=EDITABLE
    - {"name", "short_name", "name_en", "registration_no", "notes", "address"},
    may_edit=permissions.can_edit_account,
    refusal=_("You may not edit this account."),
    update=lambda record, values, actor: update_account(
        account=record, values=values, actor=actor
    ),
)
CONTACTS = BulkKind(
    editable=frozenset({"closeness", "consent", "consent_on", "last_contact_on", "owner"}),
    may_edit=permissions.can_edit_contact,
    refusal=_("You may not edit this contact."),
    update=lambda record, values, actor: update_contact(
        contact=record, values=values, actor=actor
    ),
)


@dataclass
class Preview:
    """`changes` are (record, field, old, new); `refused` the records with the reason."""

    changes: list = field(default_factory=list)
    refused: list = field(default_factory=list)
    unchanged: int = 0


def preview_bulk_update(*, records, values, actor, kind=ACCOUNTS) -> Preview:
    """What setting `values` on `records` would change, and where the person may not."""
    found = Preview()
    for record in _within_limit(records):
        if not kind.may_edit(actor, record):
            found.refused.append((record, str(kind.refusal)))
            continue
        rows = [
            (record, name, getattr(record, name), value)
            for name, value in values.items()
            if getattr(record, name) != value
        ]
        found.changes.extend(rows)
        found.unchanged += not rows
    return found


@transaction.atomic
def bulk_update(*, records, values, actor, kind=ACCOUNTS) -> int:
    """Set the same values on many records, all or none; returns how many changed.

    Raises PermissionDenied if one of them may not be edited, DomainError above the limit.
    """
    if set(values) - kind.editable:
        raise PermissionDenied
    changed = 0
    for record in _within_limit(records):
        before = record.version
        try:
            kind.update(record, values, actor)
        except ValidationError as error:
            raise DomainError(f"{record}: {' '.join(error.messages)}") from error
        changed += record.version != before
    return changed


def _within_limit(records):
    records, limit = list(records), company().bulk_edit_max_rows
    if len(records) > limit:
        raise DomainError(
            ngettext(
                "At most %(limit)d record can be changed at once.",
                "At most %(limit)d records can be changed at once.",
                limit,
            )
            % {"limit": limit}
        )
    return records
