"""The sockets for jobs: what is remembered of them, who is told of it, and who is called to work."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from ocr_server.domain.batch import Batch, BatchEvent
from ocr_server.domain.document import Recognition
from ocr_server.domain.event import Event
from ocr_server.domain.job import Job, JobError, JobEvent, JobState
from ocr_server.domain.progress import StageProgress


class JobStore(Protocol):
    """Remembers jobs and all that happened to them; everything survives a restart of the process.

    Each change of state and its event are one transaction, and so is what an end puts into the ``Outbox``. Events of a
    job are numbered 1, 2, 3, … without gaps, and the last one of an ended job carries its terminal state.
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

    async def start_next(self) -> Job | None:
        """Turn one QUEUED job RUNNING, attempt counted up; None if none may be started now.

        Which one: the most urgent by priority; among these tenants take turns, so that one who submits a thousand
        does not keep another one's first waiting; and a tenant's jobs come in the order in which they were created.
        Each is given to one caller, however many there are in however many processes.

        The attempt is the lease: heartbeats keep it, ``requeue_silent`` takes it from who has been silent, and what
        is written in its name afterwards changes nothing.
        """
        ...

    async def heartbeat(self, job_id: str, attempt: int) -> bool:
        """Say that this attempt is still at work; False if the job is no longer its own: then stop."""
        ...

    async def record_progress(self, job_id: str, attempt: int, progress: Sequence[StageProgress]) -> None:
        """Append progress events, in this order; ignored if the job is no longer this attempt's."""
        ...

    async def requeue(self, job_id: str, attempt: int, *, after_s: float = 0.0, is_fault: bool = False) -> bool:
        """Put this attempt's job back to QUEUED, with an event, not to be started before after_s have passed.

        is_fault: count the job's faults up. False (and nothing changed) if the job is no longer this attempt's.
        """
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

    async def requeue_silent(self, *, silent_for_s: float) -> list[Job]:
        """Put RUNNING jobs whose worker has been silent so long back to QUEUED, each a fault; return them.

        Time is the store's own. 0 means all that run; of callers in several processes each is given other jobs.
        """
        ...

    async def count_waiting(self) -> int:
        """How many jobs are QUEUED, of all tenants, those among them that may not be started yet."""
        ...

    async def forget_ended(self, *, older_than_s: float, limit: int) -> int:
        """Delete up to so many jobs of all tenants that ended longer ago, with their events and documents, and batches
        all of whose jobs are gone; return how many jobs it were. Those whose events wait in the outbox stay.
        """
        ...

    def watch(self, tenant: str, job_id: str, *, after_seq: int = 0) -> AsyncIterator[JobEvent]:
        """Yield the job's events with seq > after_seq, past ones first, then as they happen; end after the
        terminal one. Raises NotFound if this tenant has no such job.
        """
        ...


class BatchStore(Protocol):
    """Remembers batches, whose jobs are in the ``JobStore`` like all others, each with its batch_id."""

    async def create_batch(self, batch: Batch, jobs: Sequence[Job]) -> tuple[Batch, bool]:
        """Add a batch and its QUEUED jobs, all in one transaction, and return it with True.

        jobs: in the order of ``batch.job_ids``. If this tenant already has a batch with the same non-empty
        request_id, return that one with False. Raises IdempotencyConflict if that one has other images or options.
        """
        ...

    async def get_batch(self, tenant: str, batch_id: str) -> Batch:
        """Raises NotFound if this tenant has no such batch."""
        ...

    def watch_batch(self, tenant: str, batch_id: str, *, after_seq: int = 0) -> AsyncIterator[BatchEvent]:
        """Yield the changes of state of all its jobs as ``JobStore.watch`` does; end when all of them have ended.

        Raises NotFound if this tenant has no such batch.
        """
        ...


class DeadLetters(Protocol):
    """Jobs that FAILED for no fault of their image (``JobError.is_dead_letter``), for whoever runs the server."""

    async def list_dead_letters(self, *, limit: int) -> list[Job]:
        """Return up to so many that have not been replayed, of all tenants, those that ended last first."""
        ...

    async def replay(self, job_id: str, again: Job) -> bool:
        """Add the QUEUED job ``again`` in place of the dead letter job_id, which leaves the list; one transaction.

        False (and nothing changed) if there is no such dead letter, or somebody has replayed it.
        """
        ...


class Outbox(Protocol):
    """Events that ended jobs have put beside their results, until they have been published."""

    def sole_reader(self) -> AbstractAsyncContextManager[None]:
        """Wait until no other process publishes, and be the one for the block: so that events keep their order."""
        ...

    async def unpublished(self, *, limit: int) -> list[Event]:
        """Return the oldest ones, in the order in which they were put in."""
        ...

    async def mark_published(self, events: Sequence[Event]) -> None:
        """Take them out: they are durable elsewhere."""
        ...


class JobQueue(Protocol):
    """Calls workers: a call says that there is a job to take, not which one, for that is for the store to say.

    So a call that is lost costs time only, until somebody compares ``size`` with what waits in the store, and one too
    many finds nothing to do. All methods raise DependencyUnavailable while the queue cannot be reached.
    """

    def reserve(self, places: int = 1) -> AbstractAsyncContextManager[None]:
        """Hold so many places for the block, in which jobs are stored and called for. Raises Overloaded when there
        are not so many free.
        """
        ...

    async def put(self, calls: int = 1, *, delay_s: float = 0.0) -> None:
        """Call for so many workers, once the delay has passed (a second late at most): never refused."""
        ...

    async def get(self) -> None:
        """Wait for the next call; each is given to one worker."""
        ...

    async def size(self) -> int:
        """How many calls nobody has taken yet, delayed ones among them."""
        ...
