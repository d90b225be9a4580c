"""Every address of the product, read from the resolver; nobody has to remember to list one."""

from dataclasses import dataclass, field

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

API = ("api:",)
ADMIN = ("admin:", "admin/")
ACCOUNTS = ("accounts:",)


@dataclass(frozen=True)
class Route:
    """One pattern. `key` is its name, or its pattern where it has none; `params` are the names of
    its parameters; `actions` those of a viewset."""

    key: str
    pattern: str
    params: tuple
    callback: object = field(hash=False, compare=False)
    actions: dict = field(hash=False, default_factory=dict)

    @property
    def is_api(self) -> bool:
        return self.key.startswith("api:") and self.key != "api:docs"

    @property
    def is_admin(self) -> bool:
        return self.key.startswith(ADMIN)

    def __str__(self):
        return self.key


def walk(resolver=None, prefix="", names=(), outer=()) -> list[Route]:
    found = []
    for entry in (resolver or get_resolver()).url_patterns:
        pattern = f"{prefix}{entry.pattern}"
        params = (*outer, *_params(entry.pattern))
        if isinstance(entry, URLResolver):
            inner = (*names, entry.namespace) if entry.namespace else names
            found += walk(entry, pattern, inner, params)
        elif isinstance(entry, URLPattern):
            key = ":".join((*names, entry.name)) if entry.name else pattern
            actions = getattr(entry.callback, "actions", {})
            found.append(Route(key, pattern, params, entry.callback, actions))
    return found


def _params(pattern) -> tuple[str, ...]:
    if pattern.converters:
        return tuple(pattern.converters)
    return tuple(pattern.regex.groupindex) if hasattr(pattern, "_regex") else ()


def listed(*starts, but=()) -> list:
    """Routes whose key begins so, as parameters of a test."""
    return [
        pytest.param(route, id=str(route))
        for route in walk()
        if route.key.startswith(starts) and not (but and route.key.startswith(but))
    ]
