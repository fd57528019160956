"""Who may write to a running job, and who gets it when its worker falls silent."""

import asyncio

import pytest

from ocr_server.domain.document import Recognition
from ocr_server.domain.errors import NotFound
from ocr_server.domain.job import Job, JobState
from ocr_server.domain.progress import Stage, StageProgress
from ocr_server.ports import JobStore
from tests.contract.jobs.fixture_types import MakeJob

QUEUED, RUNNING, SUCCEEDED, FAILED, CANCELLED = JobState
PROGRESS = StageProgress(Stage.DECODE, 0.5)


async def _running(store: JobStore, job: Job) -> Job:
    await store.create(job)
    started = await store.start(job.job_id)
    assert started
    return started


async def _states(store: JobStore, job: Job) -> list[JobState]:
    return [event.state async for event in store.watch("shop-a", job.job_id)]


async def test_who_holds_a_job_can_write_to_it(
    job_store: JobStore, make_job: MakeJob, recognition: Recognition
) -> None:
    job = await _running(job_store, make_job())
    assert await job_store.heartbeat(job.job_id, job.attempt)
    await job_store.record_progress(job.job_id, job.attempt, PROGRESS)
    assert await job_store.finish(job.job_id, SUCCEEDED, attempt=job.attempt, recognition=recognition)
    assert not await job_store.heartbeat(job.job_id, job.attempt)
    assert await _states(job_store, job) == [QUEUED, RUNNING, RUNNING, SUCCEEDED]


async def test_who_lost_a_job_to_another_worker_changes_nothing(
    job_store: JobStore, make_job: MakeJob, recognition: Recognition
) -> None:
    lost = await _running(job_store, make_job())
    await job_store.requeue_running()
    held = await job_store.start(lost.job_id)
    assert held
    assert (lost.attempt, held.attempt) == (1, 2)
    assert not await job_store.heartbeat(lost.job_id, lost.attempt)
    await job_store.record_progress(lost.job_id, lost.attempt, PROGRESS)
    assert not await job_store.finish(lost.job_id, SUCCEEDED, attempt=lost.attempt, recognition=recognition)
    assert await job_store.get("shop-a", lost.job_id) == held
    assert await job_store.finish(held.job_id, SUCCEEDED, attempt=held.attempt, recognition=recognition)
    assert await _states(job_store, lost) == [QUEUED, RUNNING, QUEUED, RUNNING, SUCCEEDED]


async def test_who_lost_a_job_to_the_queue_cannot_take_it_back(
    job_store: JobStore, make_job: MakeJob, recognition: Recognition
) -> None:
    job = await _running(job_store, make_job())
    (queued,) = await job_store.requeue_running()
    assert not await job_store.heartbeat(job.job_id, job.attempt)
    await job_store.record_progress(job.job_id, job.attempt, PROGRESS)
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
    assert await job_store.requeue_running(silent_for_s=60.0) == []
    await asyncio.sleep(1.1)
    assert await job_store.heartbeat(alive.job_id, alive.attempt)
    late = await _running(job_store, make_job())
    (taken,) = await job_store.requeue_running(silent_for_s=1.0)
    assert (taken.job_id, taken.state, taken.attempt) == (silent.job_id, QUEUED, 1)
    for job in (alive, late):
        assert await job_store.heartbeat(job.job_id, job.attempt)


async def test_queued_jobs_come_again_after_each_silence(job_store: JobStore, make_job: MakeJob) -> None:
    job = make_job()
    await job_store.create(job)
    assert await job_store.requeue_running(silent_for_s=1.0) == []  # its maker has just put it there
    await asyncio.sleep(1.1)
    assert await job_store.requeue_running(silent_for_s=1.0) == [job]
    assert await job_store.requeue_running(silent_for_s=1.0) == []
    await job_store.finish(job.job_id, CANCELLED)
    assert await _states(job_store, job) == [QUEUED, CANCELLED]
    assert await job_store.requeue_running() == []


@pytest.mark.parametrize("job_id", ["", "a-job", "\0", "é"])
async def test_what_is_no_job_id_is_no_job(job_store: JobStore, job_id: str) -> None:
    with pytest.raises(NotFound):
        await job_store.get("shop-a", job_id)
    with pytest.raises(NotFound):
        await anext(job_store.watch("shop-a", job_id))
    assert await job_store.start(job_id) is None
    assert not await job_store.heartbeat(job_id, 1)
    assert not await job_store.finish(job_id, CANCELLED)
