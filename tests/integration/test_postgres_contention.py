"""Jobs and batches in PostgreSQL with many processes at work on them at once."""

import asyncio
import random
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ocr_server.adapters.production import postgres_statements as statements
from ocr_server.adapters.production.postgres_batches import PostgresBatches
from ocr_server.adapters.production.postgres_database import PostgresDatabase
from ocr_server.adapters.production.postgres_jobs import PostgresJobs
from ocr_server.domain.batch import Batch, BatchCounts, BatchEvent
from ocr_server.domain.document import Document, DocumentType, Recognition, RecognizeOptions, Timing
from ocr_server.domain.job import Job, JobError, JobState, Priority
from ocr_server.domain.progress import Stage, StageProgress
from tests.postgres_fixture import opened

PROCESSES = 4
RECOGNITION = Recognition(Document("d", DocumentType.UNKNOWN, ()), Timing(0.0, 0.0, ()), "")
FAULT = JobError("INTERNAL", "A fault.", is_dead_letter=True)


@pytest.fixture
async def processes(database: str) -> AsyncIterator[list[PostgresDatabase]]:
    """The database as several processes open it, each with connections of its own."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(opened(database)) for _ in range(PROCESSES)]


def make_job(tenant: str = "shop-a", **changes: object) -> Job:
    job = Job(str(uuid.uuid4()), tenant, JobState.QUEUED, RecognizeOptions(), "0" * 64, datetime.now(UTC))
    return replace(job, **changes)  # type: ignore[arg-type]


def make_batch(size: int) -> tuple[Batch, list[Job]]:
    batch_id = str(uuid.uuid4())
    jobs = [make_job(batch_id=batch_id, priority=Priority.BATCH) for _ in range(size)]
    ids = tuple(job.job_id for job in jobs)
    return Batch(batch_id, "shop-a", ids, BatchCounts(queued=size), datetime.now(UTC)), jobs


async def events_of(batches: PostgresBatches, batch: Batch) -> list[BatchEvent]:
    return [event async for event in batches.watch_batch("shop-a", batch.batch_id)]


async def start_all(stores: Sequence[PostgresJobs], at_once: int) -> list[Job]:
    """Start jobs with so many callers a store until there are none; return them in the order they were had."""
    started: list[Job] = []

    async def start(store: PostgresJobs) -> None:
        while job := await store.start_next():
            started.append(job)

    await asyncio.gather(*(start(store) for store in stores for _ in range(at_once)))
    return started


async def test_each_job_is_started_once_and_the_urgent_ones_first(processes: list[PostgresDatabase]) -> None:
    stores = [PostgresJobs(process) for process in processes]
    jobs = [make_job(f"shop-{n % 5}", priority=Priority(n % 2)) for n in range(200)]
    await asyncio.gather(*(stores[n % PROCESSES].create(job) for n, job in enumerate(jobs)))
    started = await start_all(stores, 5)
    assert sorted(job.job_id for job in started) == sorted(job.job_id for job in jobs)
    assert {job.attempt for job in started} == {1}
    # Of twenty callers some hear of their job later than the one that was called next.
    first = Counter(job.priority for job in started[:80])
    assert first[Priority.INTERACTIVE] == 80


async def test_who_submits_a_hundred_side_by_side_is_served_no_oftener_than_who_submits_ten(
    processes: list[PostgresDatabase],
) -> None:
    stores = [PostgresJobs(process) for process in processes]
    await asyncio.gather(*(stores[n % PROCESSES].create(make_job("eager")) for n in range(100)))
    ((turns,),) = await processes[0].client.fetch("SELECT count(DISTINCT turn) FROM jobs")
    assert turns == 100
    for _ in range(10):
        await stores[0].create(make_job("modest"))
    started = [job.tenant for job in await start_all(stores[:1], 1)]
    assert Counter(started[:20]) == {"eager": 10, "modest": 10}
    assert all(len(set(pair)) == 2 for pair in zip(started[:20:2], started[1:20:2], strict=True)), "they take turns"


async def test_batches_under_ten_workers_and_two_sweepers_end_with_every_change_numbered(
    processes: list[PostgresDatabase],
) -> None:
    stores = [PostgresJobs(process) for process in processes]
    batches = [PostgresBatches(process) for process in processes]
    made = [make_batch(20) for _ in range(3)]
    await asyncio.gather(*(batches[n].create_batch(*parts) for n, parts in enumerate(made)))
    watching = asyncio.gather(*(events_of(batches[-1], batch) for batch, _ in made))
    dice = random.Random(7)

    async def work(store: PostgresJobs) -> None:
        while True:
            job = await store.start_next()
            if job is None:
                await asyncio.sleep(0.01)
                continue
            await store.record_progress(job.job_id, job.attempt, [StageProgress(Stage.DECODE, 0.5)])
            match dice.randrange(6):
                case 0:
                    pass  # died
                case 1:
                    await store.requeue(job.job_id, job.attempt, is_fault=True)
                case 2:
                    await store.finish(job.job_id, JobState.FAILED, attempt=job.attempt, error=FAULT)
                case 3:
                    await store.finish(job.job_id, JobState.CANCELLED)
                case _:
                    await store.heartbeat(job.job_id, job.attempt)
                    await store.finish(job.job_id, JobState.SUCCEEDED, attempt=job.attempt, recognition=RECOGNITION)

    async def sweep(store: PostgresJobs) -> None:
        while True:
            await store.requeue_silent(silent_for_s=0.02)
            await store.forget_ended(older_than_s=3600, limit=10)

    async with asyncio.TaskGroup() as group:  # an error of PostgreSQL, such as a deadlock, ends all
        tasks = [group.create_task(work(stores[n % PROCESSES])) for n in range(10)]
        tasks += [group.create_task(sweep(store)) for store in stores[:2]]
        async with asyncio.timeout(60):
            all_events = await watching
        for task in tasks:
            task.cancel()

    for (batch, jobs), events in zip(made, all_events, strict=True):
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
        counts = BatchCounts(queued=len(jobs))
        states = dict.fromkeys(batch.job_ids, JobState.QUEUED)
        for event in events:
            name = states[event.job_event.job_id].value
            counts = replace(counts, **{name: getattr(counts, name) - 1})
            name = event.job_event.state.value
            counts = replace(counts, **{name: getattr(counts, name) + 1})
            states[event.job_event.job_id] = event.job_event.state
            assert event.counts == counts
        assert counts.is_terminal
        ended = await batches[0].get_batch("shop-a", batch.batch_id)
        assert ended.counts == counts
        assert ended.ended_at
        for job in jobs:
            assert (await stores[0].get("shop-a", job.job_id)).state is states[job.job_id]


async def test_what_two_sweepers_forget_at_once_leaves_no_empty_batch(processes: list[PostgresDatabase]) -> None:
    stores = [PostgresJobs(process) for process in processes]
    batch, jobs = make_batch(40)
    await PostgresBatches(processes[0]).create_batch(batch, jobs)
    for job in jobs:
        await stores[0].finish(job.job_id, JobState.CANCELLED)
    forgotten = await asyncio.gather(*(store.forget_ended(older_than_s=0, limit=20) for store in stores))
    assert sum(forgotten) == 40
    await stores[0].forget_ended(older_than_s=0, limit=20)
    assert not await processes[0].client.fetch("SELECT FROM batches")


async def test_the_next_job_and_the_next_turn_are_found_without_looking_at_all_that_wait(database: str) -> None:
    async with opened(database) as process:
        await process.client.fetch(
            "INSERT INTO jobs (job_id, tenant, priority, turn, image_digest, created_at, options) "
            "SELECT gen_random_uuid(), 'shop-' || n % 50, 0, n / 50, repeat('0', 64), now(), '{}' "
            "FROM generate_series(0, 4999) AS n"
        )
        await process.client.fetch("ANALYZE jobs")
        plan = await process.client.fetch(f"EXPLAIN {statements.START_NEXT}")
        text = "\n".join(row[0] for row in plan)
        assert "Index Scan using jobs_next" in text
        assert "Sort" not in text
        (row,) = await process.client.fetch("SELECT next_turn('shop-7', 0::smallint), next_turn('new', 0::smallint)")
        assert tuple(row) == (100, 0)
