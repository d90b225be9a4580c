"""Who may do what with an account they see. Reads are decided by `visible_to` alone."""

from django.utils import timezone

from accounts.models import Account, AccountAssignment, AssignmentRole
from teams.rights import Right

CARING_ROLES = (AssignmentRole.MANAGER, AssignmentRole.CHIEF, AssignmentRole.STAND_IN)


def covers(user, account) -> bool:
    """Whether the account lies within what the person's post answers for."""
    return user.sees_everything or account.department_id in user.unit_ids


def cared_for(user, today):
    """The person's assignments on a day as manager, chief or stand-in."""
    return AccountAssignment.objects.on(today).filter(user=user, role__in=CARING_ROLES)


def looks_after(user, account) -> bool:
    """Whether the person is manager, chief or stand-in of the account today."""
    return not roles_held(user, account).isdisjoint(CARING_ROLES)


def roles_held(user, account) -> set:
    """The person's roles there today; a page that read all of them left them in `roles_known`."""
    known = getattr(account, "roles_known", None)
    if known is not None:
        return known.get(user.pk, set())
    held = AccountAssignment.objects.on(timezone.localdate()).filter(account=account, user=user)
    return set(held.values_list("role", flat=True))


def can_create_account(user) -> bool:
    return user.has_right(Right.EDIT_ACCOUNTS)


def can_edit_account(user, account) -> bool:
    """Those who look after it and those whose post answers for it; team members read."""
    return (
        user.has_right(Right.EDIT_ACCOUNTS)
        and account.archived_at is None
        and (covers(user, account) or looks_after(user, account))
    )


def can_change_tier(user, account) -> bool:
    """A tier moves targets and rewards, so nobody changes it for an account they manage."""
    return (
        user.has_right(Right.CHANGE_TIER)
        and covers(user, account)
        and (user.is_superuser or not _manages(user, account))
    )


def can_transfer_account(user, account) -> bool:
    return user.has_right(Right.TRANSFER_ACCOUNTS) and covers(user, account)


def can_merge_accounts(user, *accounts) -> bool:
    return user.has_right(Right.MERGE_ACCOUNTS) and all(covers(user, a) for a in accounts)


def can_set_credit(user, account) -> bool:
    return user.has_right(Right.SET_CREDIT) and covers(user, account)


def can_register(user, account) -> bool:
    return user.has_right(Right.REGISTER_ACCOUNTS) and covers(user, account)


def can_edit_contact(user, contact) -> bool:
    """Whoever edits an account where the contact works, and who entered a contact without one."""
    if not user.has_right(Right.EDIT_ACCOUNTS) or contact.anonymised_at:
        return False
    if user.sees_everything:
        return True
    accounts = Account.objects.filter(
        pk__in=contact.roles.on(timezone.localdate()).values("account")
    )
    if any(can_edit_account(user, account) for account in accounts):
        return True
    return contact.created_by_id == user.pk and not contact.roles.exists()


def can_anonymise(user, contact) -> bool:
    return user.has_right(Right.ANONYMISE)


def can_hand_over(user, leaver) -> bool:
    return user.has_right(Right.TRANSFER_ACCOUNTS) and (
        user.sees_everything or leaver.unit_id in user.unit_ids
    )


def _manages(user, account) -> bool:
    return AssignmentRole.MANAGER in roles_held(user, account)
