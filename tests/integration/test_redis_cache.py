"""The result cache on a Redis that is killed, hangs, is full, or lets nobody in."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from pydantic import SecretStr
from redis.asyncio import Redis
from structlog.testing import capture_logs

from ocr_server.adapters.production.redis_cache import RedisCache, open_redis_cache
from ocr_server.domain.document import Document, DocumentType, Recognition, RecognizeOptions, Timing
from ocr_server.ports import ResultKey
from ocr_server.stack.redis_process import RedisProcess
from tests.integration.processes import eventually

RESULT = Recognition(Document("an-id", DocumentType.UNKNOWN, ()), Timing(1.0, 0.0, ()), "trocr:1")
KEY = ResultKey("shop-a", "0" * 64, RecognizeOptions(), "trocr:1", "17")


@pytest.fixture
async def cache(own_redis: RedisProcess) -> AsyncIterator[RedisCache]:
    async with open_redis_cache(SecretStr(own_redis.url), ttl_s=60) as opened:
        yield opened


async def keep(cache: RedisCache, key: ResultKey = KEY) -> None:
    """Put until it is there: a busy machine, or a circuit that is open, may take a while."""
    for _ in range(200):
        await cache.put(key, RESULT)
        if await cache.get(key) == RESULT:
            return
        await asyncio.sleep(0.05)
    pytest.fail("it is never kept")


@contextmanager
def no_longer_than(limit_s: float) -> Iterator[None]:
    started_s = time.perf_counter()
    yield
    assert time.perf_counter() - started_s < limit_s


async def test_while_redis_is_killed_there_is_nothing_at_once_and_afterwards_all_again(
    own_redis: RedisProcess, cache: RedisCache
) -> None:
    await keep(cache)
    await own_redis.kill()
    for _ in range(3):
        with no_longer_than(0.1):
            assert await cache.get(KEY) is None
        with no_longer_than(0.1):
            await cache.put(KEY, RESULT)
    await own_redis.start()
    found = None
    for _ in range(200):
        found = found or await cache.get(KEY)
        await asyncio.sleep(0 if found else 0.05)
    assert found == RESULT, "what was kept before the kill is still there"


async def test_a_redis_that_hangs_delays_nobody_for_long(own_redis: RedisProcess, cache: RedisCache) -> None:
    await keep(cache)
    assert own_redis.pid
    os.kill(own_redis.pid, signal.SIGSTOP)
    with capture_logs() as logs:
        for _ in range(12):
            with no_longer_than(0.15):
                assert await cache.get(KEY) is None
        await asyncio.sleep(0.6)
        with no_longer_than(0.045):  # by now it is known to hang
            assert await cache.get(KEY) is None
    assert {entry["event"] for entry in logs} == {"redis.away"}
    os.kill(own_redis.pid, signal.SIGCONT)
    await keep(cache)


async def test_a_lookup_that_is_cancelled_spoils_no_other(cache: RedisCache) -> None:
    other = replace(KEY, tenant="shop-b")
    theirs = replace(RESULT, model_versions="theirs")
    await keep(cache)
    await cache.put(other, theirs)
    for delay_s in (0, 0.0001, 0.0003, 0.0005, 0.001) * 10:
        asking = asyncio.create_task(cache.get(other))
        await asyncio.sleep(delay_s)
        asking.cancel()
        assert await cache.get(KEY) in (RESULT, None)
    await keep(cache)


async def test_when_redis_is_full_old_results_go_and_a_queue_stays(own_redis: RedisProcess, cache: RedisCache) -> None:
    async with Redis.from_url(own_redis.url) as client:
        await client.set("a job", "has no expiry")
        await keep(cache)
        for number in range(400):  # four times what there is room for
            await client.set(f"other {number}", os.urandom(40_000), px=60_000)
        assert await client.get("a job") == b"has no expiry"
        assert await cache.get(KEY) is None, "it was asked for least recently"
        await keep(cache)


async def test_entries_have_an_expiry_and_tell_nothing_by_their_names(
    own_redis: RedisProcess, cache: RedisCache
) -> None:
    await keep(cache)
    async with Redis.from_url(own_redis.url) as client:
        (name,) = await client.keys()
        assert 0 < await client.pttl(name) <= 60_000
    assert name == b"ocr:result:" + KEY.digest.encode()
    assert b"shop-a" not in name


async def test_redis_need_not_be_there_yet(own_redis: RedisProcess, cache: RedisCache) -> None:
    await own_redis.kill()
    with no_longer_than(0.1):
        assert await cache.get(KEY) is None
    await own_redis.start()
    await keep(cache)


async def test_a_wrong_password_is_no_error_and_is_not_told(own_redis: RedisProcess) -> None:
    url = own_redis.url.replace(str(urlsplit(own_redis.url).password), "do-not-show-me")
    with capture_logs() as logs:
        async with open_redis_cache(SecretStr(url), ttl_s=60) as cache:
            assert await cache.get(KEY) is None
            await eventually(lambda: bool(logs), within_s=5)
            assert "do-not-show-me" not in f"{cache!r} {vars(cache)}"
    assert logs[0]["event"] == "redis.away"
    assert "do-not-show-me" not in str(logs)


@pytest.mark.parametrize("url", ["http://:do-not-show-me@host", "redis://:do/not-show-me@host", "do-not-show-me"])
async def test_what_is_no_url_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(RuntimeError, match="OCR_REDIS_URL") as refused:
        async with open_redis_cache(SecretStr(url), ttl_s=60):
            pass
    assert "show-me" not in f"{refused.value!r} {refused.value.__cause__!r}"
    assert refused.value.__suppress_context__
