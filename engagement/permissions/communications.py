"""Who may write in the log of communications of an account they see."""

from accounts.permissions import can_edit_account
from teams.rights import Right


def can_log(user, account) -> bool:
    """Whoever sees the account speaks with the customer."""
    return account.archived_at is None


def can_edit(user, communication) -> bool:
    """Who wrote it, who looks after the account, and their line; a message of a mailing says what
    was sent and stays."""
    return not communication.letter and communication.account.archived_at is None and (
        user.pk == communication.author_id or can_edit_account(user, communication.account)
    )


def can_answer(user, communication) -> bool:
    return can_log(user, communication.account)


def can_set(user) -> bool:
    return user.has_right(Right.MANAGE_SETTINGS)
