"""A cache that may be away. Pages stay slow but whole while Redis is gone; nothing is lost,
because the cache is never the only place of anything."""

import logging
import time

from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis.exceptions import RedisError

log = logging.getLogger(__name__)
RETRY_AFTER = 5.0  # seconds without asking once Redis did not answer


def _tolerant(name, answer):
    """The method `name`, answering `answer(arguments)` while Redis is away."""

    def method(self, *args, **kwargs):
        if time.monotonic() < self._away_until:
            return answer(*args, **kwargs)
        try:
            return getattr(super(TolerantRedisCache, self), name)(*args, **kwargs)
        except (RedisError, OSError) as error:
            self._away_until = time.monotonic() + RETRY_AFTER
            log.warning("cache away: %s", error)
            return answer(*args, **kwargs)

    method.__name__ = name
    return method


class LastingClient(RedisCacheClient):
    """Django makes a Redis client for every call; making one costs more than the call."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._clients = {}

    def get_client(self, key=None, *, write=False):
        pool = self._get_connection_pool(write)
        client = self._clients.get(id(pool))
        if client is None:
            client = self._clients[id(pool)] = self._client(connection_pool=pool)
        return client


class TolerantRedisCache(RedisCache):
    """Redis as cache; while it is away reads find nothing and writes are dropped."""

    def __init__(self, server, params):
        super().__init__(server, params)
        self._class = LastingClient

    _away_until = 0.0

    get = _tolerant("get", lambda key, default=None, version=None: default)
    set = _tolerant("set", lambda *args, **kwargs: None)
    add = _tolerant("add", lambda *args, **kwargs: True)
    touch = _tolerant("touch", lambda *args, **kwargs: False)
    delete = _tolerant("delete", lambda *args, **kwargs: False)
    get_many = _tolerant("get_many", lambda keys, version=None: {})
    set_many = _tolerant("set_many", lambda data, *args, **kwargs: list(data))
    delete_many = _tolerant("delete_many", lambda *args, **kwargs: None)
    has_key = _tolerant("has_key", lambda *args, **kwargs: False)
    incr = _tolerant("incr", lambda key, delta=1, version=None: delta)
    clear = _tolerant("clear", lambda: False)
