"""The canonical milestones every pipeline maps to (R-OPP-14, choice C-06).

Funnels of different pipelines add up because code knows these eight and no administrator's step.
"""

from enum import StrEnum


class MilestoneCode(StrEnum):
    IDENTIFIED = "identified"
    QUALIFIED = "qualified"
    CONTACTED = "contacted"
    NEEDS_KNOWN = "needs_known"
    PROPOSED = "proposed"
    SIGNED = "signed"
    DELIVERED = "delivered"
    RETAINED = "retained"


ORDER = tuple(MilestoneCode)
WON_FROM = ORDER.index(MilestoneCode.SIGNED)


def status_allows(milestone: str, status: str) -> bool:
    """Won lies at or after `signed`; open and lost lie before it."""
    reached = ORDER.index(MilestoneCode(milestone))
    return reached >= WON_FROM if status == "won" else reached < WON_FROM
