"""The maintenance form (客户信息维护表, R-ACC-34): propose, accept, refuse."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from accounts.services import update_account
from core import writing
from core.exceptions import DomainError, StaleVersion
from planning import notices, permissions
from planning.models import ChangeState, FileChange
from planning.values import as_text, checked, from_text, held, shown


@transaction.atomic
def propose_changes(*, account, values, source, actor, at=None) -> list[FileChange]:
    """Propose new values for fields of the file; those that say what it says already are passed
    over. Raises DomainError where nothing is left or a proposal says the same."""
    if actor is not None and not permissions.can_propose(actor, account):
        raise PermissionDenied
    if account.archived_at is not None:
        raise DomainError(_("The account is archived."))
    if not source.strip():
        raise DomainError(_("Say where it is known from."), field="source")
    changes = []
    for field, value in values.items():
        new = as_text(field, checked(field, value, account))
        if new != held(account, field):
            changes.append(_propose(account, field, new, source.strip(), actor, at))
    if not changes:
        raise DomainError(_("Change at least one field: so far all is as the file says."))
    notices.changes_proposed(account, changes, actor=actor, at=at)
    return changes


def _propose(account, field, new, source, actor, at):
    same = account.file_changes.filter(field=field, new_value=new, state=ChangeState.PROPOSED)
    if same.exists():
        raise DomainError(_("Somebody has proposed this already."), field=field)
    change = FileChange(
        account=account,
        field=field,
        old_value=held(account, field),
        new_value=new,
        source=source,
        author=actor,
    )
    return writing.create(
        instance=change, actor=actor, action="filechange.proposed", parent=account, at=at
    )


@transaction.atomic
def accept_change(*, change, actor, seen=None, version=None, at=None) -> FileChange:
    """Write a proposed value into the file.

    `seen` is what the person knows the file to say; by default what it said when the change was
    proposed. Raises StaleVersion with both values where the file says something else by now.
    """
    account = Account.objects.select_for_update().get(pk=change.account_id)
    _refuse_outsiders(change, account, actor)
    now = held(account, change.field)
    if now != (change.old_value if seen is None else seen):
        words = (shown(change.field, now), shown(change.field, change.new_value))
        raise StaleVersion(account, {change.field: words})
    _close(change, ChangeState.ACCEPTED, "", actor, version, at)
    if now != change.new_value:
        try:
            update_account(
                account=account,
                values={change.field: from_text(change.field, change.new_value)},
                actor=actor,
                version=account.version,
                reason=change.source,
                at=at,
            )
        except ValidationError as error:
            raise DomainError(" ".join(error.messages)) from error
    return change


@transaction.atomic
def refuse_change(*, change, reason, actor, version=None, at=None) -> FileChange:
    """Leave the file as it is, and say why."""
    _refuse_outsiders(change, change.account, actor)
    if not reason.strip():
        raise DomainError(_("Say why."), field="reason")
    return _close(change, ChangeState.REFUSED, reason.strip(), actor, version, at)


def _refuse_outsiders(change, account, actor):
    if actor is not None and not permissions.can_decide(actor, account):
        raise PermissionDenied
    if change.state != ChangeState.PROPOSED:
        raise StaleVersion(change, {"state": (change.get_state_display(), "")})


def _close(change, state, reason, actor, version, at):
    writing.edit(
        instance=change,
        values={
            "state": state,
            "decided_by": actor,
            "decided_at": at or timezone.now(),
            "reason": reason,
        },
        actor=actor,
        action=f"filechange.{state}",
        version=version,
        parent=change.account,
        reason=reason,
        at=at,
    )
    notices.change_decided(change, actor=actor, at=at)
    return change
