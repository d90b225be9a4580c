"""Every write of engagement. One function, one business action, one transaction."""

from engagement.services.cadence import (
    Proposal,
    plan_programme,
    preview_programme,
    watch_cadence,
)
from engagement.services.communications import (
    AlreadyAnswered,
    answer_communication,
    log_communication,
    update_communication,
)
from engagement.services.visit_records import NotReady, check_in, commit, record_visit
from engagement.services.visit_series import (
    cancel_following,
    move_following,
    plan_series,
    update_following,
)
from engagement.services.visit_upkeep import hand_over_visits, preview_visits
from engagement.services.visits import (
    NotAhead,
    cancel_visit,
    move_visit,
    plan_visit,
    submit_plan,
    update_visit,
)

__all__ = [
    "AlreadyAnswered",
    "NotAhead",
    "NotReady",
    "Proposal",
    "answer_communication",
    "cancel_following",
    "cancel_visit",
    "check_in",
    "commit",
    "hand_over_visits",
    "log_communication",
    "move_following",
    "move_visit",
    "plan_programme",
    "plan_series",
    "plan_visit",
    "preview_programme",
    "preview_visits",
    "record_visit",
    "submit_plan",
    "update_communication",
    "update_following",
    "update_visit",
    "watch_cadence",
]
