from opportunities.models.opportunity import (
    BusinessKind,
    Milestone,
    Opportunity,
    OpportunityLine,
    OpportunityMember,
    OpportunityStatus,
)
from opportunities.models.product import Product

__all__ = [
    "BusinessKind",
    "Milestone",
    "Opportunity",
    "OpportunityLine",
    "OpportunityMember",
    "OpportunityStatus",
    "Product",
]
