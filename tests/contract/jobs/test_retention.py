"""What every JobStore forgets: jobs that ended long ago, once all that they have to tell has been told."""

import asyncio

import pytest

from ocr_server.domain.batch import BatchCounts
from ocr_server.domain.document import Recognition
from ocr_server.domain.errors import NotFound
from ocr_server.domain.job import Job, JobState
from tests.contract.jobs.fixture_types import MakeBatch, MakeJob, Stores

QUEUED, RUNNING, SUCCEEDED, FAILED, CANCELLED = JobState


async def _cancelled(stores: Stores, job: Job) -> Job:
    await stores.jobs.create(job)
    await stores.jobs.finish(job.job_id, CANCELLED)
    return job


async def _is_known(stores: Stores, job: Job) -> bool:
    try:
        await stores.jobs.get(job.tenant, job.job_id)
    except NotFound:
        return False
    return True


async def test_jobs_of_all_tenants_that_ended_long_ago_are_forgotten(stores: Stores, make_job: MakeJob) -> None:
    old = [await _cancelled(stores, make_job(tenant=tenant)) for tenant in ("shop-a", "shop-b")]
    await asyncio.sleep(0.6)
    young = await _cancelled(stores, make_job())
    assert await stores.jobs.forget_ended(older_than_s=60, limit=10) == 0
    assert await stores.jobs.forget_ended(older_than_s=0.5, limit=10) == 2
    assert [await _is_known(stores, job) for job in [*old, young]] == [False, False, True]
    with pytest.raises(NotFound):
        await anext(stores.jobs.watch("shop-a", old[0].job_id))
    assert [job.job_id for job in (await stores.jobs.list_jobs("shop-a", page_size=10))[0]] == [young.job_id]


async def test_jobs_that_have_not_ended_are_never_forgotten(stores: Stores, make_job: MakeJob) -> None:
    running, waiting = make_job(), make_job()
    for job in (running, waiting):
        await stores.jobs.create(job)
    await stores.jobs.start_next()
    assert await stores.jobs.forget_ended(older_than_s=-60, limit=10) == 0
    assert await _is_known(stores, running)
    assert await _is_known(stores, waiting)


async def test_so_many_are_forgotten_at_a_time(stores: Stores, make_job: MakeJob) -> None:
    jobs = [await _cancelled(stores, make_job()) for _ in range(5)]
    assert [await stores.jobs.forget_ended(older_than_s=0, limit=2) for _ in range(4)] == [2, 2, 1, 0]
    assert not any([await _is_known(stores, job) for job in jobs])


async def test_a_job_that_has_something_to_tell_is_kept_until_it_is_told(
    stores: Stores, make_job: MakeJob, recognition: Recognition
) -> None:
    job = make_job()
    await stores.jobs.create(job)
    await stores.jobs.start_next()
    await stores.jobs.finish(job.job_id, SUCCEEDED, recognition=recognition)
    first, second = await stores.outbox.unpublished(limit=10)
    await stores.outbox.mark_published([first])
    assert await stores.jobs.forget_ended(older_than_s=0, limit=10) == 0
    assert await stores.outbox.unpublished(limit=10) == [second]
    await stores.outbox.mark_published([second])
    assert await stores.jobs.forget_ended(older_than_s=0, limit=10) == 1
    assert not await _is_known(stores, job)


async def test_a_forgotten_request_id_is_a_new_one(stores: Stores, make_job: MakeJob) -> None:
    await _cancelled(stores, make_job(request_id="r"))
    await stores.jobs.forget_ended(older_than_s=0, limit=10)
    again = make_job(request_id="r", image_digest="1" * 64)
    assert await stores.jobs.create(again) == (again, True)


async def test_a_batch_is_forgotten_with_its_last_job_and_whole_until_then(
    stores: Stores, make_batch: MakeBatch
) -> None:
    batch, jobs = make_batch(3, request_id="r")
    await stores.batches.create_batch(batch, jobs)
    for job in jobs[:2]:
        await stores.jobs.finish(job.job_id, CANCELLED)
    assert await stores.jobs.forget_ended(older_than_s=0, limit=10) == 2

    kept = await stores.batches.get_batch("shop-a", batch.batch_id)
    assert (kept.job_ids, kept.counts) == (batch.job_ids, BatchCounts(queued=1, cancelled=2))
    again, its_jobs = make_batch(3, request_id="r")
    assert await stores.batches.create_batch(again, its_jobs) == (kept, False)
    await stores.jobs.finish(jobs[2].job_id, CANCELLED)
    events = [event async for event in stores.batches.watch_batch("shop-a", batch.batch_id)]
    assert [(event.seq, event.job_event.job_id) for event in events] == [
        (seq, job.job_id) for seq, job in enumerate(jobs, start=1)
    ]

    assert await stores.jobs.forget_ended(older_than_s=0, limit=10) == 1
    with pytest.raises(NotFound):
        await stores.batches.get_batch("shop-a", batch.batch_id)


async def test_many_that_forget_count_each_job_once(stores: Stores, make_job: MakeJob, make_batch: MakeBatch) -> None:
    for _ in range(4):
        await _cancelled(stores, make_job())
    batch, jobs = make_batch(4)
    await stores.batches.create_batch(batch, jobs)
    for job in jobs:
        await stores.jobs.finish(job.job_id, CANCELLED)
    async with stores.beside() as other:
        forgetting = [each.jobs.forget_ended(older_than_s=0, limit=10) for each in [stores, other] * 4]
        forgotten = await asyncio.gather(*forgetting)
    assert sum(forgotten) + await stores.jobs.forget_ended(older_than_s=0, limit=10) == 8
    with pytest.raises(NotFound):
        await stores.batches.get_batch("shop-a", batch.batch_id)
