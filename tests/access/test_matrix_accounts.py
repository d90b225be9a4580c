"""Every role on every page of accounts and contacts."""

import pytest

from tests.access.harness import check, tally
from tests.access.routes import ACCOUNTS, listed


@pytest.mark.parametrize("route", listed(*ACCOUNTS))
def test_access(route, world, clients):
    problems = check(route, world, clients)
    assert not problems, tally(problems)
