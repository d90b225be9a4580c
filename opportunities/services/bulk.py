"""Editing several deals at once, with a preview of what would change."""

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core.exceptions import DomainError
from core.models import company
from opportunities import permissions
from opportunities.models import Opportunity
from opportunities.services.opportunities import update_opportunity

BULK_FIELDS = ("owner", "expected_close_on", "kind")


@dataclass(frozen=True)
class BulkLine:
    """One deal of a bulk edit: what changes, or why nothing does."""

    opportunity: Opportunity
    changes: dict
    refused: str = ""


def preview_bulk_update(*, opportunities, values, actor) -> list[BulkLine]:
    """What `bulk_update_opportunities` would do to each, without doing it."""
    _check(opportunities, values)
    lines = []
    for deal in opportunities:
        changes = {
            name: (getattr(deal, name), value)
            for name, value in values.items()
            if getattr(deal, name) != value
        }
        lines.append(BulkLine(deal, changes, _refusal(deal, changes, actor)))
    return lines


@transaction.atomic
def bulk_update_opportunities(*, opportunities, values, actor) -> int:
    """Set the same values on all of them or on none; how many changed."""
    lines = preview_bulk_update(opportunities=opportunities, values=values, actor=actor)
    if any(line.refused for line in lines):
        raise PermissionDenied
    for line in lines:
        if line.changes:
            update_opportunity(opportunity=line.opportunity, values=values, actor=actor)
    return sum(bool(line.changes) for line in lines)


def _check(opportunities, values):
    unknown = set(values) - set(BULK_FIELDS)
    if unknown:
        raise TypeError(f"not editable here: {', '.join(sorted(unknown))}")
    if not values:
        raise DomainError(_("Choose what to change."))
    most = company().bulk_edit_max_rows
    if len(opportunities) > most:
        raise DomainError(
            _("At most %(most)d records can be changed at once.") % {"most": most}
        )


def _refusal(deal, changes, actor) -> str:
    if actor is None or not changes:
        return ""
    if not permissions.can_edit_opportunity(actor, deal):
        return _("You may see this, but not change it.")
    if "owner" in changes and not permissions.can_lead_opportunity(actor, deal):
        return _("Only the owner and the owner's line may hand it over.")
    return ""
