"""What PostgreSQL does beyond the ports: several processes on one database, and a database that goes and comes."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest

from ocr_server.adapters.embedded.folder_blobs import FolderBlobs
from ocr_server.adapters.embedded.memory_queue import MemoryQueue
from ocr_server.adapters.production import postgres_database
from ocr_server.adapters.production.postgres_jobs import PostgresJobs
from ocr_server.domain.document import Document, DocumentType, Recognition, RecognizeOptions, Timing
from ocr_server.domain.errors import DependencyUnavailable
from ocr_server.domain.job import Job, JobEvent, JobState
from ocr_server.domain.progress import Stage, StageProgress
from ocr_server.job_progress import Tell
from ocr_server.job_worker import JobWorker
from ocr_server.stack.postgres_process import PostgresProcess
from tests.postgres_fixture import opened

QUEUED, RUNNING, SUCCEEDED, FAILED, CANCELLED = JobState
RECOGNITION = Recognition(Document("d", DocumentType.UNKNOWN, ()), Timing(0.0, 0.0, ()), "")
PROGRESS = StageProgress(Stage.DECODE, 0.5)


def make_job(image_digest: str = "0" * 64) -> Job:
    return Job(str(uuid.uuid4()), "shop-a", QUEUED, RecognizeOptions(), image_digest, datetime.now(UTC))


@asynccontextmanager
async def opened_jobs(url: str) -> AsyncIterator[PostgresJobs]:
    async with opened(url) as database:
        yield PostgresJobs(database)


async def read(store: PostgresJobs, job: Job, after_seq: int = 0) -> list[JobEvent]:
    async with asyncio.timeout(30):
        return [event async for event in store.watch("shop-a", job.job_id, after_seq=after_seq)]


async def create_until_unavailable(store: PostgresJobs, created: list[Job]) -> None:
    with suppress(DependencyUnavailable):
        while True:
            job = make_job()
            await store.create(job)
            created.append(job)


async def test_what_one_process_does_another_one_hears(database: str) -> None:
    async with opened_jobs(database) as worker, opened_jobs(database) as server:
        job = make_job()
        await server.create(job)
        watching = asyncio.create_task(read(server, job))
        assert await worker.start_next()
        await worker.record_progress(job.job_id, 1, [PROGRESS])
        await asyncio.sleep(0.2)
        before_s = asyncio.get_running_loop().time()
        assert await worker.finish(job.job_id, SUCCEEDED, attempt=1, recognition=RECOGNITION)
        events = await watching
        assert asyncio.get_running_loop().time() - before_s < postgres_database._LOOK_AGAIN_S / 2, "told, not found out"
        assert [event.seq for event in events] == [1, 2, 3, 4]
        assert (await server.get("shop-a", job.job_id)).recognition == RECOGNITION


async def test_what_nobody_told_is_found_out(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_database, "_LOOK_AGAIN_S", 0.2)
    async with opened_jobs(database) as store:
        job = make_job()
        await store.create(job)
        watching = asyncio.create_task(read(store, job))
        await asyncio.sleep(0.1)
        monkeypatch.setattr(store._database.news, "tell", lambda key: None)  # as if the process were killed before it
        await store.finish(job.job_id, CANCELLED)
        assert [event.state for event in await watching] == [QUEUED, CANCELLED]


async def test_a_killed_postgres_is_unavailable_and_all_goes_on_when_it_is_back(
    mortal_postgres: PostgresProcess,
) -> None:
    async with opened_jobs(mortal_postgres.url) as store:
        watched, other = make_job(), make_job()
        for job in (watched, other):
            await store.create(job)
            await store.start_next()
        watching = asyncio.create_task(read(store, watched))
        created: list[Job] = []
        creating = asyncio.gather(*(create_until_unavailable(store, created) for _ in range(8)))
        await asyncio.gather(*(store.create(make_job()) for _ in range(50)))
        await mortal_postgres.kill()  # in the middle of the work
        await creating
        for call in (
            store.create(make_job()),
            store.get("shop-a", other.job_id),
            store.list_jobs("shop-a", page_size=1),
            store.start_next(),
            store.heartbeat(other.job_id, 1),
            store.record_progress(other.job_id, 1, [PROGRESS]),
            store.finish(other.job_id, CANCELLED),
            store.requeue(other.job_id, 1),
            store.requeue_silent(silent_for_s=0),
            store.count_waiting(),
            store.forget_ended(older_than_s=0, limit=1),
        ):
            with pytest.raises(DependencyUnavailable) as unavailable:
                await call
            assert unavailable.value.retry_after_s > 0
        assert not watching.done()

        await mortal_postgres.start()
        for job in created:
            assert await store.get("shop-a", job.job_id) == job, "what was confirmed is there"
        for job in (watched, other):
            assert await store.heartbeat(job.job_id, 1)
            assert await store.finish(job.job_id, SUCCEEDED, attempt=1, recognition=RECOGNITION)
        assert [event.seq for event in await watching] == [1, 2, 3]
        assert [event.state for event in await read(store, other)] == [QUEUED, RUNNING, SUCCEEDED]


async def test_a_worker_keeps_what_it_has_read_until_postgres_is_back(
    mortal_postgres: PostgresProcess, tmp_path: Path
) -> None:
    is_begun, go_on = asyncio.Event(), asyncio.Event()

    async def process(job: Job, image: bytes, tell: Tell) -> Recognition:
        is_begun.set()
        await go_on.wait()
        tell(PROGRESS)
        return RECOGNITION

    async with opened_jobs(mortal_postgres.url) as store:
        queue, blobs = MemoryQueue(1), FolderBlobs(tmp_path)
        worker = JobWorker(store=store, queue=queue, blobs=blobs, process=process, max_job_s=60.0)
        working = asyncio.create_task(worker.run())
        job = make_job(image_digest=await blobs.put("shop-a", b"an image"))
        await store.create(job)
        await queue.put()
        await is_begun.wait()
        watching = asyncio.create_task(read(store, job))
        await mortal_postgres.kill()
        go_on.set()
        await asyncio.sleep(0.3)
        assert not working.done()
        await mortal_postgres.start()
        assert [event.state for event in await watching] == [QUEUED, RUNNING, SUCCEEDED]
        assert (await store.get("shop-a", job.job_id)).recognition == RECOGNITION
        working.cancel()
        await asyncio.wait({working})


async def test_who_watches_is_told_when_postgres_stays_away(
    mortal_postgres: PostgresProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_database, "_WATCHERS_PATIENCE_S", 0.5)
    async with opened_jobs(mortal_postgres.url) as store:
        job = make_job()
        await store.create(job)
        watching = asyncio.create_task(read(store, job))
        await asyncio.sleep(0.2)
        await mortal_postgres.kill()
        with pytest.raises(DependencyUnavailable):
            await watching


async def test_connections_that_the_server_ends_are_made_anew(database: str) -> None:
    async with opened_jobs(database) as store:
        job = make_job()
        await store.create(job)
        watching = asyncio.create_task(read(store, job))
        connection = await asyncpg.connect(database)
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        await connection.close()
        await asyncio.sleep(0.5)
        await store.finish(job.job_id, CANCELLED)
        assert [event.state for event in await watching] == [QUEUED, CANCELLED]
