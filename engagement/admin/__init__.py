"""Administration of engagement, by noun."""

from engagement.admin import (
    cadence,
    callbacks,
    communications,
    expenses,
    mailings,
    surveys,
    visits,
)

__all__ = [
    "cadence",
    "callbacks",
    "communications",
    "expenses",
    "mailings",
    "surveys",
    "visits",
]
