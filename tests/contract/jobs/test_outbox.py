"""What every Outbox does: an event waits in it if and only if a job has ended so, until it is published."""

import asyncio

import pytest

from ocr_server.domain.document import Recognition
from ocr_server.domain.event import EventType, events_of
from ocr_server.domain.job import Job, JobError, JobState
from tests.contract.jobs.fixture_types import MakeBatch, MakeJob, OpenStores, Stores

QUEUED, RUNNING, SUCCEEDED, FAILED, CANCELLED = JobState
COMPLETED, USAGE = EventType.DOCUMENT_COMPLETED, EventType.USAGE_RECORDED
ERROR = JobError("INVALID_IMAGE", "The image is truncated.")


async def _run_through(stores: Stores, job: Job, recognition: Recognition | None) -> Job:
    """Create the job, start it and end it with this recognition, or FAILED without one."""
    await stores.jobs.create(job)
    return await _start_and_end(stores, recognition)


async def _start_and_end(stores: Stores, recognition: Recognition | None) -> Job:
    started = await stores.jobs.start_next()
    assert started
    state, error = (SUCCEEDED, None) if recognition else (FAILED, ERROR)
    await stores.jobs.finish(started.job_id, state, attempt=started.attempt, recognition=recognition, error=error)
    return await stores.jobs.get(started.tenant, started.job_id)


async def test_a_job_that_succeeded_is_told_as_it_ended(
    stores: Stores, make_job: MakeJob, recognition: Recognition
) -> None:
    ended = await _run_through(stores, make_job(), recognition)
    assert await stores.outbox.unpublished(limit=100) == list(events_of(ended))
    assert [event.type for event in await stores.outbox.unpublished(limit=100)] == [COMPLETED, USAGE]


async def test_a_job_that_failed_is_told_with_its_error(stores: Stores, make_job: MakeJob) -> None:
    ended = await _run_through(stores, make_job(), None)
    (event,) = await stores.outbox.unpublished(limit=100)
    assert (event,) == events_of(ended)
    assert event.job.error == ERROR


async def test_nothing_is_told_before_a_job_has_ended(stores: Stores, make_job: MakeJob) -> None:
    await stores.jobs.create(make_job())
    job = await stores.jobs.start_next()
    assert job
    await stores.jobs.requeue(job.job_id, job.attempt)
    await stores.jobs.start_next()
    await stores.jobs.requeue_silent(silent_for_s=0)
    assert await stores.outbox.unpublished(limit=100) == []


@pytest.mark.parametrize("is_running", [False, True])
async def test_nothing_is_told_of_a_cancelled_job(stores: Stores, make_job: MakeJob, is_running: bool) -> None:
    job = make_job()
    await stores.jobs.create(job)
    if is_running:
        await stores.jobs.start_next()
    await stores.jobs.finish(job.job_id, CANCELLED)
    assert await stores.outbox.unpublished(limit=100) == []


async def test_the_late_end_of_who_lost_the_job_is_not_told(
    stores: Stores, make_job: MakeJob, recognition: Recognition
) -> None:
    await stores.jobs.create(make_job())
    lost = await stores.jobs.start_next()
    assert lost
    await stores.jobs.requeue_silent(silent_for_s=0)
    assert not await stores.jobs.finish(lost.job_id, FAILED, attempt=lost.attempt, error=ERROR)
    assert await stores.outbox.unpublished(limit=100) == []
    ended = await _start_and_end(stores, recognition)
    assert not await stores.jobs.finish(lost.job_id, FAILED, attempt=lost.attempt, error=ERROR)
    assert await stores.outbox.unpublished(limit=100) == list(events_of(ended))


