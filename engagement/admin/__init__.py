"""Administration of engagement, by noun."""

from engagement.admin import cadence, communications, expenses, surveys, visits

__all__ = ["cadence", "communications", "expenses", "surveys", "visits"]
