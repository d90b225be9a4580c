"""Addresses of records, made without asking the resolver for every row of a list."""

from functools import cache

from django.urls import get_script_prefix, reverse

PLACE = 987_654_321


@cache
def _pattern(name: str, rest: tuple, prefix: str) -> str:
    return reverse(name, args=[PLACE, *rest]).replace("%", "%%").replace(str(PLACE), "%d")


def link(name: str, pk: int, *rest) -> str:
    """`reverse(name, args=[pk, *rest])` for a numeric pk."""
    return _pattern(name, rest, get_script_prefix()) % pk
