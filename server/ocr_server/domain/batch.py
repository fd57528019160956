"""Batches: many images submitted together, each of which becomes a job."""

from dataclasses import dataclass, fields
from datetime import datetime

from ocr_server.domain.job import JobError, JobEvent


@dataclass(frozen=True, slots=True)
class BatchCounts:
    """How many jobs of a batch are in which state, by the states' names; they add up to the number of its jobs."""

    queued: int = 0
    running: int = 0
    succeeded: int = 0
    failed: int = 0
    cancelled: int = 0

    @property
    def total(self) -> int:
        """How many jobs the batch has."""
        return sum(getattr(self, field.name) for field in fields(self))

    @property
    def is_terminal(self) -> bool:
        """True once none of its jobs will change any more."""
        return not (self.queued or self.running)


@dataclass(frozen=True, slots=True)
class Batch:
    """One batch of one tenant.

    batch_id: UUID. request_id: the caller's idempotency key for the whole of it, may be empty.
    job_ids: one an item, in the order submitted.
    created_at, ended_at: UTC; ended_at is None until its last job has ended.
    """

    batch_id: str
    tenant: str
    job_ids: tuple[str, ...]
    counts: BatchCounts
    created_at: datetime
    request_id: str = ""
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class BatchEvent:
    """One change of state of one job of a batch.

    seq: 1, 2, 3, … within the batch, without gaps: what a watcher resumes from. That its jobs are QUEUED at first is
        not among them.
    job_event: without progress; its own seq counts within the job. error: present if and only if the job FAILED.
    counts: the whole batch after this event.
    """

    batch_id: str
    seq: int
    job_event: JobEvent
    counts: BatchCounts
    error: JobError | None = None
