"""The outbox in PostgreSQL: one process publishes, and another one goes on when that is gone."""

import asyncio
import uuid
from datetime import UTC, datetime

import asyncpg
import pytest

from ocr_server.adapters.production.postgres_database import PostgresDatabase
from ocr_server.adapters.production.postgres_jobs import PostgresJobs
from ocr_server.adapters.production.postgres_outbox import PostgresOutbox
from ocr_server.domain.document import RecognizeOptions
from ocr_server.domain.errors import DependencyUnavailable
from ocr_server.domain.event import events_of
from ocr_server.domain.job import Job, JobError, JobState
from ocr_server.stack.postgres_process import PostgresProcess
from tests.postgres_fixture import opened


async def put_one_in(database: PostgresDatabase) -> Job:
    jobs = PostgresJobs(database)
    job = Job(str(uuid.uuid4()), "shop-a", JobState.QUEUED, RecognizeOptions(), "0" * 64, datetime.now(UTC))
    await jobs.create(job)
    await jobs.finish(job.job_id, JobState.FAILED, error=JobError("INVALID_IMAGE", "It is torn."))
    return await jobs.get("shop-a", job.job_id)


async def end_connection_of_the_lock(url: str) -> None:
    connection = await asyncpg.connect(url)
    ended = await connection.fetch(
        "SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_database ON pg_database.oid = database "
        "WHERE locktype = 'advisory' AND granted AND datname = current_database()"
    )
    await connection.close()
    assert len(ended) == 1


async def test_who_loses_the_connection_is_told_and_the_next_one_reads(database: str) -> None:
    async with opened(database) as one, opened(database) as other:
        job = await put_one_in(one)
        is_other_in = asyncio.Event()

        async def wait_and_read() -> list[str]:
            outbox = PostgresOutbox(other)
            async with outbox.sole_reader():
                is_other_in.set()
                return [event.event_id for event in await outbox.unpublished(limit=10)]

        outbox = PostgresOutbox(one)
        async with outbox.sole_reader():
            events = await outbox.unpublished(limit=10)
            assert events == list(events_of(job))
            waiting = asyncio.create_task(wait_and_read())
            await asyncio.sleep(0.3)
            assert not is_other_in.is_set()
            await end_connection_of_the_lock(database)
            async with asyncio.timeout(10):
                await is_other_in.wait()
            with pytest.raises(DependencyUnavailable):
                await outbox.unpublished(limit=10)
            with pytest.raises(DependencyUnavailable):
                await outbox.mark_published(events)
        assert await waiting == [event.event_id for event in events], "nothing was marked"
        async with outbox.sole_reader():
            await outbox.mark_published(events)
            assert await outbox.unpublished(limit=10) == []


async def test_an_error_within_the_block_comes_out_as_it_is(database: str) -> None:
    async with opened(database) as process:
        outbox = PostgresOutbox(process)
        with pytest.raises(TimeoutError, match="of the broker"):
            async with outbox.sole_reader():
                raise TimeoutError("of the broker")
        async with asyncio.timeout(5), outbox.sole_reader():
            pass


async def test_who_gives_up_waiting_leaves_no_lock(database: str) -> None:
    async with opened(database) as one, opened(database) as other:
        async with PostgresOutbox(one).sole_reader():
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.3), PostgresOutbox(other).sole_reader():
                    pass
        async with asyncio.timeout(5), PostgresOutbox(one).sole_reader():
            pass


async def test_events_outlive_a_postgres_that_is_killed(mortal_postgres: PostgresProcess) -> None:
    async with opened(mortal_postgres.url) as process:
        job = await put_one_in(process)
        outbox = PostgresOutbox(process)
        async with outbox.sole_reader():
            await mortal_postgres.kill()
            with pytest.raises(DependencyUnavailable):
                await outbox.unpublished(limit=10)
        with pytest.raises(DependencyUnavailable):
            async with outbox.sole_reader():
                pass
        await mortal_postgres.start()
        async with outbox.sole_reader():
            assert await outbox.unpublished(limit=10) == list(events_of(job))
