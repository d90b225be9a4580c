"""What every test may ask for."""

import contextlib
import copy
import gc
import os
from collections import Counter
from importlib import import_module

import pytest
from django.apps import apps
from django.core.cache import cache
from django.db import transaction
from django.db.models.signals import post_migrate

from core import history_triggers, library
from documents.models import ArchiveCategory
from kam.i18n import compile_messages
from tests.database import copied_not_migrated
from tests.world import build_world

archive_categories = import_module("documents.migrations.0003_archive_categories")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    """Files with slow tests first, then the longest: what is left at the end is short, so that
    the workers end together."""
    if os.environ.get("CI"):
        left_out = elsewhere(items)
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=list(left_out))
    slow = Counter(item.path for item in items if {"slow", "browser"} & item.keywords.keys())
    size = Counter(item.path for item in items)
    items.sort(key=lambda item: (-slow[item.path], -size[item.path]))


def elsewhere(items) -> set:
    """What .ci/run, which runs everything on each database, has in its other run: it would say
    the same twice."""
    postgres = "postgres" in os.environ.get("KAM_DATABASE_URL", "")
    left_out, seen = set(), Counter()
    for item in items:
        if postgres and item.get_closest_marker("own_database"):
            left_out.add(item)
        if item.get_closest_marker("dealt"):
            if seen[item.path] % 2 != postgres:
                left_out.add(item)
            seen[item.path] += 1
    return left_out


def pytest_collection_finish():
    """What is loaded by now stays: looking through it for garbage, some hundred times, finds none
    and takes a tenth of the run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


@pytest.fixture(scope="session", autouse=True)
def translations():
    """Chinese as the catalogue says it today."""
    compile_messages()


@pytest.fixture(scope="session")
def migrated_once(django_db_blocker):
    with django_db_blocker.unblock():
        copying = copied_not_migrated()
    with contextlib.ExitStack() as stack:
        stack.enter_context(copying)
        yield stack


@pytest.fixture(scope="session")
def django_db_setup(migrated_once, django_db_setup):
    """The usual test database, a copy of one that was migrated. Later `migrate` is itself."""
    migrated_once.close()


@pytest.fixture(autouse=True)
def clean_cache():
    """Rate limits and the company's settings do not outlive a test."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture(autouse=True)
def history_may_be_emptied(request):
    """Tests that really commit are emptied afterwards, which the triggers of history refuse:
    they are lifted for it, and the emptying puts them back."""
    marker = request.node.get_closest_marker("django_db")
    commits = bool(marker and marker.kwargs.get("transaction")) or bool(
        {"transactional_db", "live_server"} & set(request.fixturenames)
    )
    if commits:
        request.getfixturevalue("transactional_db")  # set up first, so emptied last
    yield
    if commits:
        history_triggers.remove()


@pytest.fixture(scope="session", autouse=True)
def rows_of_migrations():
    """Emptying the tables after a test that commits takes away what migrations wrote, which every
    database has: it is written again."""

    def write(sender, using, **kwargs):
        rows = ArchiveCategory.objects.using(using)
        for code, zh, en, position, months, kind in archive_categories.ROWS:
            told = {"name_zh": zh, "name_en": en, "position": position}
            told |= {"retention_months": months, "form_kind": kind}
            rows.get_or_create(code=code, defaults=told)

    sender = apps.get_app_config("documents")
    post_migrate.connect(write, sender=sender, dispatch_uid="rows_of_migrations")
    yield
    post_migrate.disconnect(write, sender=sender, dispatch_uid="rows_of_migrations")


@contextlib.contextmanager
def rolled_back():
    """A transaction, or a savepoint within one, that never happened."""
    block = transaction.atomic()
    block.__enter__()
    try:
        yield
    finally:
        transaction.set_rollback(True)
        block.__exit__(None, None, None)


@pytest.fixture(scope="module")
def built_world(django_db_setup, django_db_blocker):
    """The fixed cast and their records, built once for a module's run and never committed."""
    with django_db_blocker.unblock(), rolled_back():
        cache.clear()
        yield build_world()


@pytest.fixture
def world(built_world, db):
    """The world as it was built: rows that a test changes are taken back with `db`, its objects
    are copies."""
    return copy.deepcopy(built_world)


@pytest.fixture(scope="module")
def built_library(django_db_setup, django_db_blocker):
    """What every installation is shipped with, loaded once for a module's run, never committed.
    For modules whose tests all may see it."""
    with django_db_blocker.unblock(), rolled_back():
        cache.clear()
        library.load()
        yield


@pytest.fixture
def shipped(built_library, db):
    """The shipped library; what a test changes of it is taken back."""
