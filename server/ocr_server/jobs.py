"""Jobs: recognitions that outlive the call that asked for them, and the process that began them."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar

import structlog

from ocr_server.domain.document import Recognition, RecognizeOptions
from ocr_server.domain.errors import DependencyUnavailable, InvalidRequest, JobNotCancellable, OcrError
from ocr_server.domain.job import Job, JobError, JobEvent, JobState
from ocr_server.domain.progress import Progress
from ocr_server.job_lease import held
from ocr_server.job_progress import ProgressRecorder
from ocr_server.ports import BlobStore, Compute, JobQueue, JobStore

T = TypeVar("T")
Check = Callable[[bytes, RecognizeOptions], object]
Process = Callable[[bytes, RecognizeOptions, Callable[[Progress], None]], Awaitable[Recognition]]

MAX_ATTEMPTS = 3
DEFAULT_PAGE_SIZE = 50
MAX_PAGE_SIZE = 200
ATTEMPTS_EXHAUSTED = JobError(
    "ATTEMPTS_EXHAUSTED", f"The server stopped {MAX_ATTEMPTS} times while it was reading this image."
)
INTERNAL = JobError("INTERNAL", "An internal error ended this job; its cause is in the server's log.")

log = structlog.get_logger()


class Jobs:
    """What can be done with jobs.

    check: refuses at the door what could never be read (raises InvalidImage or EngineUnavailable); runs on a
        thread of ``compute``.
    process: reads one image; tells its progress on the event loop.

    The store alone says what state a job is in; queue and tasks only follow it. So a crash at any point leaves
    a job that ``recover`` finds, or none at all, and two that want to end a job cannot both do so.
    """

    def __init__(
        self, *, store: JobStore, queue: JobQueue, blobs: BlobStore, compute: Compute, check: Check, process: Process
    ) -> None:
        self._store = store
        self._queue = queue
        self._blobs = blobs
        self._compute = compute
        self._check = check
        self._process = process
        self._running: dict[str, asyncio.Task[None]] = {}
        self._unbroken: set[asyncio.Task[Job]] = set()

    async def submit(self, tenant: str, image: bytes, options: RecognizeOptions, request_id: str = "") -> Job:
        """Take a job on; once this returns, it survives a crash. The same request_id gives the same job.

        Raises what ``check`` raises, IdempotencyConflict, and Overloaded: then nothing has been stored.
        """
        await self._compute.run(self._check, image, options)
        return await self._to_the_end(self._take_on(tenant, image, options, request_id))

    async def _take_on(self, tenant: str, image: bytes, options: RecognizeOptions, request_id: str) -> Job:
        async with self._queue.reserve():
            # Blob, row, queue: a row has its image, and a queued id has its row. What a crash can leave is a blob
            # without a row, which the next try uses, or a row that is not queued, which ``recover`` finds.
            digest = await self._blobs.put(tenant, image)
            job, is_new = await self._store.create(
                Job(
                    job_id=str(uuid.uuid4()),
                    tenant=tenant,
                    state=JobState.QUEUED,
                    options=options,
                    image_digest=digest,
                    created_at=datetime.now(UTC),
                    request_id=request_id,
                )
            )
            if is_new:
                await self._queue.put(job.job_id)
        return job

    async def get(self, tenant: str, job_id: str) -> Job:
        """Return the job. Raises NotFound."""
        return await self._store.get(tenant, job_id)

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
        if task := self._running.get(job_id):
            task.cancel()
        return await self._store.get(tenant, job_id)

    def watch(self, tenant: str, job_id: str, *, after_seq: int = 0) -> AsyncIterator[JobEvent]:
        """Yield the job's events after after_seq up to its end. Raises NotFound at the first step."""
        return self._store.watch(tenant, job_id, after_seq=after_seq)

    async def recover(self) -> None:
        """Take up again what the last process left; call once, before the first worker.

        A job that was being read each of the last MAX_ATTEMPTS times the process stopped may well be the cause,
        so it ends FAILED.
        """
        for job in await self._store.requeue_running():
            if job.attempt >= MAX_ATTEMPTS:
                log.error("job_attempts_exhausted", job_id=job.job_id, attempts=job.attempt)
                await self._store.finish(job.job_id, JobState.FAILED, error=ATTEMPTS_EXHAUSTED)
            else:
                await self._queue.put(job.job_id)

    async def run_worker(self) -> None:
        """Work on jobs, one at a time, until cancelled; run as many of these as jobs may run at a time.

        Cancelling it stops the work on its job and leaves that RUNNING, for the next process to recover. While the
        store is away it waits for it. Other errors of the store, and those of the queue, come out of here.
        """
        while True:
            job_id = await self._queue.get()
            try:
                async with asyncio.TaskGroup() as group:  # lets cancel() stop the job without stopping the worker
                    self._running[job_id] = group.create_task(self._run(job_id), name=f"job {job_id}")
            finally:
                del self._running[job_id]

    async def _to_the_end(self, steps: Coroutine[None, None, Job]) -> Job:
        """Take all steps also if the caller goes away: between two of them a job would be stored but not queued."""
        task = asyncio.create_task(steps)
        self._unbroken.add(task)
        task.add_done_callback(self._unbroken.discard)
        return await asyncio.shield(task)

    async def _run(self, job_id: str) -> None:
        job = await _insist(lambda: self._store.start(job_id))
        if job is None:
            return  # cancelled while it waited, or another worker has it
        try:
            async with held(self._store, job, on_lost=self._running[job_id].cancel):
                image = await self._blobs.get(job.tenant, job.image_digest)
                async with ProgressRecorder(self._store, job) as progress:
                    recognition = await self._process(image, job.options, progress.tell)
                await self._end(job, JobState.SUCCEEDED, recognition=recognition)
        except OcrError as error:
            await self._end(job, JobState.FAILED, error=JobError(error.reason, str(error)))
        except asyncio.CancelledError:
            if _is_being_cancelled():
                raise
            await self._fail_internally(job)  # something inside was cancelled, by mistake
        except Exception:
            await self._fail_internally(job)

    async def _fail_internally(self, job: Job) -> None:
        log.exception("job_failed", job_id=job.job_id)
        await self._end(job, JobState.FAILED, error=INTERNAL)

    async def _end(
        self, job: Job, state: JobState, *, recognition: Recognition | None = None, error: JobError | None = None
    ) -> None:
        finish = partial(self._store.finish, job.job_id, state, attempt=job.attempt)
        await _insist(lambda: finish(recognition=recognition, error=error))


async def _insist(call: Callable[[], Awaitable[T]]) -> T:
    """Call until the store is there: a worker can wait, and what it has read is not thrown away."""
    while True:
        try:
            return await call()
        except DependencyUnavailable as error:
            await asyncio.sleep(error.retry_after_s)


def _is_being_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
