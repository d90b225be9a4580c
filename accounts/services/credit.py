"""The credit grade (R-ACC-12)."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import permissions
from accounts.models import Account, CreditChange
from core import writing
from core.exceptions import DomainError


@transaction.atomic
def set_credit_grade(
    *, account, grade, reason, effective_on, actor, version=None, at=None
) -> Account:
    """Assess an account's credit A, B or C; the assessor is the person who does it."""
    if actor is not None and not permissions.can_set_credit(actor, account):
        raise PermissionDenied
    if not reason.strip():
        raise DomainError(_("Say what the grade rests on."), field="reason")
    if grade == account.credit_grade:
        raise DomainError(_("The account already has this grade."), field="grade")
    writing.edit(
        instance=account,
        values={
            "credit_grade": grade,
            "credit_since": effective_on,
            "credit_assessor": actor,
        },
        actor=actor,
        action="account.credit_set",
        reason=reason,
        version=version,
        at=at,
    )
    CreditChange.objects.create(
        account=account, grade=grade, assessor=actor, effective_on=effective_on, reason=reason
    )
    return account
