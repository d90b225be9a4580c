"""Administration of engagement, by noun."""

from engagement.admin import cadence, callbacks, communications, expenses, surveys, visits

__all__ = ["cadence", "callbacks", "communications", "expenses", "surveys", "visits"]
