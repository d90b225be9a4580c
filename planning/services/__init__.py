"""Every write of planning. One function, one business action, one transaction."""

from planning.services.changes import accept_change, propose_changes, refuse_change
from planning.services.collecting import collect_missing
from planning.services.files import confirm_file, flag_stale_files
from planning.services.points import record_point
from planning.services.registrations import (
    AlreadyRegistered,
    registration_under_way,
    start_registration,
    update_registration,
)
from planning.services.retention import prolong, put_away, tell_of_ended

__all__ = [
    "AlreadyRegistered",
    "accept_change",
    "collect_missing",
    "confirm_file",
    "flag_stale_files",
    "prolong",
    "propose_changes",
    "put_away",
    "record_point",
    "refuse_change",
    "registration_under_way",
    "start_registration",
    "tell_of_ended",
    "update_registration",
]
