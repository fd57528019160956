"""What PostgresJobs does beyond its port: several processes on one database, and a database that goes and comes."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from ocr_server.adapters.embedded.cpu_pool import CpuPool
from ocr_server.adapters.embedded.folder_blobs import FolderBlobs
from ocr_server.adapters.embedded.memory_queue import MemoryQueue
from ocr_server.adapters.production import postgres_jobs
from ocr_server.adapters.production.postgres_jobs import PostgresJobs
from ocr_server.adapters.production.postgres_migrations import migrate
from ocr_server.domain.document import Document, DocumentType, Recognition, RecognizeOptions, Timing
from ocr_server.domain.errors import DependencyUnavailable
from ocr_server.domain.job import Job, JobEvent, JobState
from ocr_server.domain.progress import Progress, Stage, StageProgress
from ocr_server.jobs import Jobs
from ocr_server.stack.postgres_process import PostgresProcess, run_postgres
from tests.postgres_fixture import ENVIRONMENT

QUEUED, RUNNING, SUCCEEDED, FAILED, CANCELLED = JobState
RECOGNITION = Recognition(Document("d", DocumentType.UNKNOWN, ()), Timing(0.0, 0.0, ()), "")
PROGRESS = StageProgress(Stage.DECODE, 0.5)


def make_job() -> Job:
    return Job(str(uuid.uuid4()), "shop-a", QUEUED, RecognizeOptions(), "0" * 64, datetime.now(UTC))


def password_of(url: str) -> str:
    password = urlsplit(url).password
    assert password
    return password


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[PostgresJobs]:
    store = await PostgresJobs.open(url)
    try:
        yield store
    finally:
        await store.close()


@pytest.fixture
async def mortal() -> AsyncIterator[PostgresProcess]:
    """A PostgreSQL of this test's own, to be killed."""
    async with run_postgres(ENVIRONMENT) as process:
        await migrate(process.url)
        yield process


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
    async with opened(database) as worker, opened(database) as server:
        job = make_job()
        await server.create(job)
        watching = asyncio.create_task(read(server, job))
        assert await worker.start(job.job_id)
        await worker.record_progress(job.job_id, 1, PROGRESS)
        await asyncio.sleep(0.2)
        before_s = asyncio.get_running_loop().time()
        assert await worker.finish(job.job_id, SUCCEEDED, attempt=1, recognition=RECOGNITION)
        events = await watching
        assert asyncio.get_running_loop().time() - before_s < postgres_jobs._LOOK_AGAIN_S / 2, "told, not found out"
        assert [event.seq for event in events] == [1, 2, 3, 4]
        assert (await server.get("shop-a", job.job_id)).recognition == RECOGNITION


async def test_what_nobody_told_is_found_out(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_jobs, "_LOOK_AGAIN_S", 0.2)
    async with opened(database) as store:
        job = make_job()
        await store.create(job)
        watching = asyncio.create_task(read(store, job))
        await asyncio.sleep(0.1)
        monkeypatch.setattr(store._news, "tell", lambda job_id: None)  # as if the process were killed before it
        await store.finish(job.job_id, CANCELLED)
        assert [event.state for event in await watching] == [QUEUED, CANCELLED]


async def test_each_silent_job_is_taken_up_by_one_process(database: str) -> None:
    async with opened(database) as one, opened(database) as other:
        jobs = [make_job() for _ in range(20)]
        for job in jobs:
            await one.create(job)
            await one.start(job.job_id)
        await asyncio.sleep(1.1)
        taken = await asyncio.gather(*(store.requeue_running(silent_for_s=1.0) for store in [one, other] * 4))
        assert sorted(job.job_id for part in taken for job in part) == sorted(job.job_id for job in jobs)
        for job in jobs:
            await one.finish(job.job_id, CANCELLED)
            assert [event.state for event in await read(other, job)] == [QUEUED, RUNNING, QUEUED, CANCELLED]