async def test_of_many_ends_the_one_that_counts_is_told_once(
    stores: Stores, make_job: MakeJob, recognition: Recognition
) -> None:
    job = make_job()
    await stores.jobs.create(job)
    await stores.jobs.start_next()
    await asyncio.gather(
        *(stores.jobs.finish(job.job_id, SUCCEEDED, attempt=1, recognition=recognition) for _ in range(5)),
        *(stores.jobs.finish(job.job_id, FAILED, attempt=1, error=ERROR) for _ in range(5)),
    )
    ended = await stores.jobs.get("shop-a", job.job_id)
    assert await stores.outbox.unpublished(limit=100) == list(events_of(ended))


async def test_events_come_in_the_order_in_which_jobs_ended(
    stores: Stores, make_job: MakeJob, recognition: Recognition
) -> None:
    jobs = [make_job(tenant=tenant) for tenant in ("shop-a", "shop-b", "shop-a", "shop-a")]
    for job in jobs:
        await stores.jobs.create(job)
    while await stores.jobs.start_next():
        pass
    expected = []
    for job in reversed(jobs):
        await stores.jobs.finish(job.job_id, SUCCEEDED, recognition=recognition)
        expected += events_of(await stores.jobs.get(job.tenant, job.job_id))
    assert await stores.outbox.unpublished(limit=100) == expected
    assert await stores.outbox.unpublished(limit=3) == expected[:3]


async def test_what_is_published_is_gone_and_the_rest_follows(
    stores: Stores, make_job: MakeJob, recognition: Recognition
) -> None:
    for _ in range(3):
        await _run_through(stores, make_job(), recognition)
    waiting = await stores.outbox.unpublished(limit=100)
    seen = []
    while events := await stores.outbox.unpublished(limit=1):
        seen += events
        await stores.outbox.mark_published(events)
        await stores.outbox.mark_published(events)  # twice is once
        assert await stores.outbox.unpublished(limit=100) == waiting[len(seen) :]
    assert seen == waiting


async def test_events_outlive_a_restart(open_stores: OpenStores, make_job: MakeJob, recognition: Recognition) -> None:
    async with open_stores() as stores:
        first = await _run_through(stores, make_job(), recognition)
        await stores.outbox.mark_published(events_of(first)[:1])
        second = await _run_through(stores, make_job(), None)
    async with open_stores() as stores:
        assert await stores.outbox.unpublished(limit=100) == [*events_of(first)[1:], *events_of(second)]


async def test_jobs_of_batches_are_told_like_all_others(
    stores: Stores, make_batch: MakeBatch, recognition: Recognition
) -> None:
    await stores.batches.create_batch(*make_batch(2))
    ended = [await _start_and_end(stores, result) for result in (recognition, None)]
    assert await stores.outbox.unpublished(limit=100) == [event for job in ended for event in events_of(job)]


async def test_one_reads_at_a_time_and_the_next_one_follows(stores: Stores) -> None:
    readers: list[str] = []

    async def read(name: str, own: Stores) -> None:
        async with own.outbox.sole_reader():
            readers.append(f"{name} in")
            await asyncio.sleep(0.02)
            readers.append(f"{name} out")

    async with stores.beside() as other:
        reading = zip("abcd", [stores, stores, other, other], strict=True)
        await asyncio.wait_for(asyncio.gather(*(read(name, own) for name, own in reading)), 10)
    assert len(readers) == 8
    for came, went in zip(readers[::2], readers[1::2], strict=True):
        assert went == came.replace("in", "out")


async def test_a_reader_that_fails_or_is_cancelled_lets_the_next_one_in(stores: Stores) -> None:
    with pytest.raises(ZeroDivisionError):
        async with stores.outbox.sole_reader():
            raise ZeroDivisionError
    async with stores.outbox.sole_reader():
        waiting = asyncio.ensure_future(stores.outbox.sole_reader().__aenter__())
        await asyncio.sleep(0.05)
        assert not waiting.done()
        waiting.cancel()
        await asyncio.wait({waiting})
    async with asyncio.timeout(5), stores.outbox.sole_reader():
        pass
