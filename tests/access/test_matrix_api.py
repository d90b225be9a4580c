"""Every role on every address of the API."""

import pytest

from tests.access.harness import check, tally
from tests.access.routes import API, listed


@pytest.mark.parametrize("route", listed(*API))
def test_access(route, world, clients):
    problems = check(route, world, clients)
    assert not problems, tally(problems)
