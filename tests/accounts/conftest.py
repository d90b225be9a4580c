"""A small company: two divisions, a director each, a manager each, an account each."""

from types import SimpleNamespace

import pytest
from django.utils import translation

from tests import factories as make


@pytest.fixture
def english():
    """Refusals are read in English, whatever the language of the installation."""
    with translation.override("en"):
        yield


@pytest.fixture
def company(db, english):
    root = make.make_unit("co")
    make.make_currency()
    north = make.make_unit("north", parent=root, kind="division")
    south = make.make_unit("south", parent=root, kind="division")
    team = make.make_unit("north-a", parent=north)
    tiers = {code: make.make_tier(code) for code in ("core", "strategic", "important", "potential")}
    kim = make.make_user("kim", unit=team)
    return SimpleNamespace(
        root=root,
        north=north,
        south=south,
        team=team,
        tiers=tiers,
        kim=kim,
        lee=make.make_user("lee", unit=team),
        sam=make.make_user("sam", unit=south),
        dora=make.make_director("dora", unit=north),
        sid=make.make_director("sid", unit=south),
        gm=make.make_general_manager("gm", unit=root),
        acme=make.make_account("Acme Corporation", manager=kim, tier=tiers["important"]),
    )
