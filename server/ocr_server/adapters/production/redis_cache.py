"""Results in Redis, which all replicas share."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from pydantic import SecretStr

from ocr_server.adapters.cache_entry import pack, unpack
from ocr_server.adapters.production.redis_client import RedisClient, open_redis
from ocr_server.domain.document import Recognition
from ocr_server.domain.errors import DependencyUnavailable
from ocr_server.ports import ResultKey

T = TypeVar("T")

_PREFIX = "ocr:result:"
_CONNECTIONS = 32
# A lookup takes a millisecond. Who has waited this long reads instead.
_PATIENCE_S = 0.05
# It was not this process that was slow for a moment: Redis hangs, and for a second nobody asks.
_HANGS_AFTER_S = 0.5


class RedisCache:
    """Port ``ResultCache``: keeps results for ``ttl_s`` seconds; ``maxmemory`` of the server bounds them all."""

    def __init__(self, redis: RedisClient, *, ttl_s: float) -> None:
        self._redis = redis
        self._ttl_ms = max(1, round(ttl_s * 1000))
        self._asking: set[asyncio.Task[Any]] = set()

    async def get(self, key: ResultKey) -> Recognition | None:
        """See the port."""
        entry = await self._asked(lambda: self._redis.commands.get(_PREFIX + key.digest))
        return unpack(key, entry) if entry else None

    async def put(self, key: ResultKey, recognition: Recognition) -> None:
        """See the port."""
        if entry := pack(key, recognition):
            await self._asked(lambda: self._redis.commands.set(_PREFIX + key.digest, entry, px=self._ttl_ms))

    async def close(self) -> None:
        """Ask no more."""
        for asking in self._asking:
            asking.cancel()
        if self._asking:
            await asyncio.wait(self._asking)

    async def _asked(self, ask: Callable[[], Awaitable[T]]) -> T | None:
        # It goes on when nobody waits for it any more: a connection that is broken off has to be made anew.
        asking = asyncio.create_task(self._ask(ask), name="result-cache")
        self._asking.add(asking)
        asking.add_done_callback(self._asking.discard)
        done, _ = await asyncio.wait({asking}, timeout=_PATIENCE_S)
        return asking.result() if done else None

    async def _ask(self, ask: Callable[[], Awaitable[T]]) -> T | None:
        try:
            return await self._redis.ask(ask, within_s=_HANGS_AFTER_S)
        except DependencyUnavailable:
            return None


@asynccontextmanager
async def open_redis_cache(url: SecretStr, *, ttl_s: float) -> AsyncIterator[RedisCache]:
    """Open the cache at ``url``, redis:// or rediss:// or unix://; Redis need not be there yet.

    Raises RuntimeError if it is no such URL.
    """
    async with open_redis(url, "result cache", connections=_CONNECTIONS) as redis:
        cache = RedisCache(redis, ttl_s=ttl_s)
        try:
            yield cache
        finally:
            await cache.close()
