"""Signing the callback report (客户回访报告, R-ENG-29)."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core import writing
from core.exceptions import DomainError
from core.numbering import take_numbers
from engagement import callback_figures
from engagement.models import CallbackReport
from engagement.permissions import callbacks as permissions

PREFIX = "CBR-"


@transaction.atomic
def sign_report(*, begins, ends, conclusion, actor, at=None) -> CallbackReport:
    """The head of domestic sales signs the figures of a period as they are now, with a conclusion.

    Signing again makes another edition, unless figures and conclusion are those of the last one:
    then that one is given back. What was signed never changes.
    """
    at = at or timezone.now()
    if actor is None or not permissions.can_sign(actor):
        raise PermissionDenied
    conclusion = conclusion.strip()
    if not conclusion:
        raise DomainError(_("Say what follows from it."), field="conclusion")
    if ends < begins:
        raise DomainError(_("The period ends before it begins."), field="ends")
    if begins > timezone.localdate(at):
        raise DomainError(_("That period has not begun yet."), field="begins")
    figures = callback_figures.report_of(actor, begins, ends)
    last = CallbackReport.objects.filter(begins=begins, ends=ends).order_by("-edition").first()
    if last is not None and (last.figures, last.conclusion) == (figures, conclusion):
        return last
    report = CallbackReport(
        number=take_numbers(code="callback_report", prefix=PREFIX)[0],
        begins=begins,
        ends=ends,
        edition=last.edition + 1 if last else 1,
        figures=figures,
        conclusion=conclusion,
        signed_by=actor,
        signed_name=actor.name,
        signed_post=str(actor.post) if actor.post_id else "",
        signed_at=at,
    )
    # The figures are read in the report itself; history tells that and by whom it was signed.
    return writing.create(instance=report, actor=actor, action="callbackreport.signed", at=at)
