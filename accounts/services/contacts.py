"""People on the customer's side and their roles."""

import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import permissions
from accounts.models import Consent, Contact, ContactRole
from core import writing
from core.exceptions import DomainError
from core.normalise import normalise_name, search_index

EDITABLE = frozenset(
    {
        "birthday",
        "closeness",
        "consent",
        "consent_on",
        "email",
        "important_dates",
        "last_contact_on",
        "mobile",
        "name",
        "name_en",
        "notes",
        "owner",
        "phone",
        "preferences",
        "salutation",
        "wechat",
    }
)
ROLE_FIELDS = frozenset(
    {
        "department_name",
        "ends_on",
        "is_business_department",
        "is_primary",
        "level",
        "starts_on",
        "title",
    }
)


@transaction.atomic
def create_contact(*, actor, name, account=None, at=None, created_by=None, **fields) -> Contact:
    """Enter a person, with a role at `account` where one is given (ROLE_FIELDS)."""
    if actor is not None and not (
        permissions.can_edit_account(actor, account)
        if account is not None
        else permissions.can_create_account(actor)
    ):
        raise PermissionDenied
    role = {key: fields.pop(key) for key in ROLE_FIELDS & set(fields)}
    unknown = set(fields) - EDITABLE
    if unknown:
        raise TypeError(f"not editable here: {', '.join(sorted(unknown))}")
    contact = Contact(name=name, created_by=created_by or actor, **fields)
    fill_indexes(contact)
    writing.create(instance=contact, actor=actor, action="contact.created", parent=account, at=at)
    if account is not None:
        _new_role(contact, account, role)
    return contact


@transaction.atomic
def update_contact(*, contact, values, actor, version=None, at=None) -> Contact:
    """Change what is known of a person."""
    unknown = set(values) - EDITABLE
    if unknown:
        raise TypeError(f"not editable here: {', '.join(sorted(unknown))}")
    _may_edit(actor, contact)
    values = dict(values)
    if {"name", "name_en", "phone", "mobile", "email"} & set(values):
        told = {
            field: values.get(field, getattr(contact, field))
            for field in ("name", "name_en", "phone", "mobile", "email")
        }
        values["search_index"] = search_index(*told.values())
        values["normalised_name"] = normalise_name(told["name"])
    return writing.edit(
        instance=contact,
        values=values,
        actor=actor,
        action="contact.edited",
        version=version,
        parent=main_account(contact),
        at=at,
    )


@transaction.atomic
def note_contact(*, contact, on, actor, at=None) -> Contact:
    """Somebody of ours met or spoke to the person on that day; an earlier day changes nothing.

    Called by services that decided themselves that the actor took part.
    """
    fresh = Contact.objects.get(pk=contact.pk)
    if fresh.last_contact_on is not None and fresh.last_contact_on >= on:
        return fresh
    return writing.edit(
        instance=fresh,
        values={"last_contact_on": on},
        actor=actor,
        action="contact.met",
        parent=main_account(fresh),
        at=at,
    )


@transaction.atomic
def withdraw_consent(*, contact, told=None) -> Contact:
    """The person themselves wants no more messages: they said so by the link in one of them, so
    there is no actor. `told` adds to the history by which way."""
    return writing.edit(
        instance=contact,
        values={"consent": Consent.REFUSED, "consent_on": timezone.localdate()},
        actor=None,
        action="contact.unsubscribed",
        parent=main_account(contact),
        told=told,
    )


@transaction.atomic
def archive_contact(*, contact, reason, actor, version=None) -> Contact:
    """Take a person out of use, for instance after retirement."""
    _may_edit(actor, contact)
    return writing.edit(
        instance=contact,
        values={"archived_at": timezone.now()},
        actor=actor,
        action="contact.archived",
        reason=reason,
        version=version,
        parent=main_account(contact),
    )


@transaction.atomic
def add_role(*, contact, account, actor, at=None, **role) -> ContactRole:
    """Let a person have a role at one more account."""
    if actor is not None and not permissions.can_edit_account(actor, account):
        raise PermissionDenied
    row = ContactRole(contact=contact, account=account, **role)
    return writing.create(
        instance=row, actor=actor, action="contact.role_added", parent=account, at=at
    )


@transaction.atomic
def update_role(*, role, values, actor, version=None) -> ContactRole:
    """Change a role: title, level, department, main contact."""
    unknown = set(values) - ROLE_FIELDS
    if unknown:
        raise TypeError(f"not editable here: {', '.join(sorted(unknown))}")
    if actor is not None and not permissions.can_edit_account(actor, role.account):
        raise PermissionDenied
    return writing.edit(
        instance=role,
        values=values,
        actor=actor,
        action="contact.role_edited",
        parent=role.account,
        version=version,
    )


@transaction.atomic
def end_role(*, role, ends_on, actor, version=None, at=None) -> ContactRole:
    """The person leaves the account with a day (inclusive); the row stays as history."""
    if actor is not None and not permissions.can_edit_account(actor, role.account):
        raise PermissionDenied
    return writing.edit(
        instance=role,
        values={"ends_on": ends_on},
        actor=actor,
        action="contact.role_ended",
        parent=role.account,
        version=version,
        at=at,
    )


@transaction.atomic
def change_employer(*, contact, account, starts_on, actor, at=None, **role) -> ContactRole:
    """The person moves to another account: open roles end the day before, a new one begins."""
    last_day = starts_on - datetime.timedelta(days=1)
    _may_edit(actor, contact)
    for old in contact.roles.filter(ends_on=None).select_related("account"):
        if old.account_id == account.pk:
            raise DomainError(
                _("%(person)s works there already.") % {"person": contact}, field="account"
            )
        writing.edit(
            instance=old,
            values={"ends_on": last_day},
            actor=actor,
            action="contact.role_ended",
            parent=old.account,
            at=at,
        )
    return add_role(
        contact=contact, account=account, starts_on=starts_on, actor=actor, at=at, **role
    )


def main_account(contact):
    """The account on whose page the contact's history shows, or None."""
    role = (
        contact.roles.on(timezone.localdate())
        .select_related("account")
        .order_by("-is_primary", "pk")
        .first()
    )
    return role.account if role else None


def fill_indexes(contact):
    contact.normalised_name = normalise_name(contact.name)
    contact.search_index = search_index(
        contact.name, contact.name_en, contact.phone, contact.mobile, contact.email
    )


def _new_role(contact, account, role):
    row = ContactRole(contact=contact, account=account, **role)
    row.full_clean()
    row.save()
    return row


def _may_edit(actor, contact):
    if actor is not None and not permissions.can_edit_contact(actor, contact):
        raise PermissionDenied
