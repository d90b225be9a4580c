"""What a page looks like, and what a story says, does not depend on the database."""

import os


def shared_out(cases) -> list:
    """All of them; where everything runs once on each database (.ci/run), every other one on
    each, so that a machine sees them all once."""
    cases = list(cases)
    if not os.environ.get("CI"):
        return cases
    return cases["postgres" in os.environ.get("KAM_DATABASE_URL", "") :: 2]
