"""Virtual teams and who belongs to them, from when to when."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core import writing
from core.exceptions import DomainError
from teams import permissions
from teams.models import TeamMembership, VirtualTeam

TEAM_EDITABLE = frozenset(
    {"code", "name_zh", "name_en", "kind", "unit", "leader", "starts_on", "ends_on"}
)
MEMBER_EDITABLE = frozenset({"role_zh", "role_en", "starts_on", "ends_on"})


class AlreadyMember(DomainError):
    """The person belongs to the team at that time."""


@transaction.atomic
def create_team(*, actor, code, starts_on=None, at=None, **fields) -> VirtualTeam:
    _may(actor)
    team = VirtualTeam(code=code, starts_on=starts_on or timezone.localdate(at), **fields)
    return writing.create(instance=team, actor=actor, action="team.created", at=at)


@transaction.atomic
def update_team(*, team, values, actor, version=None) -> VirtualTeam:
    _may(actor)
    _only(values, TEAM_EDITABLE)
    return writing.edit(
        instance=team, values=values, actor=actor, action="team.edited", version=version
    )


@transaction.atomic
def add_member(
    *, team, user, actor, starts_on=None, ends_on=None, role_zh="", role_en="", at=None
) -> TeamMembership:
    """Let somebody join; from `starts_on` on they see the accounts the team serves."""
    _may(actor)
    starts_on = starts_on or timezone.localdate(at)
    member = TeamMembership(
        team=team,
        user=user,
        role_zh=role_zh,
        role_en=role_en,
        starts_on=starts_on,
        ends_on=ends_on,
    )
    if not user.is_active:
        raise DomainError(_("This colleague has left."), field="user")
    open_now = team.memberships.filter(user=user).on(starts_on)
    if open_now.exists():
        raise AlreadyMember(_("%(user)s is already in the team.") % {"user": user}, field="user")
    return writing.create(
        instance=member, actor=actor, action="membership.started", parent=team, at=at
    )


@transaction.atomic
def update_membership(*, membership, values, actor, version=None) -> TeamMembership:
    _may(actor)
    _only(values, MEMBER_EDITABLE)
    return writing.edit(
        instance=membership,
        values=values,
        actor=actor,
        action="membership.edited",
        version=version,
        parent=membership.team,
    )


@transaction.atomic
def end_membership(*, membership, ends_on, actor, version=None) -> TeamMembership:
    """The last day in the team; access ends with it."""
    _may(actor)
    if ends_on < membership.starts_on:
        raise DomainError(_("It would end before it began."), field="ends_on")
    return writing.edit(
        instance=membership,
        values={"ends_on": ends_on},
        actor=actor,
        action="membership.ended",
        version=version,
        parent=membership.team,
    )


def _may(actor):
    if actor is not None and not permissions.can_manage_people(actor):
        raise PermissionDenied


def _only(values, allowed):
    unknown = set(values) - set(allowed)
    if unknown:
        raise TypeError(f"not editable here: {', '.join(sorted(unknown))}")
