"""A real Redis for tests (Valkey), started by the very launcher that the stack uses."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from ocr_server.stack.redis_process import RedisProcess, run_redis

ENVIRONMENT = Path(__file__).resolve().parent.parent / ".venv-servers"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def redis() -> AsyncIterator[RedisProcess]:
    """The server that tests share which do no harm to it."""
    async with run_redis(ENVIRONMENT) as process:
        yield process
