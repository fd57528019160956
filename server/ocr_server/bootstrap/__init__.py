"""The composition root: the only room that chooses which parts stand behind the ports.

``reading.py`` chooses what reads documents, ``keeping.py`` where all is kept; here they become a server.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from ocr_server.bootstrap.keeping import (
    Blobs,
    Stores,
    open_answers,
    open_blobs,
    open_publisher,
    open_queue,
    open_stores,
)
from ocr_server.bootstrap.reading import door, open_known_results, open_parts
from ocr_server.domain.document import Recognition
from ocr_server.domain.job import Job
from ocr_server.feedback import Feedback
from ocr_server.fresh_versions import FreshVersions
from ocr_server.images import Images
from ocr_server.job_progress import Tell
from ocr_server.job_worker import JobWorker
from ocr_server.jobs import Jobs
from ocr_server.metrics import Metrics
from ocr_server.pipeline.process import Parts
from ocr_server.ports import Answers, DeadLetters, JobQueue
from ocr_server.reader import DocumentReader
from ocr_server.relay import Relay
from ocr_server.settings import Settings
from ocr_server.sweeper import Sweeper

OpenParts = Callable[[Settings, Metrics], AbstractAsyncContextManager[tuple[Parts, FreshVersions]]]


@dataclass(frozen=True, slots=True)
class Background:
    """What a process does besides answering calls.

    workers: how many jobs are read at a time. is_alone: no other process shares the jobs, so that those which run when
    this one starts are nobody's.
    """

    worker: JobWorker
    workers: int
    sweeper: Sweeper
    relay: Relay
    is_alone: bool


@dataclass(frozen=True, slots=True)
class App:
    """A whole server but for its sockets."""

    reader: DocumentReader
    answers: Answers
    images: Images
    jobs: Jobs
    feedback: Feedback
    background: Background
    metrics: Metrics


@asynccontextmanager
async def open_reader(settings: Settings) -> AsyncIterator[DocumentReader]:
    """Open what reads documents, without jobs or sockets: enough for the command line."""
    metrics = Metrics()
    async with open_parts(settings, metrics) as (parts, _):
        yield DocumentReader(parts, door(settings), metrics)


@asynccontextmanager
async def open_dead_letters(settings: Settings) -> AsyncIterator[DeadLetters]:
    """Open the jobs' store alone. Raises what opening it raises."""
    async with AsyncExitStack() as stack:
        yield (await open_stores(settings, stack)).dead_letters


@asynccontextmanager
async def open_app(settings: Settings, open_parts: OpenParts = open_parts) -> AsyncIterator[App]:
    """Open everything behind the sockets; close it in reverse.

    open_parts: what reads, for whoever wants to know what all the rest costs or survives.

    Raises DependencyUnavailable if PostgreSQL, S3 or Triton is not there, and RuntimeError if a setting cannot be read
    or a store is not fit for this server. Redis and Kafka need not be there yet.
    """
    metrics = Metrics()
    async with AsyncExitStack() as stack:
        parts, fresh = await stack.enter_async_context(open_parts(settings, metrics))
        known = await open_known_results(settings, parts, fresh, metrics, stack)
        reader = DocumentReader(parts, door(settings), metrics, known)
        stores = await open_stores(settings, stack)
        blobs = await open_blobs(settings, stack)
        queue = await open_queue(settings, stack)
        worker = _worker(settings, reader, stores, blobs, queue, metrics)
        sweeper = Sweeper(
            store=stores.jobs,
            queue=queue,
            observe=metrics.observe_waiting_jobs,
            result_retention_days=settings.result_retention_days,
            forget_images=blobs.forget_old,
        )
        relay = Relay(stores.outbox, await open_publisher(settings, stack), metrics.observe_published)
        is_alone = not settings.database_url.get_secret_value()
        yield App(
            reader=reader,
            answers=await open_answers(settings, stack),
            images=Images(
                blobs.store,
                blobs.presigned,
                reader.compute,
                settings.limits,
                retention_days=settings.image_retention_days,
            ),
            jobs=Jobs(
                store=stores.jobs,
                batches=stores.batches,
                queue=queue,
                blobs=blobs.store,
                compute=reader.compute,
                check=reader.check,
                stop_here=worker.stop,
                max_batch_items=settings.limits.max_batch_items,
            ),
            feedback=Feedback(store=stores.corrections, compute=reader.compute, observe=metrics.observe_judgement),
            background=Background(worker, settings.jobs_at_a_time, sweeper, relay, is_alone),
            metrics=metrics,
        )


def _worker(
    settings: Settings, reader: DocumentReader, stores: Stores, blobs: Blobs, queue: JobQueue, metrics: Metrics
) -> JobWorker:
    async def process(job: Job, image: bytes, tell: Tell) -> Recognition:
        # The job's own deadline and queue bound it, so it waits for its permit outside of the waiting room.
        return await reader.read(image, job.options, tell, tenant=job.tenant, patient=True)

    return JobWorker(
        store=stores.jobs,
        queue=queue,
        blobs=blobs.store,
        process=process,
        max_job_s=settings.limits.max_job_s,
        observe=metrics.observe_job,
    )
