"""The queue on a Redis that is killed, hangs, or is shared with others that are killed."""

import asyncio
import os
import random
import signal
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from urllib.parse import urlsplit

import pytest
from pydantic import SecretStr
from redis.asyncio import Redis
from structlog.testing import capture_logs

from ocr_server.adapters.production import redis_queue
from ocr_server.adapters.production.redis_queue import RedisQueue, open_redis_queue
from ocr_server.domain.errors import DependencyUnavailable, Overloaded
from ocr_server.stack.redis_process import RedisProcess
from tests.integration.processes import eventually
from tests.redis_fixture import on_disk

CAPACITY = 10


@pytest.fixture
async def queue(own_redis: RedisProcess) -> AsyncIterator[RedisQueue]:
    async with open_redis_queue(SecretStr(own_redis.url), capacity=CAPACITY) as opened:
        yield opened


@contextmanager
def unavailable(*, within_s: float) -> Iterator[None]:
    started_s = time.perf_counter()
    with pytest.raises(DependencyUnavailable, match="The job queue cannot be reached") as refused:
        yield
    assert refused.value.retry_after_s > 0
    assert time.perf_counter() - started_s < within_s


async def reserve(queue: RedisQueue) -> None:
    async with queue.reserve():
        pass


async def get_again(queue: RedisQueue) -> None:
    """Get a call as a worker does: one that waits on while the queue is away."""
    while True:
        try:
            return await queue.get()
        except DependencyUnavailable as error:
            await asyncio.sleep(error.retry_after_s)


async def keys(redis: RedisProcess) -> list[bytes]:
    """All there are but for the mark by which processes take turns, which is gone in a second."""
    async with Redis.from_url(redis.url) as client:
        return [key for key in await client.keys() if key != b"saq:ocr:schedule"]


async def test_calls_survive_a_kill_and_meanwhile_everybody_is_told(own_redis: RedisProcess, queue: RedisQueue) -> None:
    await queue.put(3)
    await queue.put(2, delay_s=1.0)
    waiting = asyncio.create_task(queue.get())
    await asyncio.wait_for(waiting, 5)
    await on_disk(own_redis)
    await own_redis.kill()
    for ask in (queue.put, queue.get, queue.size, lambda: reserve(queue)):
        with unavailable(within_s=0.5):
            await ask()
    await own_redis.start()
    for _ in range(4):
        await asyncio.wait_for(get_again(queue), 5)
    assert await queue.size() == 0


async def test_a_worker_that_waits_is_told_of_a_kill_and_goes_on_afterwards(
    own_redis: RedisProcess, queue: RedisQueue
) -> None:
    waiting = asyncio.create_task(queue.get())
    await asyncio.sleep(0.2)
    await own_redis.kill()
    with unavailable(within_s=1.0):
        await waiting
    await own_redis.start()
    waiting = asyncio.create_task(get_again(queue))
    await eventually_put(queue)
    await asyncio.wait_for(waiting, 5)


async def eventually_put(queue: RedisQueue) -> None:
    async with asyncio.timeout(10):
        while True:
            with suppress(DependencyUnavailable):
                return await queue.put()
            await asyncio.sleep(0.05)


async def test_a_redis_that_hangs_holds_nobody_for_long(own_redis: RedisProcess, queue: RedisQueue) -> None:
    await queue.put()
    assert own_redis.pid
    os.kill(own_redis.pid, signal.SIGSTOP)
    try:
        with unavailable(within_s=2.5):
            await reserve(queue)
        for _ in range(3):  # by now it is known to hang
            with unavailable(within_s=0.6):
                await reserve(queue)
    finally:
        os.kill(own_redis.pid, signal.SIGCONT)
    await asyncio.wait_for(get_again(queue), 5)


async def test_connections_that_are_cut_are_made_anew(own_redis: RedisProcess, queue: RedisQueue) -> None:
    waiting = [asyncio.create_task(get_again(queue)) for _ in range(3)]
    await asyncio.sleep(0.2)
    async with Redis.from_url(own_redis.url) as client:
        await client.client_kill_filter(_type="normal", skipme=True)
    for _ in waiting:
        await eventually_put(queue)
    await asyncio.wait_for(asyncio.gather(*waiting), 5)


async def test_it_is_said_once_that_redis_is_away_and_once_that_it_is_back(
    own_redis: RedisProcess, queue: RedisQueue
) -> None:
    with capture_logs() as logs:
        await own_redis.kill()
        for _ in range(30):
            with suppress(DependencyUnavailable):
                await queue.size()
            await asyncio.sleep(0.05)
        await own_redis.start()
        await eventually_put(queue)
    assert [(entry["event"], entry["part"]) for entry in logs] == [
        ("redis.away", "job queue"),
        ("redis.back", "job queue"),
    ]
    assert str(urlsplit(own_redis.url).port) not in str(logs)


async def test_redis_need_not_be_there_yet(own_redis: RedisProcess) -> None:
    await own_redis.kill()
    async with open_redis_queue(SecretStr(own_redis.url), capacity=CAPACITY) as queue:
        with unavailable(within_s=0.5):
            await queue.put()
        await own_redis.start()
        await eventually_put(queue)


