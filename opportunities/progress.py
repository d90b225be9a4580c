"""What has to be known before a deal may change its status (R-OPP-14), on plain values."""

from opportunities.milestones import ORDER, WON_FROM, MilestoneCode

OPEN_MILESTONES = ORDER[:WON_FROM]
WON_MILESTONES = ORDER[WON_FROM:]


def missing_to_win(*, amount, has_account: bool, account_needed: bool = True) -> list[str]:
    """Names of the facts that are still missing to call a deal won."""
    missing = []
    if amount is None:
        missing.append("amount")
    if account_needed and not has_account:
        missing.append("account")
    return missing


def milestones_for(status: str) -> tuple[MilestoneCode, ...]:
    """Where a deal of this status may stand; a lost one stays where it was lost."""
    return {"open": OPEN_MILESTONES, "won": WON_MILESTONES}.get(status, ())


def after_reopening(milestone: str) -> str:
    """A deal that was won goes back to the last open milestone, a lost one stays."""
    reached = ORDER.index(MilestoneCode(milestone))
    return milestone if reached < WON_FROM else OPEN_MILESTONES[-1].value
