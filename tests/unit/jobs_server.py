"""A server's worth of jobs in this process, over the real embedded adapters; only the reading is a small coroutine."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from ocr_server.adapters.embedded.cpu_pool import CpuPool
from ocr_server.adapters.embedded.folder_blobs import FolderBlobs
from ocr_server.adapters.embedded.memory_queue import MemoryQueue
from ocr_server.adapters.embedded.sqlite_batches import SqliteBatches
from ocr_server.adapters.embedded.sqlite_database import SqliteDatabase
from ocr_server.adapters.embedded.sqlite_dead_letters import SqliteDeadLetters
from ocr_server.adapters.embedded.sqlite_jobs import SqliteJobs
from ocr_server.domain.document import Document, DocumentType, Recognition, RecognizeOptions, Timing
from ocr_server.domain.errors import InvalidImage
from ocr_server.domain.job import Job
from ocr_server.job_progress import Tell
from ocr_server.job_worker import JobWorker
from ocr_server.jobs import Jobs
from ocr_server.sweeper import Sweeper

Read = Callable[[bytes, RecognizeOptions, Tell], Awaitable[Recognition]]


def read(image: bytes, options: RecognizeOptions) -> Recognition:
    """A recognition that tells which image and engine it came from."""
    document = Document(image.decode(), DocumentType.UNKNOWN, ())
    return Recognition(document, Timing(0.0, 0.0, ()), options.engine.value)


async def read_at_once(image: bytes, options: RecognizeOptions, tell: Tell) -> Recognition:
    return read(image, options)


class Reading:
    """A process that says when it has begun and waits to be let on; knows if it was stopped."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.go_on = asyncio.Event()
        self.stopped = asyncio.Event()

    async def __call__(self, image: bytes, options: RecognizeOptions, tell: Tell) -> Recognition:
        self.begun.set()
        try:
            await self.go_on.wait()
        except asyncio.CancelledError:
            self.stopped.set()
            raise
        return read(image, options)


def check(image: bytes, options: RecognizeOptions) -> None:
    if not image:
        raise InvalidImage("The image is empty.")


class Server:
    """What one process has; begin another one on the same folder to restart."""

    def __init__(
        self, folder: Path, database: SqliteDatabase, compute: CpuPool, read: Read, capacity: int, max_job_s: float
    ) -> None:
        async def process(job: Job, image: bytes, tell: Tell) -> Recognition:
            return await read(image, job.options, tell)

        self.store = SqliteJobs(database)
        self.dead_letters = SqliteDeadLetters(database)
        self.blobs = FolderBlobs(folder / "blobs")
        self.queue = MemoryQueue(capacity)
        self.worker = JobWorker(
            store=self.store, queue=self.queue, blobs=self.blobs, process=process, max_job_s=max_job_s
        )
        self.jobs = Jobs(
            store=self.store,
            batches=SqliteBatches(database),
            queue=self.queue,
            blobs=self.blobs,
            compute=compute,
            check=check,
            stop_here=self.worker.stop,
            max_batch_items=5,
        )
        self.sweeper = Sweeper(store=self.store, queue=self.queue)


@asynccontextmanager
async def server(
    folder: Path, read: Read = read_at_once, *, workers: int = 1, capacity: int = 10, max_job_s: float = 60.0
) -> AsyncIterator[Server]:
    """Start, recover, work; at the end stop as a server does that shuts down and waits for nothing."""
    database = await SqliteDatabase.open(folder / "jobs.sqlite3")
    compute = CpuPool(1)
    try:
        running = Server(folder, database, compute, read, capacity, max_job_s)
        await running.sweeper.sweep(silent_for_s=0.0)
        tasks = [asyncio.create_task(running.worker.run()) for _ in range(workers)]
        yield running
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(end, asyncio.CancelledError) for end in ended), ended
    finally:
        await database.close()
        await compute.close()
