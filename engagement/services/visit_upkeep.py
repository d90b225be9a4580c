"""Visits when people and accounts change hands, and the nightly comparison of figures."""

from django.utils import timezone

from accounts.models import AccountFigures
from accounts.services import record_figures
from engagement import visit_figures
from engagement.models import Visit
from engagement.services.changing_hands import Hands

# The steps of a visit go with the work of its flow.
hands = Hands(Visit, "owner", "visit.handed_over")
preview_visits, hand_over_visits, return_unseen_visits = (
    hands.preview,
    hands.hand_over,
    hands.return_unseen,
)


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
