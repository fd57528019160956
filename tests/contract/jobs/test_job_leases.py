"""Who may write to a running job, and who gets it when its worker falls silent."""

import asyncio
from contextlib import aclosing

import pytest

from ocr_server.domain.document import Recognition
from ocr_server.domain.errors import NotFound
from ocr_server.domain.job import Job, JobState
from ocr_server.domain.progress import Stage, StageProgress
from ocr_server.ports import JobStore
from tests.contract.jobs.fixture_types import MakeJob, Stores

QUEUED, RUNNING, SUCCEEDED, FAILED, CANCELLED = JobState
PROGRESS = StageProgress(Stage.DECODE, 0.5)


async def _running(store: JobStore, job: Job) -> Job:
    await store.create(job)
    return await _next(store)


async def _next(store: JobStore) -> Job:
    started = await store.start_next()
    assert started
    return started


async def _take(store: JobStore, job: Job, count: int) -> list[JobState]:
    async with aclosing(store.watch("shop-a", job.job_id)) as events:  # type: ignore[type-var]
        return [(await anext(events)).state for _ in range(count)]


async def _states(store: JobStore, job: Job) -> list[JobState]:
    return [event.state async for event in store.watch("shop-a", job.job_id)]


async def test_who_holds_a_job_can_write_to_it(
    job_store: JobStore, make_job: MakeJob, recognition: Recognition
) -> None:
    job = await _running(job_store, make_job())
    assert await job_store.heartbeat(job.job_id, job.attempt)
    await job_store.record_progress(job.job_id, job.attempt, [PROGRESS])
    assert await job_store.finish(job.job_id, SUCCEEDED, attempt=job.attempt, recognition=recognition)
    assert not await job_store.heartbeat(job.job_id, job.attempt)
    assert await _states(job_store, job) == [QUEUED, RUNNING, RUNNING, SUCCEEDED]


async def test_who_lost_a_job_to_another_worker_changes_nothing(
    job_store: JobStore, make_job: MakeJob, recognition: Recognition
) -> None:
    lost = await _running(job_store, make_job())
    await job_store.requeue_silent(silent_for_s=0)
    held = await _next(job_store)
    assert held.job_id == lost.job_id
    assert (lost.attempt, held.attempt) == (1, 2)
    assert not await job_store.heartbeat(lost.job_id, lost.attempt)
    await job_store.record_progress(lost.job_id, lost.attempt, [PROGRESS])
    assert not await job_store.finish(lost.job_id, SUCCEEDED, attempt=lost.attempt, recognition=recognition)
    assert await job_store.get("shop-a", lost.job_id) == held
    assert await job_store.finish(held.job_id, SUCCEEDED, attempt=held.attempt, recognition=recognition)
    assert await _states(job_store, lost) == [QUEUED, RUNNING, QUEUED, RUNNING, SUCCEEDED]


async def test_who_lost_a_job_to_the_queue_cannot_take_it_back(
    job_store: JobStore, make_job: MakeJob, recognition: Recognition
) -> None:
    job = await _running(job_store, make_job())
    (queued,) = await job_store.requeue_silent(silent_for_s=0)
    assert not await job_store.heartbeat(job.job_id, job.attempt)
    await job_store.record_progress(job.job_id, job.attempt, [PROGRESS])
    assert not await job_store.finish(job.job_id, SUCCEEDED, attempt=job.attempt, recognition=recognition)
    assert await job_store.get("shop-a", job.job_id) == queued


async def test_a_cancelled_job_is_lost_to_its_worker(
    job_store: JobStore, make_job: MakeJob, recognition: Recognition
) -> None:
    job = await _running(job_store, make_job())
    assert await job_store.finish(job.job_id, CANCELLED)
    assert not await job_store.heartbeat(job.job_id, job.attempt)
    assert not await job_store.finish(job.job_id, SUCCEEDED, attempt=job.attempt, recognition=recognition)
    assert await _states(job_store, job) == [QUEUED, RUNNING, CANCELLED]


async def test_only_jobs_whose_worker_is_silent_are_taken_away(job_store: JobStore, make_job: MakeJob) -> None:
    silent, alive = [await _running(job_store, make_job()) for _ in range(2)]
    assert await job_store.requeue_silent(silent_for_s=60.0) == []
    await asyncio.sleep(1.1)
    assert await job_store.heartbeat(alive.job_id, alive.attempt)
    late = await _running(job_store, make_job())
    (taken,) = await job_store.requeue_silent(silent_for_s=1.0)
    assert (taken.job_id, taken.state, taken.attempt) == (silent.job_id, QUEUED, 1)
    for job in (alive, late):
        assert await job_store.heartbeat(job.job_id, job.attempt)


