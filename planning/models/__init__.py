"""What we intend with an account: its registration, and the upkeep of its file."""

from planning.models.files import ChangeState, ControlPointDone, CustomerFile, FileChange
from planning.models.registration import (
    OPEN_STATUSES,
    Registration,
    RegistrationKind,
    RegistrationStatus,
)
from planning.models.retention import Retention

__all__ = [
    "OPEN_STATUSES",
    "ChangeState",
    "ControlPointDone",
    "CustomerFile",
    "FileChange",
    "Registration",
    "RegistrationKind",
    "RegistrationStatus",
    "Retention",
]
