"""What every BatchStore does; watching has a file of its own."""

import asyncio
import uuid
from dataclasses import replace

import pytest

from ocr_server.domain.batch import Batch, BatchCounts
from ocr_server.domain.document import Engine, Recognition, RecognizeOptions
from ocr_server.domain.errors import IdempotencyConflict, NotFound
from ocr_server.domain.job import JobState, Priority
from tests.contract.jobs.batch_steps import read, run_through, start_next
from tests.contract.jobs.fixture_types import MakeBatch, MakeJob, Stores

QUEUED, RUNNING, SUCCEEDED, FAILED, CANCELLED = JobState


async def test_a_created_batch_and_its_jobs_read_back_equal(stores: Stores, make_batch: MakeBatch) -> None:
    batch, jobs = make_batch(5, request_id="r")
    assert await stores.batches.create_batch(batch, jobs) == (batch, True)
    assert await stores.batches.get_batch("shop-a", batch.batch_id) == batch
    assert [await stores.jobs.get("shop-a", job_id) for job_id in batch.job_ids] == jobs


async def test_its_jobs_are_started_in_order_and_with_their_own_priority(
    stores: Stores, make_batch: MakeBatch, make_job: MakeJob
) -> None:
    batch, jobs = make_batch(5)
    await stores.batches.create_batch(batch, jobs)
    await stores.jobs.create(make_job(tenant="shop-b", priority=Priority.BATCH))
    urgent = make_job()
    await stores.jobs.create(urgent)
    assert await stores.jobs.count_waiting() == 7
    started = [await start_next(stores) for _ in range(7)]
    assert started[0].job_id == urgent.job_id
    assert "".join(job.tenant[-1] for job in started[1:]) == "abaaaa"
    assert [job.job_id for job in started if job.batch_id] == list(batch.job_ids)


async def test_a_batch_has_ended_once_its_last_job_has(
    stores: Stores, make_batch: MakeBatch, recognition: Recognition
) -> None:
    batch, jobs = make_batch(3)
    await stores.batches.create_batch(batch, jobs)
    await run_through(stores, recognition, SUCCEEDED, FAILED)
    going_on = await stores.batches.get_batch("shop-a", batch.batch_id)
    assert (going_on.counts, going_on.ended_at) == (BatchCounts(queued=1, succeeded=1, failed=1), None)
    last = await start_next(stores)
    going_on = await stores.batches.get_batch("shop-a", batch.batch_id)
    assert (going_on.counts, going_on.ended_at) == (BatchCounts(running=1, succeeded=1, failed=1), None)
    await stores.jobs.finish(last.job_id, CANCELLED)
    assert (await stores.batches.get_batch("shop-a", batch.batch_id)).ended_at is not None


async def test_what_changes_no_job_changes_no_batch(
    stores: Stores, make_batch: MakeBatch, recognition: Recognition
) -> None:
    batch, jobs = make_batch(1)
    await stores.batches.create_batch(batch, jobs)
    lost = await start_next(stores)
    await stores.jobs.requeue_silent(silent_for_s=0)
    held = await start_next(stores)
    assert not await stores.jobs.finish(lost.job_id, SUCCEEDED, attempt=lost.attempt, recognition=recognition)
    assert not await stores.jobs.requeue(lost.job_id, lost.attempt)
    counts = (await stores.batches.get_batch("shop-a", batch.batch_id)).counts
    assert counts == BatchCounts(running=1)
    await stores.jobs.finish(held.job_id, CANCELLED)
    assert not await stores.jobs.finish(held.job_id, CANCELLED)
    events = await read(stores.batches.watch_batch("shop-a", batch.batch_id))
    assert [event.job_event.state for event in events] == [RUNNING, QUEUED, RUNNING, CANCELLED]


async def test_same_request_id_and_body_give_the_same_batch_in_its_present_state(
    stores: Stores, make_batch: MakeBatch, recognition: Recognition
) -> None:
    first, jobs = make_batch(request_id="r")
    await stores.batches.create_batch(first, jobs)
    await run_through(stores, recognition, SUCCEEDED)
    again, its_jobs = make_batch(request_id="r")
    now = await stores.batches.get_batch("shop-a", first.batch_id)
    assert await stores.batches.create_batch(again, its_jobs) == (now, False)
    assert now.counts == BatchCounts(queued=2, succeeded=1)
    with pytest.raises(NotFound):
        await stores.batches.get_batch("shop-a", again.batch_id)
    with pytest.raises(NotFound):
        await stores.jobs.get("shop-a", its_jobs[0].job_id)
    assert await stores.jobs.count_waiting() == 2


