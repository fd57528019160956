"""A server's worth of jobs in a process of its own, to be killed.

usage: job_process.py FOLDER MODE AFTER_SEQ. Recovers what is in FOLDER or else submits one job, watches it after
AFTER_SEQ, and prints one line of JSON an event and, at its end, one for the job. MODE says how reading goes:
``slow`` never ends, ``deadly`` kills the process, ``well`` ends.
"""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import structlog

from ocr_server.adapters.embedded.cpu_pool import CpuPool
from ocr_server.adapters.embedded.folder_blobs import FolderBlobs
from ocr_server.adapters.embedded.memory_queue import MemoryQueue
from ocr_server.adapters.embedded.sqlite_batches import SqliteBatches
from ocr_server.adapters.embedded.sqlite_database import SqliteDatabase
from ocr_server.adapters.embedded.sqlite_jobs import SqliteJobs
from ocr_server.domain.document import Document, DocumentType, Recognition, RecognizeOptions, Timing
from ocr_server.domain.job import Job
from ocr_server.domain.progress import Stage, StageProgress
from ocr_server.job_progress import Tell
from ocr_server.job_worker import JobWorker
from ocr_server.jobs import Jobs
from ocr_server.sweeper import Sweeper


async def main(folder: Path, mode: str, after_seq: int) -> None:
    async def process(job: Job, image: bytes, tell: Tell) -> Recognition:
        with (folder / "begun").open("a") as log:
            log.write(f"{os.getpid()}\n")
        if mode == "deadly":
            os.kill(os.getpid(), signal.SIGKILL)
        lines_total = 1_000_000 if mode == "slow" else 20
        for done in range(lines_total):
            tell(StageProgress(Stage.RECOGNIZE, done / lines_total, 1, 1, done, lines_total))
            await asyncio.sleep(0.02)
        document = Document(f"read by {os.getpid()}: {image.decode()}", DocumentType.UNKNOWN, ())
        return Recognition(document, Timing(0.0, 0.0, ()), "")

    database = await SqliteDatabase.open(folder / "jobs.sqlite3")
    store, queue, blobs = SqliteJobs(database), MemoryQueue(10), FolderBlobs(folder / "blobs")
    jobs = Jobs(
        store=store,
        batches=SqliteBatches(database),
        queue=queue,
        blobs=blobs,
        compute=CpuPool(1),
        check=lambda image, options: None,
    )
    await Sweeper(store=store, queue=queue).sweep(silent_for_s=0.0)
    worker = JobWorker(store=store, queue=queue, blobs=blobs, process=process, max_job_s=600.0)
    working = asyncio.create_task(worker.run())
    job = await jobs.submit("shop-a", b"an image", RecognizeOptions(), request_id="the one")
    async for event in jobs.watch("shop-a", job.job_id, after_seq=after_seq):
        print(json.dumps([event.seq, event.state.value, event.progress is not None]), flush=True)
    job = await jobs.get("shop-a", job.job_id)
    read = job.recognition.document.document_id if job.recognition else None
    print(json.dumps([job.state.value, job.attempt, job.error.reason if job.error else None, read]), flush=True)
    working.cancel()
    os._exit(0)  # as abrupt as the other ends: nothing is left to a tidy one


if __name__ == "__main__":
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
