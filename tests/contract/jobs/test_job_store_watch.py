"""What every JobStore's watch does: each event once, in order, without gaps, to the end."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from ocr_server.domain.document import Recognition
from ocr_server.domain.job import JobEvent, JobState
from ocr_server.domain.progress import Stage, StageProgress
from ocr_server.ports import JobStore
from tests.contract.jobs.fixture_types import MakeJob, OpenStores, Stores

QUEUED, RUNNING, SUCCEEDED, FAILED, CANCELLED = JobState
STEPS = [StageProgress(Stage.RECOGNIZE, n / 8, 1, 2, n, 8) for n in range(8)]
EVENT_COUNT = 1 + 1 + len(STEPS) + 1


async def _read(events: AsyncIterator[JobEvent]) -> list[JobEvent]:
    return [event async for event in events]


async def _run_through(store: JobStore, recognition: Recognition) -> None:
    job = await store.start_next()
    assert job
    for step in STEPS:
        await store.record_progress(job.job_id, job.attempt, [step])
    await store.finish(job.job_id, SUCCEEDED, attempt=job.attempt, recognition=recognition)


async def test_events_tell_the_whole_story(job_store: JobStore, make_job: MakeJob, recognition: Recognition) -> None:
    job = make_job()
    await job_store.create(job)
    await _run_through(job_store, recognition)
    events = await _read(job_store.watch("shop-a", job.job_id))
    assert [event.seq for event in events] == list(range(1, EVENT_COUNT + 1))
    assert {event.job_id for event in events} == {job.job_id}
    assert [event.state for event in events] == [QUEUED, *[RUNNING] * 9, SUCCEEDED]
    assert [event.progress for event in events] == [None, None, *STEPS, None]
    assert [event.at for event in events] == sorted(event.at for event in events)


@pytest.mark.parametrize("after_seq", range(EVENT_COUNT + 2))
async def test_watching_resumes_at_every_point_of_an_ended_job(
    job_store: JobStore, make_job: MakeJob, recognition: Recognition, after_seq: int
) -> None:
    job = make_job()
    await job_store.create(job)
    await _run_through(job_store, recognition)
    events = await _read(job_store.watch("shop-a", job.job_id, after_seq=after_seq))
    assert [event.seq for event in events] == list(range(after_seq + 1, EVENT_COUNT + 1))


@pytest.mark.parametrize("cut", range(1, EVENT_COUNT))
async def test_a_watcher_that_reconnects_while_the_job_runs_misses_nothing(
    job_store: JobStore, make_job: MakeJob, recognition: Recognition, cut: int
) -> None:
    job = make_job()
    await job_store.create(job)
    running = asyncio.create_task(_run_through(job_store, recognition))
    seen: list[JobEvent] = []
    async with aclosing(job_store.watch("shop-a", job.job_id)) as events:  # type: ignore[type-var]
        async for event in events:
            seen.append(event)
            if event.seq == cut:
                break
    seen += await _read(job_store.watch("shop-a", job.job_id, after_seq=cut))
    assert [event.seq for event in seen] == list(range(1, EVENT_COUNT + 1))
    assert seen[-1].state is SUCCEEDED
    await running


async def test_watching_goes_on_after_a_restart(
    open_stores: OpenStores, make_job: MakeJob, recognition: Recognition
) -> None:
    job = make_job()
    async with open_stores() as stores:
        await stores.jobs.create(job)
        await stores.jobs.start_next()
    async with open_stores() as stores:
        await stores.jobs.requeue_silent(silent_for_s=0)
        watching = asyncio.create_task(_read(stores.jobs.watch("shop-a", job.job_id, after_seq=2)))
        await _run_through(stores.jobs, recognition)
        assert [event.seq for event in await watching] == list(range(3, EVENT_COUNT + 3))


async def test_a_watcher_elsewhere_sees_what_happens_here(stores: Stores, make_job: MakeJob) -> None:
    job = make_job()
    await stores.jobs.create(job)
    async with stores.beside() as other, aclosing(other.jobs.watch("shop-a", job.job_id)) as events:  # type: ignore[type-var]
        assert (await anext(events)).state is QUEUED
        coming = asyncio.ensure_future(anext(events))
        await asyncio.sleep(0.05)
        await stores.jobs.start_next()
        assert (await asyncio.wait_for(coming, 5)).state is RUNNING


async def test_events_come_as_they_happen(job_store: JobStore, make_job: MakeJob) -> None:
    job = make_job()
    await job_store.create(job)
    async with aclosing(job_store.watch("shop-a", job.job_id)) as events:  # type: ignore[type-var]
        assert (await anext(events)).state is QUEUED
        coming = asyncio.ensure_future(anext(events))
        await asyncio.sleep(0.05)
        assert not coming.done()
        await job_store.start_next()
        assert (await asyncio.wait_for(coming, 1)).state is RUNNING


async def test_concurrent_writers_leave_no_gap_and_every_watcher_sees_the_same(
    job_store: JobStore, make_job: MakeJob
) -> None:
    jobs = [make_job(), make_job()]
    for job in jobs:
        await job_store.create(job)
        await job_store.start_next()
    watching = [asyncio.create_task(_read(job_store.watch("shop-a", job.job_id))) for job in jobs * 5]

    async def write(job_id: str, writer: int) -> None:
        for done in range(10):
            await job_store.record_progress(job_id, 1, [StageProgress(Stage.RECOGNIZE, 0.5, writer, 8, done, 10)])

    await asyncio.gather(*(write(job.job_id, writer) for job in jobs for writer in range(1, 9)))
    for job in jobs:
        await job_store.finish(job.job_id, CANCELLED)
    for events in await asyncio.gather(*watching):
        assert [event.seq for event in events] == list(range(1, 84))
        assert len({event.progress for event in events if event.progress}) == 80
        assert len({event.job_id for event in events}) == 1
        assert events[-1].state is CANCELLED


async def test_watchers_that_go_leave_nothing_behind(job_store: JobStore, make_job: MakeJob) -> None:
    def count() -> int:
        gc.collect()
        return len(asyncio.all_tasks()) + sum(isinstance(thing, asyncio.Event) for thing in gc.get_objects())

    async def watch_and_go() -> int:
        watching = [asyncio.create_task(_read(job_store.watch("shop-a", job.job_id))) for _ in range(50)]
        await asyncio.sleep(0.1)
        while_watching = count()
        for task in watching:
            task.cancel()
        await asyncio.wait(watching)
        return while_watching

    job = make_job()
    await job_store.create(job)
    # A pool of connections has its full size afterwards.
    await asyncio.gather(*(job_store.get("shop-a", job.job_id) for _ in range(50)))
    before = count()
    assert await watch_and_go() >= before + 50
    for _ in range(10):
        if count() <= before:
            break
        await asyncio.sleep(0.2)  # connections on which a read was given up are mended
    else:
        pytest.fail("watchers that went have left something behind")
    await job_store.finish(job.job_id, CANCELLED)
