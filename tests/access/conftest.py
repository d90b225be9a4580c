import logging

import pytest

from tests.access.harness import Clients


@pytest.fixture(autouse=True, scope="package")
def quiet():
    """Thousands of refusals are asked for on purpose; nobody needs to read of them."""
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture(scope="module")
def clients(built_world):
    """Somebody signed in for each role."""
    return Clients(built_world)


@pytest.fixture(scope="module")
def strict_clients(built_world):
    """The same, with the CSRF token demanded as browsers meet it."""
    return Clients(built_world, enforce_csrf_checks=True)
