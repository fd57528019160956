"""The stores that the suite runs against: a new one joins by a name in ``params`` and a branch below."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
from pydantic import SecretStr

from ocr_server.adapters.embedded.memory_answers import MemoryAnswers
from ocr_server.adapters.production import redis_answers
from ocr_server.adapters.production.redis_answers import open_redis_answers
from ocr_server.ports import Answers
from ocr_server.stack.redis_process import RedisProcess

OpenAnswers = Callable[..., AbstractAsyncContextManager[Answers]]


@pytest.fixture(params=["memory", "redis"])
def open_answers(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> OpenAnswers:
    """Opens a store that keeps answers for ``keep_s``, and waits for its server also on a busy machine."""
    monkeypatch.setattr(redis_answers, "_PATIENCE_S", 5.0)

    @asynccontextmanager
    async def memory(keep_s: float = 60.0) -> AsyncIterator[Answers]:
        yield MemoryAnswers(keep_s=keep_s, max_bytes=2**20)

    @asynccontextmanager
    async def in_redis(keep_s: float = 60.0) -> AsyncIterator[Answers]:
        async with open_redis_answers(SecretStr(server.url), keep_s=keep_s) as answers:
            yield answers

    if request.param == "memory":
        return memory
    server: RedisProcess = request.getfixturevalue("redis")  # so that Redis is started only where it is asked
    return in_redis


@pytest.fixture
async def answers(open_answers: OpenAnswers) -> AsyncIterator[Answers]:
    async with open_answers() as opened:
        yield opened
