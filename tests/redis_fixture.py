"""A real Redis for tests (Valkey), started by the very launcher that the stack uses."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from redis.asyncio import Redis

from ocr_server.stack.redis_process import RedisProcess, run_redis

ENVIRONMENT = Path(__file__).resolve().parent.parent / ".venv-servers"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def redis() -> AsyncIterator[RedisProcess]:
    """The server that tests share which do no harm to it."""
    async with run_redis(ENVIRONMENT) as process:
        yield process


@pytest.fixture
async def own_redis() -> AsyncIterator[RedisProcess]:
    """A server that this test may kill, empty when it begins, with room for little."""
    async with run_redis(ENVIRONMENT, max_memory_bytes=4 * 2**20) as process:
        yield process


async def on_disk(process: RedisProcess) -> None:
    """Wait until all that it has answered is on its disk, which it writes up to two seconds late if that is busy."""
    async with Redis.from_url(process.url) as client:
        await client.set("on disk", "", px=1)
        assert await client.waitaof(num_local=1, num_replicas=0, timeout=10_000) == [1, 0]
