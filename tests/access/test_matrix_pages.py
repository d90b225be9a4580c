"""Every role on every other page."""

import pytest

from tests.access.harness import check, tally
from tests.access.routes import ACCOUNTS, ADMIN, API, listed


@pytest.mark.parametrize("route", listed("", but=(*ACCOUNTS, *ADMIN, *API)))
def test_access(route, world, clients):
    problems = check(route, world, clients)
    assert not problems, tally(problems)
