"""Every write to opportunities and products. One function, one business action, one transaction."""

from opportunities.services.bulk import bulk_update_opportunities, preview_bulk_update
from opportunities.services.handover import hand_over_deals, preview_deals
from opportunities.services.opportunities import (
    archive_opportunity,
    change_owner,
    create_opportunity,
    edit_opportunity,
    restore_opportunity,
    set_lines,
    update_opportunity,
)
from opportunities.services.outcome import lose, move_milestone, reopen, win
from opportunities.services.products import create_product, update_product
from opportunities.services.team import add_member, remove_member

__all__ = [
    "add_member",
    "archive_opportunity",
    "bulk_update_opportunities",
    "change_owner",
    "create_opportunity",
    "create_product",
    "edit_opportunity",
    "hand_over_deals",
    "lose",
    "move_milestone",
    "preview_bulk_update",
    "preview_deals",
    "remove_member",
    "reopen",
    "restore_opportunity",
    "set_lines",
    "update_opportunity",
    "update_product",
    "win",
]
