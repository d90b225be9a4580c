"""How often something may be tried, counted in the shared cache over a minute."""

import time

from allauth.account.adapter import get_adapter
from django.core.cache import cache

WINDOW = 60


def caller_of(request) -> str:
    """The address of who asks, behind as many proxies as the installation trusts."""
    return get_adapter(request).get_client_ip(request)


def _key(what: str, who: str) -> str:
    return f"rate:{what}:{who}:{int(time.time() // WINDOW)}"


def is_over(what: str, who: str, most: int) -> bool:
    """Whether they tried `most` times this minute already; counts nothing."""
    return (cache.get(_key(what, who)) or 0) >= most


def count(what: str, who: str) -> int:
    """Note one try and return how many there were this minute."""
    key = _key(what, who)
    cache.add(key, 0, 2 * WINDOW)
    try:
        return cache.incr(key)
    except ValueError:  # it went out of the cache between the two
        cache.set(key, 1, 2 * WINDOW)
        return 1
