"""Events: what other systems hear of a job once it has ended."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from ocr_server.domain.job import Job, JobState


class EventType(Enum):
    """What happened. The value is the event's type for everybody, and the name of the topic that carries it."""

    DOCUMENT_COMPLETED = "ocr.document.completed"
    DOCUMENT_FAILED = "ocr.document.failed"
    USAGE_RECORDED = "ocr.usage.recorded"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that other systems are told, at least once.

    event_id: a UUID made of the job and the type: told twice it is the same, which is how a reader knows.
    subject: the job's id. time: when it happened, UTC.
    key: events of one type and key arrive in the order in which they were published.
    job: what the event tells of, ended.
    """

    event_id: str
    type: EventType
    tenant: str
    subject: str
    key: str
    time: datetime
    job: Job


def event_types_of(state: JobState) -> tuple[EventType, ...]:
    """Return what is told of a job that ended in this state; nothing of one that was cancelled or has not ended."""
    match state:
        case JobState.SUCCEEDED:
            return EventType.DOCUMENT_COMPLETED, EventType.USAGE_RECORDED
        case JobState.FAILED:
            return (EventType.DOCUMENT_FAILED,)
        case _:
            return ()


def events_of(job: Job) -> tuple[Event, ...]:
    """Return what is told of a job that has ended; nothing for one that was cancelled, which nobody has heard of.

    Always the same for the same job. Raises ValueError if it has not ended.
    """
    ended_at = job.ended_at
    if not job.state.is_terminal or ended_at is None:
        raise ValueError(f"job {job.job_id} is {job.state.name} and has not ended")

    # Of several readings of one picture the last one counts, so they stay in order; others may go side by side.
    picture = f"{job.tenant}/{job.image_digest}"

    def event(type_: EventType) -> Event:
        event_id = str(uuid.uuid5(uuid.UUID(job.job_id), type_.value))
        key = job.tenant if type_ is EventType.USAGE_RECORDED else picture
        return Event(event_id, type_, job.tenant, job.job_id, key, ended_at, job)

    return tuple(map(event, event_types_of(job.state)))
