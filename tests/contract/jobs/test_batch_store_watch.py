"""What every BatchStore's watch does: each change of its jobs once, in order, without gaps, with counts."""

import asyncio
from collections import Counter
from contextlib import aclosing
from dataclasses import asdict, replace
from itertools import pairwise

import pytest

from ocr_server.domain.batch import BatchCounts
from ocr_server.domain.document import Recognition
from ocr_server.domain.job import Job, JobState
from ocr_server.domain.progress import Stage, StageProgress
from tests.contract.jobs.batch_steps import UNREADABLE, read, run_through, start_next
from tests.contract.jobs.fixture_types import MakeBatch, OpenStores, Stores

QUEUED, RUNNING, SUCCEEDED, FAILED, CANCELLED = JobState


async def test_counts_add_up_after_every_event_and_the_last_one_is_terminal(
    stores: Stores, make_batch: MakeBatch, recognition: Recognition
) -> None:
    batch, jobs = make_batch(4)
    await stores.batches.create_batch(batch, jobs)
    await stores.jobs.finish(jobs[3].job_id, CANCELLED)  # while it waits
    await run_through(stores, recognition, SUCCEEDED, FAILED, CANCELLED)
    events = await read(stores.batches.watch_batch("shop-a", batch.batch_id))
    assert [event.seq for event in events] == list(range(1, 8))
    assert {event.batch_id for event in events} == {batch.batch_id}
    states = dict.fromkeys(batch.job_ids, QUEUED)
    for event in events:
        states[event.job_event.job_id] = event.job_event.state
        assert event.counts == BatchCounts(**Counter(state.value for state in states.values()))
        assert event.counts.total == 4
        assert event.counts.is_terminal == (event is events[-1])
    assert [event.job_event.state for event in events] == [
        CANCELLED,
        *(RUNNING, SUCCEEDED),
        *(RUNNING, FAILED),
        *(RUNNING, CANCELLED),
    ]
    assert [event.error for event in events] == [
        UNREADABLE if event.job_event.state is FAILED else None for event in events
    ]
    ended = await stores.batches.get_batch("shop-a", batch.batch_id)
    assert ended == replace(batch, counts=BatchCounts(succeeded=1, failed=1, cancelled=2), ended_at=ended.ended_at)
    assert ended.ended_at == events[-1].job_event.at


async def test_its_events_are_those_of_its_jobs_without_progress(
    stores: Stores, make_batch: MakeBatch, recognition: Recognition
) -> None:
    batch, jobs = make_batch(2)
    await stores.batches.create_batch(batch, jobs)
    job = await start_next(stores)
    await stores.jobs.record_progress(job.job_id, job.attempt, [StageProgress(Stage.DECODE, 0.5)])
    await stores.jobs.requeue(job.job_id, job.attempt)
    job = await start_next(stores)
    await stores.jobs.requeue_silent(silent_for_s=0)
    await run_through(stores, recognition, SUCCEEDED, SUCCEEDED)
    events = await read(stores.batches.watch_batch("shop-a", batch.batch_id))
    for job_id in batch.job_ids:
        told = [event async for event in stores.jobs.watch("shop-a", job_id)]
        expected = [event for event in told[1:] if event.progress is None]  # all but that it was QUEUED at first
        assert [event.job_event for event in events if event.job_event.job_id == job_id] == expected
    retried = [event.job_event.state for event in events if event.job_event.job_id == jobs[0].job_id]
    assert retried == [RUNNING, QUEUED, RUNNING, QUEUED, RUNNING, SUCCEEDED]


@pytest.mark.parametrize("after_seq", range(8))
async def test_watching_resumes_at_every_point(
    stores: Stores, make_batch: MakeBatch, recognition: Recognition, after_seq: int
) -> None:
    batch, jobs = make_batch()
    await stores.batches.create_batch(batch, jobs)
    await run_through(stores, recognition, SUCCEEDED)
    watching = asyncio.create_task(read(stores.batches.watch_batch("shop-a", batch.batch_id, after_seq=after_seq)))
    await asyncio.sleep(0.01)
    await run_through(stores, recognition, FAILED, SUCCEEDED)
    assert [event.seq for event in await watching] == list(range(after_seq + 1, 7))


async def test_a_watcher_elsewhere_sees_what_happens_here(
    stores: Stores, make_batch: MakeBatch, recognition: Recognition
) -> None:
    batch, jobs = make_batch()
    async with stores.beside() as other:
        await stores.batches.create_batch(batch, jobs)
        async with aclosing(other.batches.watch_batch("shop-a", batch.batch_id)) as events:  # type: ignore[type-var]
            for state in (RUNNING, SUCCEEDED):
                coming = asyncio.ensure_future(anext(events))
                await asyncio.sleep(0.05)
                if state is RUNNING:
                    job = await start_next(stores)
                else:
                    await stores.jobs.finish(job.job_id, SUCCEEDED, attempt=1, recognition=recognition)
                assert (await asyncio.wait_for(coming, 3)).job_event.state is state


async def test_a_batch_goes_on_after_a_restart(
    open_stores: OpenStores, make_batch: MakeBatch, recognition: Recognition
) -> None:
    batch, jobs = make_batch(2)
    async with open_stores() as stores:
        await stores.batches.create_batch(batch, jobs)
        await start_next(stores)
    async with open_stores() as stores:
        await stores.jobs.requeue_silent(silent_for_s=0)
        await run_through(stores, recognition, SUCCEEDED, SUCCEEDED)
        events = await read(stores.batches.watch_batch("shop-a", batch.batch_id))
    assert [event.seq for event in events] == list(range(1, 7))
    assert events[-1].counts == BatchCounts(succeeded=2)


async def test_many_workers_leave_no_gap_and_every_watcher_sees_the_same(
    stores: Stores, make_batch: MakeBatch, recognition: Recognition
) -> None:
    batches = [make_batch(15, tenant=tenant) for tenant in ("shop-a", "shop-b")]
    for batch, jobs in batches:
        await stores.batches.create_batch(batch, jobs)

    async def work(own: Stores) -> None:
        while job := await own.jobs.start_next():
            if job.attempt == 1 and int(job.image_digest, 16) % 5 == 0:
                await own.jobs.requeue(job.job_id, job.attempt)
            else:
                await _end(own, job, recognition)

    async with stores.beside() as other:
        watching = [
            asyncio.create_task(read(each.batches.watch_batch(batch.tenant, batch.batch_id)))
            for batch, _ in batches
            for each in (stores, other)
        ]
        cancelled = [each.jobs.finish(jobs[-1].job_id, CANCELLED) for each in (stores, other) for _, jobs in batches]
        await asyncio.gather(*(work(each) for each in [stores, other] * 4), *cancelled)
        stories = await asyncio.wait_for(asyncio.gather(*watching), 30)
    assert stories[0] == stories[1]
    assert stories[2] == stories[3]
    for events in stories:
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
        assert {event.counts.total for event in events} == {15}
        for before, after in pairwise(events):
            changes = Counter(asdict(after.counts))
            changes.subtract(asdict(before.counts))
            assert sorted(change for change in changes.values() if change) == [-1, 1]
            assert changes[after.job_event.state.value] == 1
        assert [event.counts.is_terminal for event in events] == [*[False] * (len(events) - 1), True]


async def _end(stores: Stores, job: Job, recognition: Recognition) -> None:
    if int(job.image_digest, 16) % 4 == 0:
        await stores.jobs.finish(job.job_id, FAILED, attempt=job.attempt, error=UNREADABLE)
    else:
        await stores.jobs.finish(job.job_id, SUCCEEDED, attempt=job.attempt, recognition=recognition)
