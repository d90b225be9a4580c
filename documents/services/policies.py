"""Policies: who has read which version."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core import writing
from core.exceptions import DomainError
from documents.models import FormKind, PolicyAcknowledgement


@transaction.atomic
def acknowledge(*, template, number, actor, at=None) -> PolicyAcknowledgement:
    """Confirm to have read the version in use. Twice is once; `number` is the one that was read."""
    form = template.active_version()
    if template.kind != FormKind.POLICY or form is None:
        raise DomainError(_("This is no policy in use."))
    if form.number != number:
        raise DomainError(_("A newer version is in use meanwhile; read that one."))
    known = PolicyAcknowledgement.objects.filter(form=form, user=actor).first()
    if known is not None:
        return known
    return writing.create(
        instance=PolicyAcknowledgement(form=form, user=actor),
        actor=actor,
        action="policyacknowledgement.created",
        parent=template,
        at=at,
    )
