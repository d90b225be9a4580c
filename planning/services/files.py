"""Confirming customer files, and telling of those out of date (R-ACC-35)."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from core import writing
from core.exceptions import DomainError
from flows.models import ItemState
from flows.services import complete, make_item
from planning import notices, permissions, selectors
from planning.models import CustomerFile

BATCH = 200


@transaction.atomic
def confirm_file(*, account, actor, version=None, at=None) -> CustomerFile:
    """The file was gone through and is right; its time runs anew."""
    if actor is not None and not permissions.can_confirm(actor, account):
        raise PermissionDenied
    if account.archived_at is not None:
        raise DomainError(_("The account is archived."))
    day, record = timezone.localdate(at), file_of(account, at=at)
    _settle_item(record, actor, at)
    return writing.edit(
        instance=record,
        values={"confirmed_on": day, "confirmed_by": actor, "flagged_on": None, "item": None},
        actor=actor,
        action="customerfile.confirmed",
        version=version,
        parent=account,
        at=at,
        told={"confirmed_on": (record.confirmed_on, day)},
    )


def _settle_item(record, actor, at):
    """What was asked of the account manager is done with the confirmation, whoever gave it."""
    item = record.item
    if item is None or item.state != ItemState.OPEN:
        return
    by = actor if actor is not None and actor.pk == item.assignee_id else None
    complete(item=item, outcome="done", actor=by, now=at)


def file_of(account, *, at=None) -> CustomerFile:
    """The record of the file's upkeep; made when first needed."""
    times = {"created_at": at, "updated_at": at} if at else {}
    return CustomerFile.objects.get_or_create(account=account, defaults=times)[0]


def flag_stale_files(*, today=None) -> int:
    """Ask the account manager once for every file that went out of date; clear the mark of those
    in date again.

    Each file is its own transaction, so that one failure stops no other. Safe to repeat.
    """
    today = today or timezone.localdate()
    marked = CustomerFile.objects.filter(flagged_on__isnull=False)
    fresh = selectors.with_freshness(Account.objects.current(), today).filter(in_date=True)
    marked.filter(account__in=fresh.values("pk")).update(flagged_on=None)
    stale = selectors.stale_files(today).exclude(customer_file__flagged_on__isnull=False)
    return sum(_flag(account, today) for account in stale.iterator(chunk_size=BATCH))


@transaction.atomic
def _flag(account, today) -> int:
    record = file_of(account)
    won = CustomerFile.objects.filter(pk=record.pk, flagged_on=None).update(flagged_on=today)
    manager = notices.manager_of(account)
    if won and manager is not None and manager.is_active:
        item = make_item(
            actor=None,
            assignee=manager,
            subject=account,
            title_zh="核对客户档案",
            title_en="Confirm the customer file",
        )
        CustomerFile.objects.filter(pk=record.pk).update(item=item)
    return won
