"""Rows of the embedded stores as objects of the domain."""

import json
import sqlite3
from dataclasses import fields
from datetime import datetime

from ocr_server.adapters.json_codec import OPTIONS, RECOGNITION, STAGE_PROGRESS
from ocr_server.adapters.microseconds import from_us
from ocr_server.domain.batch import Batch, BatchCounts, BatchEvent
from ocr_server.domain.job import Job, JobError, JobEvent, JobState, Priority

# All of a job but its recognition, which may be large.
LISTED_COLUMNS = (
    "job_id, tenant, request_id, batch_id, state, priority, image_digest, attempt, faults, created_at_us, "
    "started_at_us, ended_at_us, error_reason, error_message, is_dead_letter, options, NULL AS recognition"
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
        faults=row["faults"],
        priority=Priority(row["priority"]),
        batch_id=row["batch_id"] or "",
        recognition=RECOGNITION.load(row["recognition"]) if row["recognition"] else None,
        error=_error_from(row),
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


def batch_from(row: sqlite3.Row) -> Batch:
    """Read a row of ``batches``."""
    return Batch(
        batch_id=row["batch_id"],
        tenant=row["tenant"],
        job_ids=tuple(json.loads(row["job_ids"])),
        counts=_counts_from(row),
        created_at=from_us(row["created_at_us"]),
        request_id=row["request_id"] or "",
        ended_at=_moment_or_none(row["ended_at_us"]),
    )


def batch_event_from(row: sqlite3.Row) -> BatchEvent:
    """Read a row of ``batch_events``."""
    return BatchEvent(
        batch_id=row["batch_id"],
        seq=row["seq"],
        job_event=JobEvent(row["job_id"], row["job_seq"], from_us(row["at_us"]), JobState(row["state"])),
        counts=_counts_from(row),
        error=_error_from(row),
    )


def _counts_from(row: sqlite3.Row) -> BatchCounts:
    return BatchCounts(**{field.name: row[field.name] for field in fields(BatchCounts)})


def _error_from(row: sqlite3.Row) -> JobError | None:
    if row["error_reason"] is None:
        return None
    return JobError(row["error_reason"], row["error_message"], bool(row["is_dead_letter"]))


def _moment_or_none(us: int | None) -> datetime | None:
    return None if us is None else from_us(us)