@pytest.mark.parametrize("difference", ["an image more", "an image less", "another order", "other options"])
async def test_same_request_id_with_another_body_is_a_conflict(
    stores: Stores, make_batch: MakeBatch, difference: str
) -> None:
    batch, jobs = make_batch(3, request_id="r")
    await stores.batches.create_batch(batch, jobs)
    other, others_jobs = make_batch({"an image more": 4, "an image less": 2}.get(difference, 3), request_id="r")
    if difference == "another order":
        others_jobs.reverse()
        other = replace(other, job_ids=tuple(job.job_id for job in others_jobs))
    if difference == "other options":
        others_jobs[1] = replace(others_jobs[1], options=RecognizeOptions(Engine.TESSERACT))
    with pytest.raises(IdempotencyConflict):
        await stores.batches.create_batch(other, others_jobs)
    assert await stores.jobs.count_waiting() == 3


async def test_same_request_id_of_another_tenant_or_of_a_job_is_another_thing(
    stores: Stores, make_batch: MakeBatch, make_job: MakeJob
) -> None:
    await stores.jobs.create(make_job(request_id="r"))
    for tenant in ("shop-a", "shop-b"):
        _, is_new = await stores.batches.create_batch(*make_batch(tenant=tenant, request_id="r"))
        assert is_new
    assert [(await stores.batches.create_batch(*make_batch()))[1] for _ in range(2)] == [True] * 2


async def test_ten_callers_with_one_request_id_get_one_batch(stores: Stores, make_batch: MakeBatch) -> None:
    async with stores.beside() as other:
        creating = [each.batches.create_batch(*make_batch(request_id="r")) for each in [stores, other] * 5]
        answers = await asyncio.gather(*creating)
    assert len({batch.batch_id for batch, _ in answers}) == 1
    assert sum(is_new for _, is_new in answers) == 1
    assert await stores.jobs.count_waiting() == 3


async def test_all_of_a_batch_is_stored_or_nothing(stores: Stores, make_batch: MakeBatch, make_job: MakeJob) -> None:
    taken = make_job()
    await stores.jobs.create(taken)
    batch, jobs = make_batch(3)
    jobs[2] = replace(jobs[2], job_id=taken.job_id)  # which cannot be stored
    with pytest.raises(Exception, match=r"(?i)unique"):
        await stores.batches.create_batch(batch, jobs)
    with pytest.raises(NotFound):
        await stores.batches.get_batch("shop-a", batch.batch_id)
    assert await stores.jobs.count_waiting() == 1


@pytest.mark.parametrize("batch_id", [str(uuid.UUID(int=7)), "", "a-batch", "\0", "é"])
async def test_an_unknown_batch_is_not_found(stores: Stores, batch_id: str) -> None:
    with pytest.raises(NotFound):
        await stores.batches.get_batch("shop-a", batch_id)
    with pytest.raises(NotFound):
        await anext(stores.batches.watch_batch("shop-a", batch_id))


async def test_tenants_never_see_each_others_batches(stores: Stores, make_batch: MakeBatch) -> None:
    batch, jobs = make_batch()
    await stores.batches.create_batch(batch, jobs)
    with pytest.raises(NotFound):
        await stores.batches.get_batch("shop-b", batch.batch_id)
    with pytest.raises(NotFound):
        await anext(stores.batches.watch_batch("shop-b", batch.batch_id))


async def test_hundreds_of_images_are_one_batch(stores: Stores, make_batch: MakeBatch) -> None:
    batch, jobs = make_batch(500)
    await stores.batches.create_batch(batch, jobs)
    stored: Batch = await stores.batches.get_batch("shop-a", batch.batch_id)
    assert stored == batch
    assert [(await start_next(stores)).job_id for _ in range(20)] == list(batch.job_ids[:20])
