"""The deal team: colleagues who work on a deal beside its owner and therefore see it."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core import audit, writing
from core.exceptions import DomainError
from opportunities import permissions
from opportunities.models import OpportunityMember


@transaction.atomic
def add_member(*, opportunity, user, actor, role="", at=None) -> OpportunityMember:
    """Owner and line decide; a member of the team adds nobody (T9)."""
    if actor is not None and not permissions.can_lead_opportunity(actor, opportunity):
        raise PermissionDenied
    if not user.is_active:
        raise DomainError(_("Choose a colleague who is still here."), field="user")
    if user.pk == opportunity.owner_id:
        raise DomainError(_("The owner is in the team already."), field="user")
    if opportunity.members.filter(user=user).exists():
        raise DomainError(_("This colleague is in the team already."), field="user")
    return writing.create(
        instance=OpportunityMember(opportunity=opportunity, user=user, role=role),
        actor=actor,
        action="opportunity.member_added",
        parent=opportunity,
        at=at,
    )


@transaction.atomic
def remove_member(*, member, actor) -> None:
    """Take somebody off the deal team; the next request of theirs no longer sees the deal."""
    if actor is not None and not permissions.can_lead_opportunity(actor, member.opportunity):
        raise PermissionDenied
    audit.record(
        actor=actor,
        action="opportunity.member_removed",
        target=member.opportunity,
        member=(member.user, None),
    )
    member.delete()