async def test_a_killed_postgres_is_unavailable_and_all_goes_on_when_it_is_back(mortal: PostgresProcess) -> None:
    async with opened(mortal.url) as store:
        watched, other = make_job(), make_job()
        for job in (watched, other):
            await store.create(job)
            await store.start(job.job_id)
        watching = asyncio.create_task(read(store, watched))
        created: list[Job] = []
        creating = asyncio.gather(*(create_until_unavailable(store, created) for _ in range(8)))
        await asyncio.gather(*(store.create(make_job()) for _ in range(50)))
        await mortal.kill()  # in the middle of the work
        await creating
        for call in (
            store.create(make_job()),
            store.get("shop-a", other.job_id),
            store.list_jobs("shop-a", page_size=1),
            store.start(other.job_id),
            store.heartbeat(other.job_id, 1),
            store.record_progress(other.job_id, 1, PROGRESS),
            store.finish(other.job_id, CANCELLED),
            store.requeue_running(),
        ):
            with pytest.raises(DependencyUnavailable) as unavailable:
                await call
            assert unavailable.value.retry_after_s > 0
        assert not watching.done()

        await mortal.start()
        for job in created:
            assert await store.get("shop-a", job.job_id) == job, "what was confirmed is there"
        for job in (watched, other):
            assert await store.heartbeat(job.job_id, 1)
            assert await store.finish(job.job_id, SUCCEEDED, attempt=1, recognition=RECOGNITION)
        assert [event.seq for event in await watching] == [1, 2, 3]
        assert [event.state for event in await read(store, other)] == [QUEUED, RUNNING, SUCCEEDED]


async def test_a_worker_keeps_what_it_has_read_until_postgres_is_back(mortal: PostgresProcess, tmp_path: Path) -> None:
    is_begun, go_on = asyncio.Event(), asyncio.Event()

    async def process(image: bytes, options: RecognizeOptions, tell: Callable[[Progress], None]) -> Recognition:
        is_begun.set()
        await go_on.wait()
        tell(PROGRESS)
        return RECOGNITION

    async with opened(mortal.url) as store:
        compute = CpuPool(1)
        jobs = Jobs(
            store=store,
            queue=MemoryQueue(1),
            blobs=FolderBlobs(tmp_path),
            compute=compute,
            check=lambda image, options: None,
            process=process,
        )
        worker = asyncio.create_task(jobs.run_worker())
        job = await jobs.submit("shop-a", b"an image", RecognizeOptions())
        await is_begun.wait()
        watching = asyncio.create_task(read(store, job))
        await mortal.kill()
        go_on.set()
        await asyncio.sleep(0.3)
        assert not worker.done()
        with pytest.raises(DependencyUnavailable):
            await jobs.submit("shop-a", b"another image", RecognizeOptions())
        await mortal.start()
        assert [event.state for event in await watching] == [QUEUED, RUNNING, SUCCEEDED]
        assert (await jobs.get("shop-a", job.job_id)).recognition == RECOGNITION
        worker.cancel()
        await asyncio.wait({worker})
        await compute.close()


async def test_who_watches_is_told_when_postgres_stays_away(
    mortal: PostgresProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_jobs, "_WATCHERS_PATIENCE_S", 0.5)
    async with opened(mortal.url) as store:
        job = make_job()
        await store.create(job)
        watching = asyncio.create_task(read(store, job))
        await asyncio.sleep(0.2)
        await mortal.kill()
        with pytest.raises(DependencyUnavailable):
            await watching
        with pytest.raises(DependencyUnavailable) as unavailable:
            await PostgresJobs.open(mortal.url)
        assert password_of(mortal.url) not in f"{unavailable.value!r} {unavailable.value.__cause__!r}"


async def test_connections_that_the_server_ends_are_made_anew(database: str) -> None:
    async with opened(database) as store:
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


@pytest.mark.parametrize(
    "change",
    [("://ocr:", "://nobody-here:"), ("/migrated", "/not-there"), ("postgresql://", "mysql://"), ("127.0.0.1", "[h")],
)
async def test_a_wrong_url_is_told_without_its_password(database: str, change: tuple[str, str]) -> None:
    with pytest.raises((DependencyUnavailable, RuntimeError), match="OCR_DATABASE_URL") as refused:
        await PostgresJobs.open(database.replace(*change))
    assert password_of(database) not in f"{refused.value!r} {refused.value.__cause__!r}"


@pytest.mark.parametrize("password", ["sl/ash", "ha#sh", "[bracket"])
async def test_a_password_that_breaks_the_url_is_not_shown(password: str) -> None:
    with pytest.raises(RuntimeError, match="OCR_DATABASE_URL") as refused:
        await PostgresJobs.open(f"postgresql://ocr:{password}@127.0.0.1:1/ocr")
    assert refused.value.__suppress_context__
    for part in (password[:2], password[-4:]):
        assert part not in str(refused.value)
