"""Handing over everything a leaver looks after, in one previewed action (R-TEA, 交接)."""

import datetime

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from accounts import permissions
from accounts.models import AccountAssignment, AssignmentRole, Contact
from accounts.services.assignments import close_assignment, move_to_manager
from core import audit, writing
from core.exceptions import DomainError
from teams.models import TeamMembership


def preview_handover(*, leaver, to, actor) -> dict:
    """What would move: accounts managed, other roles, contacts, and what the apps above add.

    Keys: managed, roles, contacts, memberships, others (list of (label, queryset)).
    """
    if actor is not None and not permissions.can_hand_over(actor, leaver):
        raise PermissionDenied
    today = timezone.localdate()
    open_roles = (
        AccountAssignment.objects.filter(user=leaver)
        .exclude(ends_on__lt=today)
        .select_related("account", "account__tier")
        .order_by("account__name")
    )
    return {
        "managed": open_roles.filter(role=AssignmentRole.MANAGER),
        "roles": open_roles.exclude(role=AssignmentRole.MANAGER),
        "contacts": Contact.objects.filter(owner=leaver, archived_at=None).order_by("name"),
        "memberships": TeamMembership.objects.on(today).filter(user=leaver).select_related("team"),
        "others": [
            (hook["label"], import_string(hook["preview"])(leaver=leaver, actor=actor))
            for hook in settings.KAM_HANDOVER
        ],
    }


@transaction.atomic
def hand_over(*, leaver, to, reason, actor, on=None) -> dict:
    """Give accounts, other roles, contacts and deals of `leaver` to `to` from a day on; team
    memberships end the day before. Returns how many of each moved. Safe to repeat."""
    if leaver == to:
        raise DomainError(_("Choose somebody else to take over."), field="to")
    if not to.is_active or to.unit_id is None:
        raise DomainError(
            _("%(person)s cannot take over: not active or without a department.") % {"person": to},
            field="to",
        )
    if not reason.strip():
        raise DomainError(_("Say why everything is handed over."), field="reason")
    plan = preview_handover(leaver=leaver, to=to, actor=actor)
    on = on or timezone.localdate()
    managed = [row.account for row in plan["managed"] if row.ends_on is None]
    for account in managed:
        move_to_manager(account=account, to=to, reason=reason, actor=actor, on=on)
    counts = {
        "accounts": len(managed),
        "roles": sum(_pass_role(row, to, on, reason, actor) for row in plan["roles"]),
        "contacts": _pass_contacts(plan["contacts"], to, actor),
        "memberships": _end_memberships(plan["memberships"], on, actor),
    }
    for hook in settings.KAM_HANDOVER:
        counts[hook["code"]] = import_string(hook["hand_over"])(
            leaver=leaver, to=to, actor=actor, on=on
        )
    audit.record(
        actor=actor, action="user.handed_over", target=leaver, reason=reason, to=to, changes=counts
    )
    return counts


def _pass_role(row, to, on, reason, actor) -> int:
    close_assignment(row, on)
    _new, created = AccountAssignment.objects.get_or_create(
        account=row.account, user=to, role=row.role, ends_on=None, defaults={"starts_on": on}
    )
    audit.record(
        actor=actor,
        action="assignment.handed_over",
        target=row.account,
        reason=reason,
        role=row.get_role_display(),
        person=(row.user, to),
    )
    return int(created)


def _pass_contacts(contacts, to, actor) -> int:
    moved = list(contacts)
    for contact in moved:
        writing.edit(
            instance=contact, values={"owner": to}, actor=actor, action="contact.handed_over"
        )
    return len(moved)


def _end_memberships(memberships, on, actor) -> int:
    last_day = on - datetime.timedelta(days=1)
    ended = [row for row in memberships if row.ends_on != max(row.starts_on, last_day)]
    for row in ended:
        writing.edit(
            instance=row,
            values={"ends_on": max(row.starts_on, last_day)},
            actor=actor,
            action="membership.ended",
            parent=row.team,
        )
    return len(ended)