async def test_a_wrong_password_is_an_absence_and_is_not_told(own_redis: RedisProcess) -> None:
    url = own_redis.url.replace(str(urlsplit(own_redis.url).password), "do-not-show-me")
    with capture_logs() as logs:
        async with open_redis_queue(SecretStr(url), capacity=CAPACITY) as queue:
            with pytest.raises(DependencyUnavailable) as refused:
                await queue.put()
    assert [entry["why"] for entry in logs] == ["AuthenticationError"]
    assert "show-me" not in f"{logs} {refused.value!r}"


async def test_what_is_no_url_is_refused_and_not_shown() -> None:
    with pytest.raises(RuntimeError, match="OCR_REDIS_URL") as refused:
        async with open_redis_queue(SecretStr("redis://:do/not-show-me@host"), capacity=CAPACITY):
            pass
    assert "show-me" not in f"{refused.value!r}"


async def test_two_clients_share_one_room(own_redis: RedisProcess, queue: RedisQueue) -> None:
    async with open_redis_queue(SecretStr(own_redis.url), capacity=CAPACITY) as other:
        for client in (queue, other) * (CAPACITY // 2):
            async with client.reserve():
                await client.put()
        for client in (queue, other):
            with pytest.raises(Overloaded):
                await reserve(client)
        await other.get()
        async with queue.reserve():
            await queue.put()
        assert await queue.size() == await other.size() == CAPACITY


_WORKER = """
import asyncio, os, sys
from pydantic import SecretStr
from ocr_server.adapters.production.redis_queue import open_redis_queue

async def main():
    async with open_redis_queue(SecretStr(os.environ["URL"]), capacity=10) as queue:
        print("ready", flush=True)
        while True:
            await queue.get()
            print("called", flush=True)

asyncio.run(main())
"""


@asynccontextmanager
async def worker(redis: RedisProcess) -> AsyncIterator[asyncio.StreamReader]:
    """A process that takes calls and prints a line at each; killed at the end of the block."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _WORKER), env=os.environ | {"URL": redis.url}, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout
    assert await process.stdout.readline() == b"ready\n"
    try:
        yield process.stdout
    finally:
        process.kill()
        await process.wait()


async def test_each_call_goes_to_one_of_several_processes(own_redis: RedisProcess, queue: RedisQueue) -> None:
    taken: list[int] = []

    async def count(lines: asyncio.StreamReader, number: int) -> None:
        while await lines.readline():
            taken.append(number)

    async with worker(own_redis) as one, worker(own_redis) as two:
        counting = [asyncio.create_task(count(lines, number)) for number, lines in enumerate((one, two))]
        await queue.put(200)
        await eventually(lambda: len(taken) >= 200, within_s=20)
    await asyncio.gather(*counting)
    assert len(taken) == 200
    assert set(taken) == {0, 1}
    assert await keys(own_redis) == []


async def test_a_call_that_died_with_who_took_it_waits_no_longer_and_leaves_nothing(
    own_redis: RedisProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_queue, "_LOST_AFTER_S", 0.3)
    async with (
        Redis.from_url(own_redis.url) as client,
        open_redis_queue(SecretStr(own_redis.url), capacity=CAPACITY) as queue,
    ):
        await queue.put(2)
        # All that a process does which is killed right then.
        assert await client.lmove("saq:ocr:queued", "saq:ocr:active")
        assert await queue.size() == 1
        await queue.get()
        await gone(own_redis)
        assert await queue.size() == 0


async def gone(redis: RedisProcess) -> None:
    """Wait until nothing is left."""
    for _ in range(100):
        left = await keys(redis)
        if not left:
            return
        await asyncio.sleep(0.1)
    pytest.fail(f"{left} are left")


async def test_after_a_thousand_calls_nothing_is_left(own_redis: RedisProcess, queue: RedisQueue) -> None:
    async def take() -> None:
        for _ in range(250):
            await queue.get()

    async with asyncio.TaskGroup() as group:
        for _ in range(4):
            group.create_task(take())
        for _ in range(9):
            group.create_task(queue.put(100))
        group.create_task(queue.put(100, delay_s=0.5))
    assert await keys(own_redis) == []


async def test_workers_that_are_cancelled_lose_a_call_each_at_most_and_leave_nothing(
    own_redis: RedisProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_queue, "_LOST_AFTER_S", 0.3)
    dice = random.Random(7)
    taken = cancelled = 0
    async with open_redis_queue(SecretStr(own_redis.url), capacity=CAPACITY) as queue:
        for _ in range(100):
            taking = asyncio.create_task(queue.get())
            await asyncio.sleep(dice.uniform(0, 0.002))
            await queue.put()
            taking.cancel()
            await asyncio.wait({taking})
            taken += not taking.cancelled()
            cancelled += taking.cancelled()
        assert cancelled > 10
        for _ in range(await queue.size()):
            await asyncio.wait_for(queue.get(), 5)
            taken += 1
        assert 100 - cancelled <= taken <= 100
        await gone(own_redis)
