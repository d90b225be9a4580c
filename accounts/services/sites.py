"""Places of an account and the traits that qualify it."""

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts import permissions
from accounts.models import AccountSite, AccountTrait
from core import writing


@transaction.atomic
def add_site(*, account, actor, at=None, **fields) -> AccountSite:
    """Enter a place of the account."""
    _may_edit(actor, account)
    return writing.create(
        instance=AccountSite(account=account, **fields),
        actor=actor,
        action="site.created",
        parent=account,
        at=at,
    )


@transaction.atomic
def update_site(*, site, values, actor, version=None) -> AccountSite:
    """Change a place; an abandoned one becomes inactive, it is not deleted."""
    _may_edit(actor, site.account)
    return writing.edit(
        instance=site,
        values=values,
        actor=actor,
        action="site.edited",
        parent=site.account,
        version=version,
    )


@transaction.atomic
def set_trait(*, account, trait, is_met, evidence, actor, at=None) -> AccountTrait:
    """Answer one line of the qualification checklist (R-ACC-02)."""
    _may_edit(actor, account)
    row = AccountTrait.objects.filter(account=account, trait=trait).first()
    if row is None:
        return writing.create(
            instance=AccountTrait(account=account, trait=trait, is_met=is_met, evidence=evidence),
            actor=actor,
            action="trait.set",
            parent=account,
            at=at,
        )
    return writing.edit(
        instance=row,
        values={"is_met": is_met, "evidence": evidence},
        actor=actor,
        action="trait.set",
        parent=account,
        at=at,
    )


def _may_edit(actor, account):
    if actor is not None and not permissions.can_edit_account(actor, account):
        raise PermissionDenied
