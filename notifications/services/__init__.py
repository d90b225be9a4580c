from notifications.services.digest import make_digests
from notifications.services.endpoints import (
    create_endpoint,
    create_settings,
    update_endpoint,
    update_settings,
)
from notifications.services.gateway import create_gateway, update_gateway
from notifications.services.notify import Notice, notify, notify_many
from notifications.services.operation import close, repair, resend, tell_of_trouble
from notifications.services.outside import Letter, forget, letters_of, write_out
from notifications.services.planning import PLANNERS_FAILED, PlannersFailed, plan_due
from notifications.services.preferences import mark_all_read, mark_read, set_preferences
from notifications.services.withdrawing import restore, withdraw

__all__ = [
    "Letter",
    "Notice",
    "PLANNERS_FAILED",
    "PlannersFailed",
    "close",
    "create_endpoint",
    "create_gateway",
    "create_settings",
    "forget",
    "letters_of",
    "make_digests",
    "mark_all_read",
    "mark_read",
    "notify",
    "notify_many",
    "plan_due",
    "repair",
    "resend",
    "restore",
    "set_preferences",
    "tell_of_trouble",
    "update_endpoint",
    "update_gateway",
    "update_settings",
    "withdraw",
    "write_out",
]
