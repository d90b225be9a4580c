"""Every role on every page of the admin."""

import pytest

from tests.access.harness import check, tally
from tests.access.routes import ADMIN, listed


@pytest.mark.parametrize("route", listed(*ADMIN))
def test_access(route, world, clients):
    problems = check(route, world, clients)
    assert not problems, tally(problems)
