"""Methods nobody listed, a missing CSRF token, a forged HX-Request (T29, T45)."""

import pytest

from tests.access.harness import csrf_gaps, forged_htmx, tally, unlisted_methods
from tests.access.routes import listed

pytestmark = pytest.mark.dealt


@pytest.mark.parametrize("route", listed(""))
def test_side_doors(route, world, clients, strict_clients):
    problems = [
        *unlisted_methods(route, world, clients),
        *csrf_gaps(route, world, strict_clients),
        *forged_htmx(route, world, clients),
    ]
    assert not problems, tally(problems)
