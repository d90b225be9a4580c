"""Every route, every method, every role, every kind of id: who sees what (architecture.md, 3).

The matrix itself stands in the test_matrix_* files beside this one, so that two workers share it.
"""

from tests.access.policy import POLICY, line_for
from tests.access.routes import ACCOUNTS, ADMIN, API, listed, walk


def test_every_route_has_a_line():
    assert [str(route) for route in walk() if not line_for(route)] == []


def test_every_line_has_a_route():
    keys = {route.key for route in walk()}
    assert [key for key in POLICY if "*" not in key and key not in keys] == []


def test_the_files_of_the_matrix_leave_no_route_out():
    parts = (
        listed(*ACCOUNTS),
        listed(*API),
        listed(*ADMIN),
        listed("", but=(*ACCOUNTS, *ADMIN, *API)),
    )
    asked = sorted(str(one.values[0]) for part in parts for one in part)
    assert asked == sorted(str(route) for route in walk())
