"""A worker: takes jobs one after another, reads their images, and decides what becomes of what could not be read."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TypeVar

import structlog

from ocr_server.domain.document import Recognition
from ocr_server.domain.errors import DeadlineExceeded, DependencyUnavailable, OcrError, Overloaded
from ocr_server.domain.job import Job, JobError, JobState
from ocr_server.job_isolation import JobIsolation
from ocr_server.job_lease import held
from ocr_server.job_progress import ProgressRecorder, Tell
from ocr_server.ports import BlobStore, JobQueue, JobStore

T = TypeVar("T")
Process = Callable[[Job, bytes, Tell], Awaitable[Recognition]]

MAX_FAULTS = 3
# Between two attempts while a part is away: doubled each time, up to the longest, and never all jobs at once.
_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 60.0
_GIVE_BACK_TIMEOUT_S = 2.0
ATTEMPTS_EXHAUSTED = JobError(
    "ATTEMPTS_EXHAUSTED", f"The server stopped {MAX_FAULTS} times while it was reading this image.", is_dead_letter=True
)

log = structlog.get_logger()


class JobWorker:
    """Works on jobs; ``run`` as many times side by side as jobs may be read at a time.

    process: reads one job's image; tells its progress on the event loop.
    max_job_s: from a job's submission on; what has not ended by then has failed.
    observe: is told how each attempt ended: the name of the job's state then.

    The store alone says what state a job is in. What is done here in the name of an attempt that has lost its job
    changes nothing there.
    """

    def __init__(
        self,
        *,
        store: JobStore,
        queue: JobQueue,
        blobs: BlobStore,
        process: Process,
        max_job_s: float,
        observe: Callable[[JobState], None] = lambda state: None,
    ) -> None:
        self._store = store
        self._queue = queue
        self._blobs = blobs
        self._process = process
        self._max_job = timedelta(seconds=max_job_s)
        self._observe = observe
        self._idle: set[asyncio.Task[object]] = set()
        # By job and attempt: a job that was taken away from here may be taken up here again, beside its old attempt.
        self._running: dict[tuple[str, int], asyncio.Task[None]] = {}
        self._draining = False
        self._isolation = JobIsolation()

    async def run(self) -> None:
        """Work on jobs, one at a time, until drained or cancelled; cancelled, it puts its job back for others.

        While the store is away it waits for it. Errors that are neither a job's nor an absence come out of here.
        """
        while not self._draining:
            await self._wait_for_call()
            job = await self._start_next()
            if job is not None:
                try:
                    async with asyncio.TaskGroup() as group:  # lets stop() end the job without ending the worker
                        self._running[_attempt(job)] = group.create_task(self._run(job), name=f"job {job.job_id}")
                finally:
                    del self._running[_attempt(job)]

    def drain(self) -> None:
        """Take no more jobs: each ``run`` returns once its present one has ended."""
        self._draining = True
        for task in self._idle:
            task.cancel()

    def stop(self, job_id: str) -> None:
        """End the work on a job if it is this worker's."""
        for (running_id, _), task in self._running.items():
            if running_id == job_id:
                task.cancel()

    async def _wait_for_call(self) -> None:
        task = asyncio.current_task()
        assert task
        self._idle.add(task)
        try:
            await self._queue.get()
        except DependencyUnavailable as error:
            await asyncio.sleep(error.retry_after_s)  # and then have a look: jobs can be read without the queue
        finally:
            self._idle.discard(task)

    async def _start_next(self) -> Job | None:
        while not self._draining:
            try:
                return await self._store.start_next()
            except DependencyUnavailable as error:
                await asyncio.sleep(error.retry_after_s)
        return None

    async def _run(self, job: Job) -> None:
        if job.faults >= MAX_FAULTS:
            log.error("job_attempts_exhausted", job_id=job.job_id, attempts=job.attempt)
            await self._end(job, JobState.FAILED, error=ATTEMPTS_EXHAUSTED)
            return
        async with held(self._store, job, on_lost=self._running[_attempt(job)].cancel):
            try:
                async with self._isolation.alone() if job.faults else self._isolation.shared():
                    recognition = await self._read(job)
                await self._end(job, JobState.SUCCEEDED, recognition=recognition)
            except (DependencyUnavailable, Overloaded) as error:
                await self._try_again(job, error)
            except OcrError as error:
                late = isinstance(error, DeadlineExceeded)
                await self._end(job, JobState.FAILED, error=JobError(error.reason, str(error), is_dead_letter=late))
            except asyncio.CancelledError as error:
                if _is_being_cancelled():
                    await self._give_back(job)
                    raise
                await self._count_fault(job, error)  # something inside was cancelled, by mistake
            except Exception as error:
                await self._count_fault(job, error)

    async def _read(self, job: Job) -> Recognition:
        left = job.created_at + self._max_job - datetime.now(UTC)
        try:
            async with asyncio.timeout(left.total_seconds()) as deadline:
                image = await self._blobs.get(job.tenant, job.image_digest)
                async with ProgressRecorder(self._store, job) as progress:
                    return await self._process(job, image, progress.tell)
        except TimeoutError:
            if not deadline.expired():
                raise
            raise DeadlineExceeded(f"This job has not ended within {self._max_job}.") from None

    async def _try_again(self, job: Job, error: OcrError) -> None:
        """Later, since a part that is needed is away; or not at all if that would be too late."""
        pause_s = min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2 ** min(job.attempt - 1, 10)) * random.uniform(0.5, 1.0)
        if datetime.now(UTC) + timedelta(seconds=pause_s) > job.created_at + self._max_job:
            await self._end(job, JobState.FAILED, error=JobError(error.reason, str(error), is_dead_letter=True))
            return
        log.warning("job_waits", job_id=job.job_id, attempt=job.attempt, pause_s=round(pause_s, 1), why=str(error))
        await self._requeue(job, after_s=pause_s)

    async def _count_fault(self, job: Job, error: BaseException) -> None:
        log.error("job_fault", job_id=job.job_id, attempt=job.attempt, faults=job.faults + 1, exc_info=error)
        if job.faults + 1 < MAX_FAULTS:
            await self._requeue(job, after_s=_FIRST_PAUSE_S * random.uniform(0.5, 1.0), is_fault=True)
            return
        cause = f"An internal error ({type(error).__name__}) ended this job; its cause is in the server's log."
        await self._end(job, JobState.FAILED, error=JobError("INTERNAL", cause, is_dead_letter=True))

    async def _give_back(self, job: Job) -> None:
        """Let another worker have the job now rather than when the lease has run out. No fault of anybody's."""
        with suppress(DependencyUnavailable, TimeoutError):
            async with asyncio.timeout(_GIVE_BACK_TIMEOUT_S):
                if await self._store.requeue(job.job_id, job.attempt):
                    await self._queue.put()

    async def _requeue(self, job: Job, *, after_s: float, is_fault: bool = False) -> None:
        requeue = partial(self._store.requeue, job.job_id, job.attempt, after_s=after_s, is_fault=is_fault)
        if await _insist(requeue):
            self._observe(JobState.QUEUED)
            with suppress(DependencyUnavailable):  # the sweeper calls where this did not
                await self._queue.put(delay_s=after_s)

    async def _end(
        self, job: Job, state: JobState, *, recognition: Recognition | None = None, error: JobError | None = None
    ) -> None:
        finish = partial(self._store.finish, job.job_id, state, attempt=job.attempt)
        if await _insist(lambda: finish(recognition=recognition, error=error)):
            self._observe(state)


def _attempt(job: Job) -> tuple[str, int]:
    return job.job_id, job.attempt


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
