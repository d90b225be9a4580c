"""Following the organisation: open deals go with their owner to another department."""

from opportunities.models import Opportunity


def follow_person(sender, user, **kwargs):
    """Closed deals stay with the department that closed them."""
    Opportunity.objects.open().filter(owner=user).update(owner_unit=user.unit)
