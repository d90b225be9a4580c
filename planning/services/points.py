"""Control points said to be done by hand (R-ACC-39)."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core import writing
from core.exceptions import DomainError
from planning import permissions
from planning.models import ControlPointDone


@transaction.atomic
def record_point(*, account, point, done_on, evidence, actor, at=None) -> ControlPointDone:
    """Say that a control point was done, when, and what shows it."""
    if actor is not None and not permissions.can_record_point(actor, account):
        raise PermissionDenied
    if not evidence.strip():
        raise DomainError(_("Say what shows it."), field="evidence")
    if done_on > timezone.localdate(at):
        raise DomainError(_("That day has not come yet."), field="done_on")
    row = ControlPointDone(
        account=account, point=point, done_on=done_on, evidence=evidence.strip(), recorded_by=actor
    )
    return writing.create(
        instance=row, actor=actor, action="controlpoint.recorded", parent=account, at=at
    )
