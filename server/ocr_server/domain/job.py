"""Jobs: recognitions that outlive the call that asked for them."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from ocr_server.domain.document import Recognition, RecognizeOptions
from ocr_server.domain.progress import StageProgress


class JobState(Enum):
    """A job's life: QUEUED, RUNNING, then exactly one of the three ends."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_terminal(self) -> bool:
        """True for the three ends; nothing follows them."""
        return self in (JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED)


class Priority(Enum):
    """Who goes first: jobs that somebody waits for, before those of batches. The value is the order."""

    INTERACTIVE = 0
    BATCH = 1


@dataclass(frozen=True, slots=True)
class JobError:
    """Why a job failed.

    reason: the error's stable name. message: one sentence for people.
    is_dead_letter: the image is not to blame, so that the job may be replayed once the cause is mended.
    """

    reason: str
    message: str
    is_dead_letter: bool = False


@dataclass(frozen=True, slots=True)
class Job:
    """One job of one tenant.

    job_id: UUID. request_id: the caller's idempotency key, may be empty.
    image_digest: SHA-256 of the image, hex; also the key of the stored image.
    created_at, started_at, ended_at: UTC; None until it happened.
    attempt: how often it was started; more than one after a restart of the process.
    faults: how many of the attempts ended by a fault of the server: its worker died, or an internal error.
    batch_id: the batch it belongs to; empty for a job of its own.
    recognition: present if and only if SUCCEEDED. error: present if and only if FAILED.
    """

    job_id: str
    tenant: str
    state: JobState
    options: RecognizeOptions
    image_digest: str
    created_at: datetime
    request_id: str = ""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    attempt: int = 0
    faults: int = 0
    priority: Priority = Priority.INTERACTIVE
    batch_id: str = ""
    recognition: Recognition | None = None
    error: JobError | None = None


@dataclass(frozen=True, slots=True)
class JobEvent:
    """One thing that happened to a job.

    seq: 1, 2, 3, … within the job, without gaps: what a watcher resumes from.
    state: the job's state after this event. progress: None for changes of state.
    """

    job_id: str
    seq: int
    at: datetime
    state: JobState
    progress: StageProgress | None = None
