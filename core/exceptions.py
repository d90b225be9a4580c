"""Refusals worded for the person who meets them."""

from django.utils.translation import gettext_lazy as _


class DomainError(Exception):
    """A rule of the business said no. The message is fit to show to the user.

    `missing` lists what would have to be there, as (message, link) pairs; `field` names the form
    field beside which the message belongs.
    """

    def __init__(self, message="", *, field=None, missing=()):
        super().__init__(message)
        self.message = message
        self.field = field
        self.missing = tuple(missing)

    def __str__(self):
        return str(self.message)


class StaleVersion(DomainError):
    """Somebody else changed the record meanwhile (409). `current` is what it holds now,
    `conflicts` maps each field both touched to (theirs, yours)."""

    def __init__(self, instance, conflicts=None):
        super().__init__(_("Somebody else changed this record meanwhile."))
        self.current = instance
        self.conflicts = conflicts or {}


class SteeredStatus(StaleVersion):
    """The status of this record follows its flow; nobody else writes it (409)."""

    def __init__(self, instance):
        super().__init__(instance)
        self.message = _("The status follows the flow and cannot be set by hand.")


class MissingRate(DomainError):
    """No exchange rate is known for the day; an amount is never guessed."""
