"""Every write to flows and work items."""

from flows.grants import settle_filling
from flows.services.answering import (
    TooLate,
    complete,
    complete_many,
    return_to,
    take_back,
    takes_back,
)
from flows.services.board import CannotMove, change_version, move_card
from flows.services.clock import excuse, resume, suspend, watch
from flows.services.drift import check_drift
from flows.services.engine import NotActive, RunsInCircles, wake
from flows.services.free_items import drop, make_item
from flows.services.handing import CannotTake, add_signer, claim, delegate, nudge, reassign
from flows.services.handover import follow_subjects, hand_over_work, preview_work, return_unseen
from flows.services.locking import Conflict, GateClosed, is_late, refuse_late, what_became
from flows.services.moving import move_runs, older_runs, places_of, targets_of
from flows.services.starting import (
    NoFlow,
    cancel,
    follow_subject,
    restart,
    skip,
    start,
    tick,
    withdraw,
)
from flows.services.templates import (
    CannotRun,
    activate,
    active_flow,
    change_settings,
    create_template,
    found_in,
    loaded_from_library,
    problems_of,
    save_draft,
    set_offered,
)

__all__ = [
    "CannotMove",
    "CannotRun",
    "CannotTake",
    "Conflict",
    "GateClosed",
    "NoFlow",
    "NotActive",
    "RunsInCircles",
    "TooLate",
    "activate",
    "active_flow",
    "add_signer",
    "cancel",
    "change_settings",
    "change_version",
    "check_drift",
    "claim",
    "complete",
    "complete_many",
    "create_template",
    "delegate",
    "drop",
    "excuse",
    "follow_subject",
    "follow_subjects",
    "found_in",
    "hand_over_work",
    "is_late",
    "loaded_from_library",
    "make_item",
    "move_card",
    "move_runs",
    "nudge",
    "older_runs",
    "places_of",
    "preview_work",
    "problems_of",
    "reassign",
    "refuse_late",
    "restart",
    "resume",
    "return_to",
    "return_unseen",
    "save_draft",
    "set_offered",
    "settle_filling",
    "skip",
    "start",
    "suspend",
    "take_back",
    "takes_back",
    "targets_of",
    "tick",
    "wake",
    "watch",
    "what_became",
    "withdraw",
]
