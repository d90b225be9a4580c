"""Packages that take long to load and that few requests need, loaded when first used.

Whoever writes `pandas = deferred("pandas")` instead of an import keeps it out of the web processes
and of every command that touches no sheet; tests/core/test_deferred.py names who must stay out.
"""

from functools import partial
from importlib import import_module

from django.utils.functional import SimpleLazyObject


def deferred(name: str) -> SimpleLazyObject:
    """The package `name`; it is imported when one of its attributes is asked for."""
    return SimpleLazyObject(partial(import_module, name))
