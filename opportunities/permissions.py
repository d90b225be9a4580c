"""Who may do what with an opportunity they see. Reads are decided by `visible_to` alone."""

from accounts.models import Account
from teams.rights import Right


def in_line(user, opportunity) -> bool:
    """Whether the owner's department lies within what the person's post answers for."""
    return user.sees_everything or opportunity.owner_unit_id in user.unit_ids


def can_create_opportunity(user) -> bool:
    return user.has_right(Right.EDIT_OPPORTUNITIES)


def can_give_to(user, owner) -> bool:
    """Whether somebody may enter or hand over a deal in this person's name."""
    return owner == user or user.sees_everything or owner.unit_id in user.unit_ids


def can_edit_opportunity(user, opportunity) -> bool:
    """The owner, the deal team and the owner's department line."""
    return (
        user.has_right(Right.EDIT_OPPORTUNITIES)
        and opportunity.archived_at is None
        and (
            opportunity.owner_id == user.pk
            or in_line(user, opportunity)
            or opportunity.members.filter(user=user).exists()
        )
    )


def can_lead_opportunity(user, opportunity) -> bool:
    """Owner and line decide who works on it and whether it is kept; the deal team does not."""
    return user.has_right(Right.EDIT_OPPORTUNITIES) and (
        opportunity.owner_id == user.pk or in_line(user, opportunity)
    )


def can_attach_account(user, account) -> bool:
    """A deal is put on accounts that one sees and that are in use."""
    return account.archived_at is None and (
        Account.objects.visible_to(user).filter(pk=account.pk).exists()
    )


def can_edit_products(user) -> bool:
    return user.has_right(Right.MANAGE_SETTINGS)


def can_see_floor_price(user) -> bool:
    """Floor price is a cost figure (architecture.md, field level)."""
    return user.has_right(Right.SEE_COST)


def can_bulk_edit(user) -> bool:
    return user.has_right(Right.EDIT_OPPORTUNITIES)


def can_export(user) -> bool:
    return user.has_right(Right.EXPORT_DATA)
