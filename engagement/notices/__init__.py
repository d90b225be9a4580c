"""What people are told about engagement, by noun."""

from engagement.notices import expenses, reminders

KINDS = (*reminders.KINDS, *expenses.KINDS)
