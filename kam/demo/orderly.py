"""What an orderly company has settled by now: most of what was due, not all of it."""

import datetime

from django.core.exceptions import PermissionDenied
from django.db.models import Q

from core.exceptions import DomainError
from flows.cache import flow_of
from flows.models import ItemState, WorkItem
from flows.services import complete
from kam.demo.registrations import whoever

HOUR = datetime.timedelta(hours=1)
# One in so many is still owed.
OWED = 6
SAID = "已联系客户，事情说清楚了。"
# Promises, what surveys ask for and what opinions led to. Visits and claims have their own story.
SETTLED = ("survey_response", "improvement", "visit", "callback", "opinion")


def settle(world) -> None:
    """Answer what was due before today and what surveys asked for before yesterday, each by
    whoever has it in hand, in time."""
    today = world.calendar.at(world.today, 0)
    due = Q(due_at__lt=today, subject_type__in=SETTLED)
    asked = Q(opened_at__lt=today - 24 * HOUR, subject_type="survey_response")
    rows = WorkItem.objects.filter(due | asked, state=ItemState.OPEN)
    rows = rows.select_related("run__version", "step_run")
    for place, item in enumerate(rows.order_by("due_at", "pk")):
        steers = item.run_id and item.run.steers
        if place % OWED and not steers and (who := whoever(item)):
            latest = min(item.due_at, today) - 3 * HOUR
            _answer(item, who, max(item.opened_at + HOUR, latest))


def _answer(item, who, at) -> None:
    outcome = "done"
    if item.run_id:
        outcome = flow_of(item.run.version).steps[item.step_run.step].positive
    try:
        complete(item=item, outcome=outcome, actor=who, opinion=SAID, now=at)
    except (DomainError, PermissionDenied):
        return  # it asks for more than a word, or of somebody who left: it stays owed
