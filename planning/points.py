"""Where an account stands at each of the six control points (R-ACC-39)."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from core.models import company
from documents.models import Attachment, Document, DocumentState
from planning.control_points import POINTS, Point

# Forms that show that a control point was done.
FORMS = {
    "collect": ("customer_basic_information", "customer_data_card"),
    "strategy": ("account_strategy", "strategy_document"),
    "needs": ("opinion_sheet", "satisfaction_questionnaire"),
}


@dataclass(frozen=True)
class Standing:
    """`done_on` is the last time; `evidence` what shows it; `state` good, watch or "" (never)."""

    point: Point
    done_on: object
    evidence: str
    url: str
    by_hand: bool
    state: str


def standings(account, user) -> list[Standing]:
    """One line a control point: the later of what is on record and what was said by hand."""
    today, days = timezone.localdate(), company().control_point_days
    said = {}
    for row in account.control_points.order_by("done_on", "pk"):
        said[row.point] = row
    lines = []
    for point in POINTS:
        day, evidence, url = _on_record(point.code, account, user)
        row = said.get(point.code)
        by_hand = row is not None and (day is None or row.done_on > day)
        if by_hand:
            day, evidence, url = row.done_on, row.evidence, ""
        old = day is not None and (today - day).days > days
        state = "" if day is None else "watch" if old else "good"
        lines.append(Standing(point, day, evidence, url, by_hand, state))
    return lines


def _on_record(code, account, user):
    """(day, evidence, address) of the last time the records show; (None, "", "") without one."""
    if code == "grade":
        days = [day for day in (account.tier_since, account.credit_since) if day]
        return (max(days), _("tier or credit grade set"), "") if days else (None, "", "")
    if code == "archive":
        return _last_file(account, user)
    documents = Document.objects.visible_to(user).filter(
        account=account, state=DocumentState.COMPLETE, archived_at=None
    )
    found = (
        documents.filter(template__code__in=FORMS.get(code, ()))
        .select_related("template")
        .order_by("-completed_at")
        .first()
    )
    if found is None:
        return None, "", ""
    url = reverse("planning:account_file", args=[account.pk]) + "#file-index"
    return timezone.localdate(found.completed_at), found.label, url


def _last_file(account, user):
    found = (
        Attachment.objects.visible_to(user)
        .filter(account=account, archived_at=None)
        .order_by("-created_at")
        .first()
    )
    if found is None:
        return None, "", ""
    return timezone.localdate(found.created_at), found.name, ""
