"""Who may do what with expense claims. Reads are decided by `visible_to` alone."""

from accounts.models import Account, AssignmentRole
from engagement.models import ExpenseStatus, Visit
from engagement.permissions.visits import takes_part


def can_claim(user, account, visit=None) -> bool:
    """Whoever sees the account may have spent money on it; whoever only goes along to `visit`,
    what that visit cost them."""
    if account.archived_at is not None:
        return False
    if visit is not None and visit.account_id == account.pk and takes_part(user, visit):
        return True
    return sees_account(user, account)


def sees_account(user, account) -> bool:
    return Account.objects.visible_to(user).filter(pk=account.pk).exists()


def can_claim_visit(user, visit) -> bool:
    return Visit.objects.visible_to(user).filter(pk=visit.pk).exists()


def can_edit_claim(user, claim) -> bool:
    """The claimant and the account's manager, as long as nobody is looking at it."""
    if claim.status != ExpenseStatus.DRAFT:
        return False
    return user.is_superuser or claim.claimant_id == user.pk or _manages(user, claim.account_id)


def _manages(user, account_id) -> bool:
    held = user.assignments.filter(account=account_id, role=AssignmentRole.MANAGER, ends_on=None)
    return held.exists()
