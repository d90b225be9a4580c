"""A customer with a file: its manager, a colleague who sees it, a stranger and the line; and a
house that asks its customers, built once a file and never committed."""

from types import SimpleNamespace

import pytest
from django.core.cache import cache
from django.utils import translation

from accounts.models import AssignmentRole
from tests import factories as make
from tests.conftest import rolled_back
from tests.engagement import callback_cast, expense_cast, mailings, surveys


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
def spenders(db, english):
    return expense_cast.build()


@pytest.fixture(scope="module")
def built_callers(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), rolled_back(), translation.override("en"):
        cache.clear()
        yield callback_cast.build()


@pytest.fixture
def callers(built_callers, db, english):
    return built_callers


@pytest.fixture
def client(client):
    """Pages in English, whatever the language of the installation."""
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


@pytest.fixture(scope="module")
def built_survey_house(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), rolled_back():
        cache.clear()
        yield surveys.build()


@pytest.fixture
def built_mailing_house(db):
    cache.clear()
    return mailings.build()
