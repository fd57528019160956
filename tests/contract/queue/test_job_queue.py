"""What every JobQueue does; this one has room for three."""

import asyncio
import time
from contextlib import AsyncExitStack

import pytest

from ocr_server.domain.errors import Overloaded
from ocr_server.ports import JobQueue


async def _submit(queue: JobQueue) -> None:
    async with queue.reserve():
        await queue.put()


async def test_each_call_is_taken_once(job_queue: JobQueue) -> None:
    assert await job_queue.size() == 0
    await job_queue.put()
    await job_queue.put(2)
    for left in (2, 1, 0):
        await job_queue.get()
        assert await job_queue.size() == left
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(job_queue.get(), 0.3)


async def test_workers_wait_for_a_call_and_each_goes_to_one(job_queue: JobQueue) -> None:
    workers = [asyncio.create_task(job_queue.get()) for _ in range(5)]
    await asyncio.sleep(0.2)
    await job_queue.put(3)
    called, waiting = await asyncio.wait(workers, timeout=0.5)
    assert len(called) == 3
    await job_queue.put(2)
    await asyncio.wait_for(asyncio.gather(*waiting), 5)
    assert await job_queue.size() == 0


async def test_a_full_queue_refuses_with_a_time_to_come_back(job_queue: JobQueue) -> None:
    for _ in range(3):
        await _submit(job_queue)
    with pytest.raises(Overloaded) as refused:
        await _submit(job_queue)
    assert refused.value.retry_after_s > 0
    await job_queue.get()
    await _submit(job_queue)


async def test_several_places_are_had_together_or_not_at_all(job_queue: JobQueue) -> None:
    await job_queue.put()
    with pytest.raises(Overloaded):
        async with job_queue.reserve(3):
            pass
    async with job_queue.reserve(2):
        await job_queue.put(2)
    assert await job_queue.size() == 3


async def test_a_held_place_is_nobody_elses_until_it_is_given_back(job_queue: JobQueue) -> None:
    await job_queue.put(2)

    async def hold_and_fail() -> None:
        async with job_queue.reserve():
            with pytest.raises(Overloaded):
                await _submit(job_queue)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await hold_and_fail()
    await _submit(job_queue)


async def test_of_many_at_once_only_so_many_get_in(job_queue: JobQueue) -> None:
    async with AsyncExitStack() as places:
        asked = [places.enter_async_context(job_queue.reserve()) for _ in range(20)]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        assert answers.count(None) == 3
        assert sum(isinstance(answer, Overloaded) for answer in answers) == 17


async def test_it_never_holds_more_than_its_capacity_while_many_submit_and_some_take(job_queue: JobQueue) -> None:
    sizes = []

    async def submit() -> bool:
        try:
            await _submit(job_queue)
        except Overloaded:
            return False
        sizes.append(await job_queue.size())
        return True

    async def take() -> None:
        for _ in range(5):
            await asyncio.wait_for(job_queue.get(), 5)

    taking = asyncio.create_task(take())
    let_in = 0
    for _ in range(20):
        let_in += sum(await asyncio.gather(*(submit() for _ in range(10))))
    await taking
    assert max(sizes) <= 3
    assert let_in == 5 + await job_queue.size() == 8


async def test_calls_are_never_refused(job_queue: JobQueue) -> None:
    await job_queue.put(10)
    assert await job_queue.size() == 10


async def test_a_delayed_call_comes_when_its_time_has_and_is_counted_until_then(job_queue: JobQueue) -> None:
    begun_s = time.monotonic()
    await job_queue.put(2, delay_s=1.0)
    assert await job_queue.size() == 2
    await job_queue.put()
    await job_queue.get()
    assert time.monotonic() - begun_s < 0.9, "a later call need not wait for it"
    for left in (1, 0):
        await asyncio.wait_for(job_queue.get(), 5)
        assert 0.99 <= time.monotonic() - begun_s < 3
        assert await job_queue.size() == left


async def test_a_worker_that_stops_waiting_leaves_later_calls_to_others(job_queue: JobQueue) -> None:
    leaving = asyncio.create_task(job_queue.get())
    staying = asyncio.create_task(job_queue.get())
    await asyncio.sleep(0.1)
    leaving.cancel()
    await asyncio.wait({leaving})
    assert leaving.cancelled()
    await job_queue.put()
    await asyncio.wait_for(staying, 5)
