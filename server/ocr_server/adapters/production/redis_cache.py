"""Results in Redis, which all replicas share."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import structlog
from pydantic import SecretStr
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from ocr_server.adapters.cache_entry import pack, unpack
from ocr_server.adapters.production.circuit import Circuit, Unreachable
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

log = structlog.get_logger()


class RedisCache:
    """Port ``ResultCache``: keeps results for ``ttl_s`` seconds; ``maxmemory`` of the server bounds them all."""

    def __init__(self, client: Redis, *, ttl_s: float) -> None:
        self._client = client
        self._ttl_ms = max(1, round(ttl_s * 1000))
        self._circuit = Circuit("The result cache")
        self._asking: set[asyncio.Task[Any]] = set()

    async def get(self, key: ResultKey) -> Recognition | None:
        """See the port."""
        entry = await self._asked(lambda: self._client.get(_PREFIX + key.digest))
        return unpack(key, entry) if entry else None

    async def put(self, key: ResultKey, recognition: Recognition) -> None:
        """See the port."""
        if entry := pack(key, recognition):
            await self._asked(lambda: self._client.set(_PREFIX + key.digest, entry, px=self._ttl_ms))

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
            with self._circuit.attempt():
                try:
                    async with asyncio.timeout(_HANGS_AFTER_S):
                        return await ask()
                except (RedisError, OSError, TimeoutError) as error:
                    log.warning("result_cache.away", why=f"{type(error).__name__}: {error}")
                    raise Unreachable from error
        except DependencyUnavailable:
            return None


@asynccontextmanager
async def open_redis_cache(url: SecretStr, *, ttl_s: float) -> AsyncIterator[RedisCache]:
    """Open the cache at ``url``, redis:// or rediss:// or unix://; Redis need not be there yet.

    Raises RuntimeError if it is no such URL.
    """
    try:
        connections = BlockingConnectionPool.from_url(
            url.get_secret_value(), max_connections=_CONNECTIONS, retry=Retry(NoBackoff(), 0)
        )
    except ValueError:  # it may quote a part of the password
        raise RuntimeError("OCR_REDIS_URL is not a redis://, rediss:// or unix:// URL.") from None
    async with Redis.from_pool(connections) as client:
        cache = RedisCache(client, ttl_s=ttl_s)
        try:
            yield cache
        finally:
            await cache.close()
