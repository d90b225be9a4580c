import pytest

from core import subjects
from tests.conftest import rolled_back
from tests.flows import cases, helpers


@pytest.fixture(scope="session")
def case_table(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        cases.make_table()


@pytest.fixture(autouse=True)
def case_subjects(settings):
    settings.KAM_SUBJECTS = [*settings.KAM_SUBJECTS, *cases.ADAPTERS]
    subjects.subjects.cache_clear()
    yield
    subjects.subjects.cache_clear()


@pytest.fixture(scope="module")
def built_cast(case_table, django_db_blocker):
    """The cast and the flows, once for a module, never committed."""
    from django.conf import settings  # noqa: PLC0415

    before = settings.KAM_SUBJECTS
    with django_db_blocker.unblock(), rolled_back():
        settings.KAM_SUBJECTS = [*before, *cases.ADAPTERS]
        subjects.subjects.cache_clear()
        helpers.build_cast()
        settings.KAM_SUBJECTS = before
        subjects.subjects.cache_clear()
        yield


@pytest.fixture
def cast(built_cast, db):
    """anna, mia and the others, with the flows of the house."""


@pytest.fixture
def acc(cast):
    return helpers.make.make_account(manager=helpers.u("anna"))
