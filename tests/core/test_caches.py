import time

import pytest
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

from core.caches import RETRY_AFTER, TolerantRedisCache

NOBODY = "redis://127.0.0.1:1/0"
OPTIONS = {"OPTIONS": {"socket_connect_timeout": 0.5}}


def test_the_stock_cache_raises_when_redis_is_away():
    """The fault that the tolerant one is there for."""
    with pytest.raises(RedisError):
        RedisCache(NOBODY, OPTIONS).get("key")


def test_reads_find_nothing_and_writes_are_dropped():
    cache = TolerantRedisCache(NOBODY, OPTIONS)
    assert cache.get("key", "default") == "default"
    assert cache.get_many(["key"]) == {}
    assert cache.incr("key", 3) == 3
    assert cache.set_many({"key": 1}) == ["key"]
    cache.set("key", 1)
    assert cache.has_key("key") is False


def test_it_does_not_ask_again_at_once(monkeypatch):
    cache = TolerantRedisCache(NOBODY, OPTIONS)
    asked = []

    def away(self, *args, **kwargs):
        asked.append(args)
        raise RedisError("away")

    monkeypatch.setattr(RedisCache, "get", away)
    for _time in range(5):
        cache.get("key")
    assert len(asked) == 1
    now = time.monotonic()
    monkeypatch.setattr("core.caches.time.monotonic", lambda: now + RETRY_AFTER + 1)
    cache.get("key")
    assert len(asked) == 2


def test_one_client_serves_all_calls():
    """The stock one makes a client for every call."""
    stock, ours = RedisCache(NOBODY, OPTIONS), TolerantRedisCache(NOBODY, OPTIONS)
    assert stock._cache.get_client() is not stock._cache.get_client()
    assert ours._cache.get_client() is ours._cache.get_client(write=True)
