"""A customer with a file: its manager, a colleague who sees it, a stranger and the line."""

from types import SimpleNamespace

import pytest
from django.utils import translation

from accounts.models import AssignmentRole
from tests import factories as make


@pytest.fixture
def english():
    with translation.override("en"):
        yield


@pytest.fixture
def house(db, english):
    root = make.make_unit("co")
    make.make_currency()
    east = make.make_unit("east", parent=root, kind="division")
    kim = make.make_user("kim", unit=east)
    lee = make.make_user("lee", unit=east)
    acme = make.make_account(
        "Acme Corporation",
        manager=kim,
        tier=make.make_tier("important"),
        phone="025-1",
        status="registered",
    )
    make.assign(acme, lee, AssignmentRole.SELLER)
    return SimpleNamespace(
        root=root,
        east=east,
        kim=kim,
        lee=lee,
        dora=make.make_director("dora", unit=east),
        stranger=make.make_user("stranger", unit=make.make_unit("west", parent=root)),
        acme=acme,
    )


@pytest.fixture
def client(client):
    """Pages in English, whatever the language of the installation."""
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client
