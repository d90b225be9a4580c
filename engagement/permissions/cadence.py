"""Who may plan visits by programme."""

from accounts.permissions import can_edit_account
from teams.rights import Right


def can_plan_programme(user) -> bool:
    return user.has_right(Right.EDIT_ACCOUNTS)


def can_plan_for(user, account) -> bool:
    """Who looks after the account, and their line."""
    return can_edit_account(user, account)
