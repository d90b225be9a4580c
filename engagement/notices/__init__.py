"""What people are told about engagement, by noun."""

from engagement.notices import callbacks, expenses, reminders

KINDS = (*reminders.KINDS, *callbacks.KINDS, *expenses.KINDS)
