"""Visits when people and accounts change hands, and the nightly comparison of figures."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import Account, AccountAssignment, AccountFigures, AssignmentRole
from accounts.services import record_figures
from core import audit
from engagement import visit_figures
from engagement.models import Visit
from teams.models import User
from teams.rights import Right


def preview_visits(*, leaver, actor):
    """The visits still to come that would change hands; held ones keep who was there."""
    visits = Visit.objects.ahead().filter(owner=leaver)
    return visits if actor is None else visits & Visit.objects.visible_to(actor)


@transaction.atomic
def hand_over_visits(*, leaver, to, actor, reason="", on=None) -> int:
    """Give the leaver's coming visits to a successor; their steps go with the work. How many."""
    if actor is not None and not actor.has_right(Right.TRANSFER_ACCOUNTS):
        raise PermissionDenied
    ids = list(preview_visits(leaver=leaver, actor=actor).values_list("pk", flat=True))
    return _give(Visit.objects.filter(pk__in=ids), leaver, to, actor, reason)


def _give(rows, before, to, actor, reason) -> int:
    visits = list(rows.select_related("account"))
    entries = [
        audit.entry(
            actor=actor,
            action="visit.handed_over",
            target=visit,
            parent=visit.account,
            reason=reason,
            owner=(before, to),
        )
        for visit in visits
    ]
    Visit.objects.filter(pk__in=[visit.pk for visit in visits]).update(
        owner=to, version=F("version") + 1, updated_at=timezone.now()
    )
    audit.AuditEntry.objects.bulk_create(entries, batch_size=500)
    return len(visits)


@transaction.atomic
def return_unseen_visits(now=None) -> int:
    """Coming visits of who no longer sees the account go to its manager. How many."""
    today, moved = timezone.localdate(now), 0
    ahead = Visit.objects.ahead().order_by()
    for owner in User.objects.filter(pk__in=ahead.values("owner").distinct()):
        seen = Account.objects.visible_to(owner).values("pk")
        lost = ahead.filter(owner=owner).exclude(account__in=seen)
        for account in set(lost.values_list("account", flat=True)):
            held = AccountAssignment.objects.on(today).filter(account=account)
            found = held.filter(role=AssignmentRole.MANAGER).select_related("user").first()
            if found:
                moved += _give(lost.filter(account=account), owner, found.user, None, "")
    return moved


def repair_visit_figures(now=None) -> int:
    """Compare the visit dates of every account with its visits and record those that differ.

    `next_visit_on` also grows old by itself: every night yesterday's goes.
    """
    now, nothing = now or timezone.now(), {"last_visit_on": None, "next_visit_on": None}
    right = visit_figures.of_all(now)
    rows = AccountFigures.objects.values_list("account", "last_visit_on", "next_visit_on")
    wrong, known = [], set()
    for pk, last, following in rows.iterator(5000):
        known.add(pk)
        if right.get(pk, nothing) != {"last_visit_on": last, "next_visit_on": following}:
            wrong.append(pk)
    wrong += sorted(right.keys() - known)
    for pk in wrong:
        record_figures(account_id=pk, at=now, **right.get(pk, nothing))
    return len(wrong)
