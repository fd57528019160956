"""The adapters that the suite runs against: a new one joins by a name in ``params`` and a branch below."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
from pydantic import SecretStr

from ocr_server.adapters.embedded.memory_cache import MemoryCache
from ocr_server.adapters.production import redis_cache
from ocr_server.adapters.production.redis_cache import open_redis_cache
from ocr_server.ports import ResultCache
from ocr_server.stack.redis_process import RedisProcess
from tests.contract.jobs.conftest import recognition

__all__ = ["recognition"]

OpenCache = Callable[..., AbstractAsyncContextManager[ResultCache]]


@pytest.fixture(params=["memory", "redis"])
def open_cache(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> OpenCache:
    """Opens a cache that keeps results for ``ttl_s``, and waits for its server also on a busy machine."""
    monkeypatch.setattr(redis_cache, "_PATIENCE_S", 5.0)
    monkeypatch.setattr(redis_cache, "_HANGS_AFTER_S", 5.0)

    @asynccontextmanager
    async def memory(ttl_s: float = 60.0) -> AsyncIterator[ResultCache]:
        yield MemoryCache(ttl_s=ttl_s, max_bytes=2**24)

    @asynccontextmanager
    async def in_redis(ttl_s: float = 60.0) -> AsyncIterator[ResultCache]:
        async with open_redis_cache(SecretStr(server.url), ttl_s=ttl_s) as cache:
            yield cache

    if request.param == "memory":
        return memory
    server: RedisProcess = request.getfixturevalue("redis")  # so that Redis is started only where it is asked
    return in_redis


@pytest.fixture
async def cache(open_cache: OpenCache) -> AsyncIterator[ResultCache]:
    async with open_cache() as opened:
        yield opened
