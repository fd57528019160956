"""Answers that two replicas give, on a Redis that is killed or hangs, or where a replica dies."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

import pytest
from pydantic import SecretStr
from redis.asyncio import Redis

from ocr_server.adapters.production import redis_answers
from ocr_server.adapters.production.redis_answers import RedisAnswers, open_redis_answers
from ocr_server.domain.errors import IdempotencyConflict
from ocr_server.ports import RepeatableRequest
from ocr_server.stack.redis_process import RedisProcess
from tests.redis_fixture import on_disk

REQUEST = RepeatableRequest("shop-a", "an id", b"a" * 32)
OTHER_BODY = replace(REQUEST, body_digest=b"b" * 32)


@pytest.fixture
async def here(own_redis: RedisProcess) -> AsyncIterator[RedisAnswers]:
    async with open_redis_answers(SecretStr(own_redis.url), keep_s=60) as answers:
        yield answers


@pytest.fixture
async def there(own_redis: RedisProcess) -> AsyncIterator[RedisAnswers]:
    """Another replica, which shares nothing but Redis."""
    async with open_redis_answers(SecretStr(own_redis.url), keep_s=60) as answers:
        yield answers


def computes(answer: bytes, *, after_s: float = 0.0) -> Callable[[], Awaitable[bytes]]:
    async def compute() -> bytes:
        await asyncio.sleep(after_s)
        return answer

    return compute


async def never() -> bytes:
    pytest.fail("this need not be computed")


async def test_another_replica_gives_the_same_answer(here: RedisAnswers, there: RedisAnswers) -> None:
    assert await here.once(REQUEST, computes(b"first")) == b"first"
    assert await there.once(REQUEST, never) == b"first"
    with pytest.raises(IdempotencyConflict):
        await there.once(OTHER_BODY, never)


async def test_a_repeat_waits_for_the_replica_that_computes(here: RedisAnswers, there: RedisAnswers) -> None:
    first = asyncio.create_task(here.once(REQUEST, computes(b"first", after_s=0.5)))
    await asyncio.sleep(0.2)
    with pytest.raises(IdempotencyConflict):
        await there.once(OTHER_BODY, never)
    repeats = [asyncio.create_task(there.once(REQUEST, never)) for _ in range(3)]
    assert await asyncio.gather(first, *repeats) == [b"first"] * 4


async def test_the_other_replica_takes_over_from_a_caller_that_goes_away(
    here: RedisAnswers, there: RedisAnswers
) -> None:
    first = asyncio.create_task(here.once(REQUEST, computes(b"first", after_s=60)))
    await asyncio.sleep(0.2)
    repeat = asyncio.create_task(there.once(REQUEST, computes(b"second")))
    await asyncio.sleep(0.1)
    first.cancel()
    assert await asyncio.wait_for(repeat, 2) == b"second"


async def test_a_replica_that_dies_is_waited_for_in_vain_and_not_for_long(
    own_redis: RedisProcess, there: RedisAnswers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_answers, "_CLAIM_S", 0.5)
    async with Redis.from_url(own_redis.url) as client:  # all that is left of one that was killed
        await client.set(f"ocr:answer:{REQUEST.name_digest}:claim", REQUEST.body_digest, px=500)
    began_s = time.monotonic()
    assert await there.once(REQUEST, computes(b"second")) == b"second"
    assert 0.3 < time.monotonic() - began_s < 3


async def test_of_two_that_computed_all_the_same_the_first_answer_stands(
    here: RedisAnswers, there: RedisAnswers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_answers, "_CLAIM_S", 0.2)
    slow = asyncio.create_task(here.once(REQUEST, computes(b"slow", after_s=1.5)))
    await asyncio.sleep(0.1)
    assert await there.once(REQUEST, computes(b"quick")) == b"quick"
    assert await slow == b"quick"
    assert await here.once(REQUEST, never) == b"quick"


async def test_without_redis_each_replica_remembers_its_own(
    own_redis: RedisProcess, here: RedisAnswers, there: RedisAnswers
) -> None:
    await own_redis.kill()
    began_s = time.monotonic()
    assert await here.once(REQUEST, computes(b"first")) == b"first"
    assert await here.once(REQUEST, never) == b"first"
    assert await there.once(REQUEST, computes(b"second")) == b"second"
    with pytest.raises(IdempotencyConflict):
        await here.once(OTHER_BODY, never)
    assert time.monotonic() - began_s < 1
    await own_redis.start()


async def test_answers_survive_a_kill_of_redis(
    own_redis: RedisProcess, here: RedisAnswers, there: RedisAnswers
) -> None:
    await here.once(REQUEST, computes(b"first"))
    await on_disk(own_redis)
    await own_redis.kill()
    await own_redis.start()
    assert await there.once(REQUEST, never) == b"first"


async def test_redis_killed_while_an_answer_is_computed_costs_nobody_his_answer(
    own_redis: RedisProcess, here: RedisAnswers, there: RedisAnswers
) -> None:
    first = asyncio.create_task(here.once(REQUEST, computes(b"first", after_s=0.5)))
    await asyncio.sleep(0.2)
    repeat = asyncio.create_task(there.once(REQUEST, computes(b"second")))
    await asyncio.sleep(0.1)
    await own_redis.kill()
    assert await asyncio.wait_for(first, 3) == b"first"
    assert await asyncio.wait_for(repeat, 3) == b"second"
    await own_redis.start()


async def test_a_redis_that_hangs_delays_an_answer_by_little(own_redis: RedisProcess, here: RedisAnswers) -> None:
    await here.once(REQUEST, computes(b"first"))
    assert own_redis.pid
    os.kill(own_redis.pid, signal.SIGSTOP)
    try:
        began_s = time.monotonic()
        assert await here.once(replace(REQUEST, request_id="another"), computes(b"second")) == b"second"
        assert time.monotonic() - began_s < 1.5
    finally:
        os.kill(own_redis.pid, signal.SIGCONT)


async def test_all_that_is_kept_has_an_expiry_and_tells_nothing_by_its_name(
    own_redis: RedisProcess, here: RedisAnswers, there: RedisAnswers
) -> None:
    await here.once(REQUEST, computes(b"first"))
    async with Redis.from_url(own_redis.url) as client:
        (name,) = await client.keys()
        assert 0 < await client.pttl(name) <= 60_000
        assert name == b"ocr:answer:" + REQUEST.name_digest.encode()
        await there.once(REQUEST, never)
        assert all([0 < await client.pttl(name) <= 60_000 for name in await client.keys()])
