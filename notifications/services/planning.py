"""Planning: every kind that knows when something is due is asked what is due and not yet told."""

from collections import Counter

import structlog
from django.db import InterfaceError, OperationalError
from django.utils import timezone
from django.utils.module_loading import import_string

from notifications.kinds import kinds
from notifications.services.notify import notify_many

log = structlog.get_logger(__name__)
PLANNERS_FAILED = "planners_failed"


class PlannersFailed(Exception):
    """Some kinds could not say what is due; all else was done. So that the run shows as failed."""


def plan_due(now=None) -> dict[str, int]:
    """Write the notices that are due. It may run any number of times, late, or twice at once:
    the key of an occasion is unique. One planner that fails does not stop the others."""
    now = now or timezone.now()
    told = Counter()
    for kind in kinds().values():
        if not kind.plan:
            continue
        try:
            for batch in import_string(kind.plan)(now):
                told[kind.code] += len(notify_many(batch))
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            log.exception("planning failed", kind=kind.code)
            told[PLANNERS_FAILED] += 1
    return dict(told)