async def test_a_worker_that_falls_silent_is_a_fault_of_its_job(job_store: JobStore, make_job: MakeJob) -> None:
    job = await _running(job_store, make_job())
    for faults in (1, 2, 3):
        (taken,) = await job_store.requeue_silent(silent_for_s=0)
        assert (taken.state, taken.attempt, taken.faults) == (QUEUED, faults, faults)
        assert await job_store.get("shop-a", job.job_id) == taken
        started = await _next(job_store)
        assert (started.attempt, started.faults) == (faults + 1, faults)
    assert await _take(job_store, job, 7) == [QUEUED, *[RUNNING, QUEUED] * 3]


async def test_only_jobs_that_run_are_taken_from_the_silent(job_store: JobStore, make_job: MakeJob) -> None:
    waiting, ended = make_job(), await _running(job_store, make_job())
    await job_store.create(waiting)
    await job_store.finish(ended.job_id, CANCELLED)
    assert await job_store.requeue_silent(silent_for_s=0) == []
    assert await job_store.get("shop-a", waiting.job_id) == waiting


async def test_of_many_that_look_for_silent_workers_one_takes_each_job(stores: Stores, make_job: MakeJob) -> None:
    running = [await _running(stores.jobs, make_job()) for _ in range(10)]
    async with stores.beside() as other:
        looking = [store.requeue_silent(silent_for_s=0) for store in [stores.jobs, other.jobs] * 4]
        taken = [job for jobs in await asyncio.gather(*looking) for job in jobs]
    assert sorted(job.job_id for job in taken) == sorted(job.job_id for job in running)
    assert {job.faults for job in taken} == {1}


@pytest.mark.parametrize("is_fault", [False, True])
async def test_who_holds_a_job_can_put_it_back(job_store: JobStore, make_job: MakeJob, is_fault: bool) -> None:
    job = await _running(job_store, make_job())
    assert await job_store.requeue(job.job_id, job.attempt, is_fault=is_fault)
    queued = await job_store.get("shop-a", job.job_id)
    assert (queued.state, queued.attempt, queued.faults) == (QUEUED, 1, int(is_fault))
    again = await _next(job_store)
    assert (again.job_id, again.attempt, again.faults) == (job.job_id, 2, int(is_fault))
    assert await _take(job_store, job, 4) == [QUEUED, RUNNING, QUEUED, RUNNING]


async def test_a_job_put_back_is_not_started_before_its_time(job_store: JobStore, make_job: MakeJob) -> None:
    job = await _running(job_store, make_job())
    assert await job_store.requeue(job.job_id, job.attempt, after_s=0.6)
    assert await job_store.start_next() is None
    assert await job_store.count_waiting() == 1
    later = await _running(job_store, make_job())  # it keeps nobody else waiting
    assert later.job_id != job.job_id
    await asyncio.sleep(0.7)
    assert await job_store.count_waiting() == 1
    assert (await _next(job_store)).job_id == job.job_id


async def test_who_lost_a_job_cannot_put_it_back(job_store: JobStore, make_job: MakeJob) -> None:
    lost = await _running(job_store, make_job())
    await job_store.requeue_silent(silent_for_s=0)
    assert not await job_store.requeue(lost.job_id, lost.attempt, is_fault=True)
    held = await _next(job_store)
    assert not await job_store.requeue(lost.job_id, lost.attempt, is_fault=True)
    assert await job_store.get("shop-a", lost.job_id) == held
    assert await job_store.finish(held.job_id, CANCELLED)
    assert not await job_store.requeue(held.job_id, held.attempt)
    assert await _states(job_store, lost) == [QUEUED, RUNNING, QUEUED, RUNNING, CANCELLED]


async def test_a_job_that_waits_for_its_next_try_can_be_cancelled(job_store: JobStore, make_job: MakeJob) -> None:
    job = await _running(job_store, make_job())
    await job_store.requeue(job.job_id, job.attempt, after_s=60.0)
    assert await job_store.finish(job.job_id, CANCELLED)
    assert await _states(job_store, job) == [QUEUED, RUNNING, QUEUED, CANCELLED]


@pytest.mark.parametrize("job_id", ["", "a-job", "\0", "é"])
async def test_what_is_no_job_id_is_no_job(job_store: JobStore, job_id: str) -> None:
    with pytest.raises(NotFound):
        await job_store.get("shop-a", job_id)
    with pytest.raises(NotFound):
        await anext(job_store.watch("shop-a", job_id))
    assert not await job_store.heartbeat(job_id, 1)
    assert not await job_store.requeue(job_id, 1)
    assert not await job_store.finish(job_id, CANCELLED)
