"""Rows of the embedded job store as objects of the domain."""

import sqlite3
from datetime import datetime

from ocr_server.adapters.json_codec import OPTIONS, RECOGNITION, STAGE_PROGRESS
from ocr_server.adapters.microseconds import from_us
from ocr_server.domain.job import Job, JobError, JobEvent, JobState

# All of a job but its recognition, which may be large.
LISTED_COLUMNS = (
    "job_id, tenant, request_id, state, image_digest, attempt, created_at_us, started_at_us, ended_at_us, "
    "error_reason, error_message, options, NULL AS recognition"
)


def job_from(row: sqlite3.Row) -> Job:
    """Read a row of ``jobs``."""
    return Job(
        job_id=row["job_id"],
        tenant=row["tenant"],
        state=JobState(row["state"]),
        options=OPTIONS.load(row["options"]),
        image_digest=row["image_digest"],
        created_at=from_us(row["created_at_us"]),
        request_id=row["request_id"] or "",
        started_at=_moment_or_none(row["started_at_us"]),
        ended_at=_moment_or_none(row["ended_at_us"]),
        attempt=row["attempt"],
        recognition=RECOGNITION.load(row["recognition"]) if row["recognition"] else None,
        error=JobError(row["error_reason"], row["error_message"]) if row["error_reason"] else None,
    )


def event_from(row: sqlite3.Row) -> JobEvent:
    """Read a row of ``job_events``."""
    return JobEvent(
        job_id=row["job_id"],
        seq=row["seq"],
        at=from_us(row["at_us"]),
        state=JobState(row["state"]),
        progress=STAGE_PROGRESS.load(row["progress"]) if row["progress"] else None,
    )


def _moment_or_none(us: int | None) -> datetime | None:
    return None if us is None else from_us(us)
