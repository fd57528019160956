"""What every DeadLetters does: what failed for no fault of its image is listed until it is replayed, once."""

import asyncio
import uuid

import pytest

from ocr_server.domain.errors import NotFound
from ocr_server.domain.job import Job, JobError, JobState
from tests.contract.jobs.fixture_types import MakeBatch, MakeJob, OpenStores, Stores

QUEUED, RUNNING, SUCCEEDED, FAILED, CANCELLED = JobState
INTERNAL = JobError("INTERNAL", "An internal error ended this job.", is_dead_letter=True)
UNREADABLE = JobError("INVALID_IMAGE", "The image is truncated.")


async def _failed(stores: Stores, job: Job, error: JobError = INTERNAL) -> Job:
    await stores.jobs.create(job)
    await stores.jobs.start_next()
    assert await stores.jobs.finish(job.job_id, FAILED, attempt=1, error=error)
    return await stores.jobs.get(job.tenant, job.job_id)


async def test_none_are_listed_where_there_are_none(stores: Stores) -> None:
    assert await stores.dead_letters.list_dead_letters(limit=10) == []


async def test_a_job_that_is_not_to_blame_is_listed_with_its_cause(stores: Stores, make_job: MakeJob) -> None:
    dead = await _failed(stores, make_job())
    assert dead.error == INTERNAL
    assert await stores.dead_letters.list_dead_letters(limit=10) == [dead]


async def test_those_of_all_tenants_are_listed_the_last_ended_first(stores: Stores, make_job: MakeJob) -> None:
    dead = [await _failed(stores, make_job(tenant=tenant)) for tenant in ("shop-b", "shop-a", "shop-c")]
    assert await stores.dead_letters.list_dead_letters(limit=10) == dead[::-1]
    assert await stores.dead_letters.list_dead_letters(limit=2) == dead[:0:-1]


async def test_an_images_own_failure_and_a_cancelled_job_are_not_listed(stores: Stores, make_job: MakeJob) -> None:
    unreadable = await _failed(stores, make_job(), UNREADABLE)
    assert unreadable.error == UNREADABLE
    cancelled = make_job()
    await stores.jobs.create(cancelled)
    await stores.jobs.finish(cancelled.job_id, CANCELLED)
    assert await stores.dead_letters.list_dead_letters(limit=10) == []
    for job in (unreadable, cancelled):
        assert not await stores.dead_letters.replay(job.job_id, make_job())
    assert await stores.jobs.count_waiting() == 0


async def test_a_replay_is_a_new_job_and_the_dead_one_leaves_the_list(stores: Stores, make_job: MakeJob) -> None:
    first, second = await _failed(stores, make_job()), await _failed(stores, make_job())
    again = make_job()
    assert await stores.dead_letters.replay(first.job_id, again)
    assert await stores.dead_letters.list_dead_letters(limit=10) == [second]
    assert await stores.jobs.get("shop-a", first.job_id) == first  # a terminal state stays terminal
    assert await stores.jobs.get("shop-a", again.job_id) == again
    started = await stores.jobs.start_next()
    assert started
    assert (started.job_id, started.attempt) == (again.job_id, 1)
    await stores.jobs.finish(again.job_id, CANCELLED)
    assert [event.seq async for event in stores.jobs.watch("shop-a", again.job_id)] == [1, 2, 3]


async def test_a_replayed_job_that_fails_again_is_a_dead_letter_of_its_own(stores: Stores, make_job: MakeJob) -> None:
    dead, again = await _failed(stores, make_job()), make_job()
    await stores.dead_letters.replay(dead.job_id, again)
    await stores.jobs.start_next()
    await stores.jobs.finish(again.job_id, FAILED, attempt=1, error=INTERNAL)
    (listed,) = await stores.dead_letters.list_dead_letters(limit=10)
    assert listed.job_id == again.job_id
    assert await stores.dead_letters.replay(again.job_id, make_job())


async def test_a_dead_letter_is_replayed_once_also_when_many_try(stores: Stores, make_job: MakeJob) -> None:
    dead = await _failed(stores, make_job())
    replays = [make_job() for _ in range(10)]
    async with stores.beside() as other:
        done = await asyncio.gather(
            *(
                each.dead_letters.replay(dead.job_id, job)
                for each, job in zip([stores, other] * 5, replays, strict=True)
            )
        )
    assert sum(done) == 1
    assert await stores.jobs.count_waiting() == 1
    (replay,) = [job for job, was_done in zip(replays, done, strict=True) if was_done]
    assert await stores.jobs.get("shop-a", replay.job_id) == replay
    assert not await stores.dead_letters.replay(dead.job_id, make_job())


@pytest.mark.parametrize("job_id", [str(uuid.UUID(int=7)), "", "a-job", "\0"])
async def test_what_is_no_dead_letter_is_not_replayed(stores: Stores, make_job: MakeJob, job_id: str) -> None:
    again = make_job()
    assert not await stores.dead_letters.replay(job_id, again)
    with pytest.raises(NotFound):
        await stores.jobs.get("shop-a", again.job_id)


async def test_dead_letters_of_a_batch_are_listed_and_their_batch_stays_ended(
    stores: Stores, make_batch: MakeBatch, make_job: MakeJob
) -> None:
    batch, jobs = make_batch(1)
    await stores.batches.create_batch(batch, jobs)
    await stores.jobs.start_next()
    await stores.jobs.finish(jobs[0].job_id, FAILED, attempt=1, error=INTERNAL)
    events = [event async for event in stores.batches.watch_batch("shop-a", batch.batch_id)]
    assert [event.error for event in events] == [None, INTERNAL]
    ended = await stores.batches.get_batch("shop-a", batch.batch_id)
    assert await stores.dead_letters.replay(jobs[0].job_id, make_job())
    assert await stores.batches.get_batch("shop-a", batch.batch_id) == ended
    assert ended.ended_at is not None


async def test_dead_letters_outlive_a_restart(open_stores: OpenStores, make_job: MakeJob) -> None:
    async with open_stores() as stores:
        dead = [await _failed(stores, make_job()) for _ in range(2)]
        await stores.dead_letters.replay(dead[0].job_id, make_job())
    async with open_stores() as stores:
        assert await stores.dead_letters.list_dead_letters(limit=10) == [dead[1]]
        assert not await stores.dead_letters.replay(dead[0].job_id, make_job())
