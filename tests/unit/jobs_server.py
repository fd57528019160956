"""A server's worth of jobs in this process, over the real embedded adapters; only the reading is a small coroutine."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from ocr_server.adapters.embedded.cpu_pool import CpuPool
from ocr_server.adapters.embedded.folder_blobs import FolderBlobs
from ocr_server.adapters.embedded.memory_queue import MemoryQueue
from ocr_server.adapters.embedded.sqlite_jobs import SqliteJobs
from ocr_server.domain.document import Document, DocumentType, Recognition, RecognizeOptions, Timing
from ocr_server.domain.errors import InvalidImage
from ocr_server.domain.progress import Progress
from ocr_server.jobs import Jobs, Process

Tell = Callable[[Progress], None]


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

    def __init__(self, folder: Path, store: SqliteJobs, compute: CpuPool, process: Process, capacity: int) -> None:
        self.store = store
        self.blobs = FolderBlobs(folder / "blobs")
        self.queue = MemoryQueue(capacity)
        self.jobs = Jobs(store=store, queue=self.queue, blobs=self.blobs, compute=compute, check=check, process=process)


@asynccontextmanager
async def server(
    folder: Path, process: Process = read_at_once, *, workers: int = 1, capacity: int = 10
) -> AsyncIterator[Server]:
    """Start, recover, work; at the end stop as a server does that shuts down."""
    store = await SqliteJobs.open(folder / "jobs.sqlite3")
    compute = CpuPool(1)
    try:
        running = Server(folder, store, compute, process, capacity)
        await running.jobs.recover()
        tasks = [asyncio.create_task(running.jobs.run_worker()) for _ in range(workers)]
        yield running
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(end, asyncio.CancelledError) for end in ended), ended
    finally:
        await store.close()
        await compute.close()
