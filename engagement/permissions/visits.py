"""Who may plan, change, hold and record visits."""

from accounts.permissions import can_edit_account
from teams.rights import Right


def can_enter(user) -> bool:
    """Who enters visits at all."""
    return user.has_right(Right.EDIT_ACCOUNTS)


def can_plan(user, account) -> bool:
    """Whoever sees the account and enters things at all: team members and sellers visit too."""
    return can_enter(user) and account.archived_at is None


def can_plan_for(user, account, owner) -> bool:
    """For a colleague only who looks after the account, or the line."""
    return owner.pk == user.pk or can_edit_account(user, account)


def can_change(user, visit) -> bool:
    """Who visits, who planned it, who looks after the account, and the line."""
    return user.pk in (visit.owner_id, visit.created_by_id) or can_edit_account(user, visit.account)


def takes_part(user, visit) -> bool:
    return user.pk == visit.owner_id or visit.colleagues.filter(user=user).exists()


def can_check_in(user, visit) -> bool:
    return takes_part(user, visit)


def can_record(user, visit) -> bool:
    """Who was there, and who looks after the account."""
    return takes_part(user, visit) or can_change(user, visit)
