"""Jobs: recognitions that outlive the call that asked for them, and the process that began them."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

import structlog

from ocr_server.domain.batch import Batch, BatchCounts, BatchEvent
from ocr_server.domain.document import RecognizeOptions
from ocr_server.domain.errors import DependencyUnavailable, InvalidImage, InvalidRequest, JobNotCancellable
from ocr_server.domain.image import ImageSource, StoredImage
from ocr_server.domain.job import Job, JobEvent, JobState, Priority
from ocr_server.ports import BatchStore, BlobStore, Compute, JobQueue, JobStore

T = TypeVar("T")
Check = Callable[[bytes, RecognizeOptions], object]

DEFAULT_PAGE_SIZE = 50
MAX_PAGE_SIZE = 200
# Images of one batch on their way into the blob store.
_UPLOADS_AT_A_TIME = 8

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class BatchItem:
    """One image of a batch that is submitted."""

    image: ImageSource
    options: RecognizeOptions


class Jobs:
    """What can be done with jobs, but for the work itself (``job_worker.py``).

    check: refuses at the door what could never be read (raises InvalidImage or EngineUnavailable); runs on a
        thread of ``compute``.
    stop_here: ends the work on a job if it is done in this process; other processes learn it from the store.

    The store alone says what state a job is in; the queue only calls workers. So a crash at any point leaves a job that
    is stored, and then is read, or none at all, and two that want to end a job cannot both do so.
    """

    def __init__(
        self,
        *,
        store: JobStore,
        batches: BatchStore,
        queue: JobQueue,
        blobs: BlobStore,
        compute: Compute,
        check: Check,
        stop_here: Callable[[str], None] = lambda job_id: None,
        max_batch_items: int = 1000,
    ) -> None:
        self._store = store
        self._batches = batches
        self._queue = queue
        self._blobs = blobs
        self._compute = compute
        self._check = check
        self._stop_here = stop_here
        self._max_batch_items = max_batch_items
        self._unbroken: set[asyncio.Task[object]] = set()

    async def submit(self, tenant: str, image: ImageSource, options: RecognizeOptions, request_id: str = "") -> Job:
        """Take a job on; once this returns, it survives a crash. The same request_id gives the same job.

        Raises what ``check`` raises, NotFound for a stored image that this tenant has not, IdempotencyConflict,
        Overloaded, and DependencyUnavailable. After the last a job may have been stored nevertheless; a repetition
        with the same request_id finds it.
        """
        await self._look_at(image, options)
        return await self._to_the_end(self._take_on(tenant, image, options, request_id))

    async def _take_on(self, tenant: str, image: ImageSource, options: RecognizeOptions, request_id: str) -> Job:
        async with self._queue.reserve():
            # Blob, row, call: a row has its image, and who is called finds the row. What a crash can leave is a blob
            # without a row, which the next try uses, or a row that nobody was called for, which the sweeper finds.
            digest = await self._keep(tenant, image)
            job, is_new = await self._store.create(_new_job(tenant, digest, options, request_id))
            if is_new:
                await self._call_workers()
        return job

    async def submit_batch(self, tenant: str, items: Sequence[BatchItem], request_id: str = "") -> Batch:
        """Take a batch on, all of its images or none, as ``submit`` does one.

        Raises what ``submit`` raises; what is wrong with one image names it, as in ``items[3].image``.
        """
        if not 1 <= len(items) <= self._max_batch_items:
            message = f"A batch has 1 to {self._max_batch_items} items; this one has {len(items)}."
            raise InvalidRequest(message, field="items")
        for index, item in enumerate(items):
            try:
                await self._look_at(item.image, item.options)
            except InvalidImage as error:
                raise InvalidRequest(str(error), field=f"items[{index}].image") from error
        return await self._to_the_end(self._take_on_batch(tenant, items, request_id))

    async def _take_on_batch(self, tenant: str, items: Sequence[BatchItem], request_id: str) -> Batch:
        batch_id = str(uuid.uuid4())
        uploads = asyncio.Semaphore(_UPLOADS_AT_A_TIME)

        async def store(item: BatchItem) -> Job:
            async with uploads:
                digest = await self._keep(tenant, item.image)
            return _new_job(tenant, digest, item.options, priority=Priority.BATCH, batch_id=batch_id)

        async with self._queue.reserve(len(items)):
            jobs = await _gathered([store(item) for item in items])
            job_ids = tuple(job.job_id for job in jobs)
            counts = BatchCounts(queued=len(jobs))
            batch = Batch(batch_id, tenant, job_ids, counts, datetime.now(UTC), request_id)
            batch, is_new = await self._batches.create_batch(batch, jobs)
            if is_new:
                await self._call_workers(len(jobs))
        return batch

    async def get(self, tenant: str, job_id: str) -> Job:
        """Return the job. Raises NotFound."""
        return await self._store.get(tenant, job_id)

    async def get_batch(self, tenant: str, batch_id: str) -> Batch:
        """Return the batch. Raises NotFound."""
        return await self._batches.get_batch(tenant, batch_id)

    async def list_jobs(
        self, tenant: str, *, page_size: int = 0, page_token: str = "", states: Sequence[JobState] = ()
    ) -> tuple[list[Job], str]:
        """Return a page of jobs, newest first, and the token of the next page (AIP-158).

        page_size: 0 for the default; more than the maximum means the maximum. Raises InvalidRequest.
        """
        if page_size < 0:
            raise InvalidRequest(f"page_size is {page_size}; it must not be negative.", field="page_size")
        size = min(page_size or DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE)
        return await self._store.list_jobs(tenant, page_size=size, page_token=page_token, states=states)

    async def cancel(self, tenant: str, job_id: str) -> Job:
        """End a job that has not ended and stop its work. Raises NotFound or JobNotCancellable."""
        await self._store.get(tenant, job_id)
        return await self._to_the_end(self._end_cancelled(tenant, job_id))

    async def _end_cancelled(self, tenant: str, job_id: str) -> Job:
        if not await self._store.finish(job_id, JobState.CANCELLED):
            raise JobNotCancellable(f"Job {job_id} has ended already.")
        self._stop_here(job_id)
        return await self._store.get(tenant, job_id)

    def watch(self, tenant: str, job_id: str, *, after_seq: int = 0) -> AsyncIterator[JobEvent]:
        """Yield the job's events after after_seq up to its end. Raises NotFound at the first step."""
        return self._store.watch(tenant, job_id, after_seq=after_seq)

    def watch_batch(self, tenant: str, batch_id: str, *, after_seq: int = 0) -> AsyncIterator[BatchEvent]:
        """Yield what happened in the batch after after_seq up to its end. Raises NotFound at the first step."""
        return self._batches.watch_batch(tenant, batch_id, after_seq=after_seq)

    async def _look_at(self, image: ImageSource, options: RecognizeOptions) -> None:
        if not isinstance(image, StoredImage):  # which is looked at when it is read
            await self._compute.run(self._check, image, options)

    async def _keep(self, tenant: str, image: ImageSource) -> str:
        """Store the image, or see that it is stored, and return its digest."""
        if not isinstance(image, StoredImage):
            return await self._blobs.put(tenant, image)
        await self._blobs.stat(tenant, image.image_id)
        return image.image_id

    async def _call_workers(self, calls: int = 1) -> None:
        with suppress(DependencyUnavailable):  # the job is stored, and the sweeper calls where this did not
            await self._queue.put(calls)

    async def _to_the_end(self, steps: Coroutine[None, None, T]) -> T:
        """Take all steps also if the caller goes away: between two of them a job would be stored but not called for."""
        task = asyncio.create_task(steps)
        self._unbroken.add(task)
        task.add_done_callback(self._ended)
        return await asyncio.shield(task)

    def _ended(self, task: asyncio.Task[T]) -> None:
        self._unbroken.discard(task)
        if not task.cancelled():
            task.exception()  # seen, also where the caller has gone away and nobody else would


def again(dead_letter: Job) -> Job:
    """Return a new job that reads the same image in the same way, for ``DeadLetters.replay``; it goes after others."""
    return _new_job(dead_letter.tenant, dead_letter.image_digest, dead_letter.options, priority=Priority.BATCH)


def _new_job(
    tenant: str,
    image_digest: str,
    options: RecognizeOptions,
    request_id: str = "",
    *,
    priority: Priority = Priority.INTERACTIVE,
    batch_id: str = "",
) -> Job:
    return Job(
        job_id=str(uuid.uuid4()),
        tenant=tenant,
        state=JobState.QUEUED,
        options=options,
        image_digest=image_digest,
        created_at=datetime.now(UTC),
        request_id=request_id,
        priority=priority,
        batch_id=batch_id,
    )


async def _gathered(steps: Sequence[Coroutine[None, None, T]]) -> list[T]:
    """All results in their order. The first error stops the others and comes out as itself."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(step) for step in steps]
    except* Exception as errors:
        first = errors.exceptions[0]
        raise first from None
    return [task.result() for task in tasks]
