"""When is a step with several people decided? (或签, 会签, 依次, n of m)"""


def tally(mode: str, need: int, positive: str, votes: list[str | None]) -> str | None:
    """The step's outcome, or None while it is open. `votes`: an outcome or None per seat.

    mode: any, all, in_order or n_of_m; `need` counts for n_of_m only and is capped by the seats,
    because two seats on one person become one.
    """
    said = [vote for vote in votes if vote]
    if mode == "any":
        return said[0] if said else None
    wanted = min(need, len(votes)) if mode == "n_of_m" else len(votes)
    others = [vote for vote in said if vote != positive]
    if len(said) - len(others) >= wanted:
        return positive
    if len(others) > len(votes) - wanted:
        return others[0]
    return None
