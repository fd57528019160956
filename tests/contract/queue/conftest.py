"""The queues that the suite runs against: a new one joins by a name in ``params`` and a branch below."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
from pydantic import SecretStr
from redis.asyncio import Redis

from ocr_server.adapters.embedded.memory_queue import MemoryQueue
from ocr_server.adapters.production.redis_queue import open_redis_queue
from ocr_server.ports import JobQueue
from ocr_server.stack.redis_process import RedisProcess

OpenQueue = Callable[[], AbstractAsyncContextManager[JobQueue]]
CAPACITY = 3


@pytest.fixture(params=["memory", "redis"])
def open_queue(request: pytest.FixtureRequest) -> OpenQueue:
    @asynccontextmanager
    async def memory() -> AsyncIterator[JobQueue]:
        yield MemoryQueue(CAPACITY)

    @asynccontextmanager
    async def in_redis() -> AsyncIterator[JobQueue]:
        async with Redis.from_url(server.url) as client:
            await client.flushdb()  # of what other tests have left
        async with open_redis_queue(SecretStr(server.url), capacity=CAPACITY) as queue:
            yield queue

    if request.param == "memory":
        return memory
    server: RedisProcess = request.getfixturevalue("redis")  # so that Redis is started only where it is asked
    return in_redis


@pytest.fixture
async def job_queue(open_queue: OpenQueue) -> AsyncIterator[JobQueue]:
    """A queue in which three calls may wait, and none does."""
    async with open_queue() as queue:
        yield queue
