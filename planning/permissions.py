"""Who may do what with the file of an account they see. Reads are decided by `visible_to` alone."""

from accounts.permissions import can_edit_account, covers
from documents import permissions as of_documents
from documents.models import Document
from teams.rights import Right


def can_propose(user, account) -> bool:
    """Whoever sees the account."""
    return account.archived_at is None


def can_decide(user, account) -> bool:
    """Who looks after the account, or their line."""
    return can_edit_account(user, account)


def can_confirm(user, account) -> bool:
    return can_edit_account(user, account)


def can_record_point(user, account) -> bool:
    return can_edit_account(user, account)


def can_start_registration(user, account) -> bool:
    """Who may edit the account, and who may register it."""
    if account.archived_at is not None:
        return False
    registrar = user.has_right(Right.REGISTER_ACCOUNTS) and covers(user, account)
    return can_edit_account(user, account) or registrar


def can_keep(user, item) -> bool:
    """Who may archive a document or remove a file may also say how long it is kept. A file that
    answers a field is kept with its record."""
    if isinstance(item, Document):
        return of_documents.can_archive(user, item)
    return not (item.document_id or item.field) and of_documents.can_remove_file(user, item)
