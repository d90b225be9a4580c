"""Who may do what with surveys, opinions and improvements they see."""

from django.utils import timezone

from accounts.models import Account
from accounts.permissions import can_edit_account, cared_for
from teams.rights import Right


def can_create_survey(user) -> bool:
    return user.has_right(Right.EDIT_ACCOUNTS)


def can_run_survey(user, campaign) -> bool:
    """Whose survey it is, and who answers for its department."""
    return user.has_right(Right.EDIT_ACCOUNTS) and (
        user.sees_everything
        or campaign.owner_id == user.pk
        or (campaign.unit_id is not None and campaign.unit_id in user.unit_ids)
    )


def askable_accounts(user):
    """Accounts whose contacts this person may have asked: those they may edit."""
    rows = Account.objects.visible_to(user).current()
    if user.sees_everything:
        return rows
    held = cared_for(user, timezone.localdate())
    return rows.filter(department__in=user.unit_ids) | rows.filter(pk__in=held.values("account"))


def can_handle(user, row) -> bool:
    """An opinion or an improvement: who may edit the account, and in whose hands it is."""
    return row.account.archived_at is None and (
        (user.has_right(Right.EDIT_ACCOUNTS) and row.owner_id == user.pk)
        or can_edit_account(user, row.account)
    )


def can_export(user) -> bool:
    return user.has_right(Right.EXPORT_DATA)
