"""A small cast around one deal: its owner, the line above, a rival, a sibling director."""

from types import SimpleNamespace

import pytest

from tests import factories as make


@pytest.fixture
def cast(db):
    root = make.make_unit()
    make.make_currency()
    east, west = (make.make_unit(code, parent=root) for code in ("east", "west"))
    people = SimpleNamespace(
        root=root,
        east=east,
        west=west,
        seller=make.make_user("seller", unit=east),
        rival=make.make_user("rival", unit=west),
        director=make.make_director("director", unit=east),
        sibling=make.make_director("sibling", unit=west),
        boss=make.make_general_manager("boss"),
    )
    people.account = make.make_account("衡曜半导体", manager=people.seller)
    people.hidden = make.make_account("秘密客户", manager=people.rival)
    return people


@pytest.fixture
def as_user(client):
    """Log somebody in; the client they use."""

    def log_in(user):
        client.force_login(user)
        return client

    return log_in
