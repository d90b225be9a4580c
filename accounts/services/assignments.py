"""Who of ours looks after an account, and which teams serve it."""

import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import permissions
from accounts.models import Account, AccountAssignment, AssignmentRole, ServedAccount
from accounts.services.accounts import division_of
from accounts.services.tiers import take_scheme
from accounts.signals import account_moved
from core import audit, writing
from core.exceptions import DomainError
from teams.models import VirtualTeam


class NoDepartment(DomainError):
    """The new manager belongs to no department, so the account would belong nowhere."""


@transaction.atomic
def assign(*, account, user, role, starts_on, actor, ends_on=None, at=None) -> AccountAssignment:
    """Give somebody a role at an account. The manager changes by `transfer_account`."""
    if actor is not None and not (
        permissions.can_transfer_account(actor, account)
        or (role != AssignmentRole.MANAGER and permissions.can_edit_account(actor, account))
    ):
        raise PermissionDenied
    if not user.is_active:
        raise DomainError(_("%(person)s has left.") % {"person": user}, field="user")
    assignment = AccountAssignment(
        account=account, user=user, role=role, starts_on=starts_on, ends_on=ends_on
    )
    return writing.create(
        instance=assignment, actor=actor, action="assignment.created", parent=account, at=at
    )


@transaction.atomic
def end_assignment(*, assignment, ends_on, actor, version=None) -> AccountAssignment:
    """Let a role end with a day (inclusive). The manager's ends by a transfer only."""
    account = assignment.account
    if actor is not None and not (
        permissions.can_transfer_account(actor, account)
        or (
            assignment.role != AssignmentRole.MANAGER
            and permissions.can_edit_account(actor, account)
        )
    ):
        raise PermissionDenied
    if assignment.role == AssignmentRole.MANAGER:
        raise DomainError(
            _("An account is never without a manager. Transfer it instead."), field="ends_on"
        )
    return writing.edit(
        instance=assignment,
        values={"ends_on": ends_on},
        actor=actor,
        action="assignment.ended",
        parent=account,
        version=version,
    )


@transaction.atomic
def transfer_account(*, account, to, reason, actor, on=None, version=None, at=None) -> Account:
    """Give an account to another manager from a day on; its department follows (R-TEA, 移交)."""
    if actor is not None and not permissions.can_transfer_account(actor, account):
        raise PermissionDenied
    return move_to_manager(
        account=account, to=to, reason=reason, actor=actor, on=on, version=version, at=at
    )


def move_to_manager(*, account, to, reason, actor, on=None, version=None, at=None) -> Account:
    """The transfer itself, for services that checked the right for many accounts at once."""
    on = on or timezone.localdate()
    if not reason.strip():
        raise DomainError(_("Say why the account is transferred."), field="reason")
    if not to.is_active:
        raise DomainError(_("%(person)s has left.") % {"person": to}, field="to")
    if to.unit_id is None:
        raise NoDepartment(
            _("%(person)s belongs to no department yet.") % {"person": to}, field="to"
        )
    current = account.assignments.filter(role=AssignmentRole.MANAGER, ends_on=None).first()
    if current and current.user_id == to.pk:
        raise DomainError(
            _("%(person)s already manages this account.") % {"person": to}, field="to"
        )
    if current:
        close_assignment(current, on)
    AccountAssignment.objects.create(
        account=account, user=to, role=AssignmentRole.MANAGER, starts_on=on
    )
    values = {"department": to.unit, "division": division_of(to.unit)}
    before = current.user if current else None
    if any(getattr(account, name) != value for name, value in values.items()):
        old = {name: getattr(account, name) for name in values}
        touch(account, values, version=version, at=at)
        changes = {name: (old[name], values[name]) for name in values if old[name] != values[name]}
    else:
        touch(account, {}, version=version, at=at)
        changes = {}
    audit.record(
        actor=actor,
        action="account.transferred",
        target=account,
        reason=reason,
        at=at,
        changes={"manager": (before, to)} | changes,
    )
    if "division" in changes:
        take_scheme(account, actor=actor, on=on, at=at)
    account_moved.send(sender=Account, account=account, actor=actor)
    return account


def touch(account, values, *, version=None, at=None):
    """Write columns of an account under its version, without a history line of their own."""
    if version is not None and int(version) != account.version:
        raise writing.StaleVersion(account, {})
    for name, value in values.items():
        setattr(account, name, value)
    account.full_clean()
    written = Account.objects.filter(pk=account.pk, version=account.version).update(
        **values, version=account.version + 1, updated_at=at or timezone.now()
    )
    if not written:
        raise writing.StaleVersion(Account.objects.get(pk=account.pk), {})
    account.version += 1


def close_assignment(assignment, on):
    """End an assignment the day before `on`; one that began that day or later is taken back."""
    last_day = on - datetime.timedelta(days=1)
    if assignment.starts_on > last_day:
        assignment.delete()
        return
    AccountAssignment.objects.filter(pk=assignment.pk).update(
        ends_on=last_day, version=assignment.version + 1, updated_at=timezone.now()
    )


@transaction.atomic
def serve_account(
    *,
    team: VirtualTeam,
    account,
    starts_on,
    actor,
    ends_on=None,
    green_channel=False,
    at=None,
) -> ServedAccount:
    """Let a virtual team serve an account; its members see it from that day on."""
    if actor is not None and not permissions.can_transfer_account(actor, account):
        raise PermissionDenied
    served = ServedAccount(
        team=team,
        account=account,
        starts_on=starts_on,
        ends_on=ends_on,
        green_channel=green_channel,
    )
    return writing.create(
        instance=served, actor=actor, action="service.started", parent=account, at=at
    )


@transaction.atomic
def end_service(*, served, ends_on, actor, version=None) -> ServedAccount:
    """Let a team's service end with a day (inclusive)."""
    if actor is not None and not permissions.can_transfer_account(actor, served.account):
        raise PermissionDenied
    return writing.edit(
        instance=served,
        values={"ends_on": ends_on},
        actor=actor,
        action="service.ended",
        parent=served.account,
        version=version,
    )
