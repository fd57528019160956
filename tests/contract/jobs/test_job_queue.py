"""What every JobQueue does; this one has room for three."""

import asyncio

import pytest

from ocr_server.domain.errors import Overloaded
from ocr_server.ports import JobQueue


async def _submit(queue: JobQueue, job_id: str) -> None:
    async with queue.reserve():
        await queue.put(job_id)


async def test_jobs_come_out_in_the_order_they_went_in(job_queue: JobQueue) -> None:
    for job_id in "abc":
        await _submit(job_queue, job_id)
    assert [await job_queue.get() for _ in range(3)] == ["a", "b", "c"]


async def test_a_full_queue_refuses_with_a_time_to_come_back(job_queue: JobQueue) -> None:
    for job_id in "abc":
        await _submit(job_queue, job_id)
    with pytest.raises(Overloaded) as refused:
        await _submit(job_queue, "d")
    assert refused.value.retry_after_s > 0
    await job_queue.get()
    await _submit(job_queue, "d")


async def test_a_held_place_is_nobody_elses_until_it_is_given_back(job_queue: JobQueue) -> None:
    for job_id in "ab":
        await _submit(job_queue, job_id)

    async def hold_and_fail() -> None:
        async with job_queue.reserve():
            with pytest.raises(Overloaded):
                await _submit(job_queue, "d")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await hold_and_fail()
    await _submit(job_queue, "c")


async def test_of_many_at_once_only_so_many_get_in(job_queue: JobQueue) -> None:
    answers = await asyncio.gather(*(_submit(job_queue, str(n)) for n in range(20)), return_exceptions=True)
    assert answers.count(None) == 3
    assert sum(isinstance(answer, Overloaded) for answer in answers) == 17


async def test_jobs_from_before_a_restart_are_never_refused(job_queue: JobQueue) -> None:
    for n in range(10):
        await job_queue.put(str(n))
    assert [await job_queue.get() for _ in range(10)] == [str(n) for n in range(10)]


async def test_each_job_goes_to_one_worker(job_queue: JobQueue) -> None:
    workers = [asyncio.create_task(job_queue.get()) for _ in range(5)]
    await asyncio.sleep(0)
    for n in range(5):
        await job_queue.put(str(n))
    assert sorted(await asyncio.gather(*workers)) == list("01234")


async def test_a_worker_that_stops_waiting_takes_no_job_with_it(job_queue: JobQueue) -> None:
    leaving = asyncio.create_task(job_queue.get())
    staying = asyncio.create_task(job_queue.get())
    await asyncio.sleep(0)
    await job_queue.put("a")  # wakes the first, which at the same moment is told to stop
    leaving.cancel()
    assert await asyncio.wait_for(staying, 1) == "a"
    assert leaving.cancelled()
