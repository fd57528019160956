"""The sockets for jobs: what is remembered of them, and who works on which."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from ocr_server.domain.document import Recognition
from ocr_server.domain.job import Job, JobError, JobEvent, JobState
from ocr_server.domain.progress import StageProgress


class JobStore(Protocol):
    """Remembers jobs and all that happened to them; everything survives a restart of the process.

    Each change of state and its event are one transaction. Events of a job are numbered 1, 2, 3, … without
    gaps, and the last one of an ended job carries its terminal state.
    """

    async def create(self, job: Job) -> tuple[Job, bool]:
        """Add a QUEUED job with its first event and return it with True.

        If this tenant already has a job with the same non-empty request_id, return that one with False.
        Raises IdempotencyConflict if that one has another image_digest or other options.
        """
        ...

    async def get(self, tenant: str, job_id: str) -> Job:
        """Raises NotFound if this tenant has no such job."""
        ...

    async def list_jobs(
        self, tenant: str, *, page_size: int, page_token: str = "", states: Sequence[JobState] = ()
    ) -> tuple[list[Job], str]:
        """Return up to page_size jobs, newest first, without their recognition, and the next page's token.

        The token is empty on the last page. Raises InvalidRequest (field ``page_token``) for a foreign token.
        """
        ...

    async def start(self, job_id: str) -> Job | None:
        """Turn a QUEUED job RUNNING, attempt counted up; None if it is no longer queued.

        The attempt is the lease: heartbeats keep it, ``requeue_running`` takes it from who has been silent, and what
        is written in its name afterwards changes nothing.
        """
        ...

    async def heartbeat(self, job_id: str, attempt: int) -> bool:
        """Say that this attempt is still at work; False if the job is no longer its own: then stop."""
        ...

    async def record_progress(self, job_id: str, attempt: int, progress: StageProgress) -> None:
        """Append a progress event; ignored if the job is no longer this attempt's."""
        ...

    async def finish(
        self,
        job_id: str,
        state: JobState,
        *,
        attempt: int | None = None,
        recognition: Recognition | None = None,
        error: JobError | None = None,
    ) -> bool:
        """End a job; False (and nothing changed) if it has ended, or is no longer this attempt's.

        attempt: None for who need not hold the job, such as one who cancels it.
        """
        ...

    async def requeue_running(self, *, silent_for_s: float = 0.0) -> list[Job]:
        """Put RUNNING jobs whose worker has been silent so long back to QUEUED; return what should be in the queue.

        That is these, and the QUEUED jobs that nobody has created or returned from here for so long, oldest first:
        the queue may have lost them. One that it has not lost may be put again, since ``start`` gives it to one
        worker. 0, for the only process at its start, means all. Time is the store's own, and of callers in several
        processes each is given other jobs.
        """
        ...

    def watch(self, tenant: str, job_id: str, *, after_seq: int = 0) -> AsyncIterator[JobEvent]:
        """Yield the job's events with seq > after_seq, past ones first, then as they happen; end after the
        terminal one. Raises NotFound if this tenant has no such job.
        """
        ...


class JobQueue(Protocol):
    """Hands job ids to workers, each to one worker at a time."""

    def reserve(self) -> AbstractAsyncContextManager[None]:
        """Hold a place for the block, in which the job is stored and put. Raises Overloaded when none is free."""
        ...

    async def put(self, job_id: str) -> None:
        """Add a job that holds a place, or that held one before a restart: never refused."""
        ...

    async def get(self) -> str:
        """Wait for the next job."""
        ...
