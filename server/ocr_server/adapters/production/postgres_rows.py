"""Rows of PostgreSQL as objects of the domain, and JSON that jsonb takes."""

import re

import asyncpg

from ocr_server.adapters.json_codec import OPTIONS, RECOGNITION, STAGE_PROGRESS
from ocr_server.domain.job import Job, JobError, JobEvent, JobState

_ALWAYS = (
    "job_id, tenant, request_id, state, image_digest, options, attempt, created_at, started_at, ended_at, "
    "error_reason, error_message"
)
JOB_COLUMNS = f"{_ALWAYS}, recognition"
# All of a job but its recognition, which may be large.
LISTED_COLUMNS = f"{_ALWAYS}, NULL AS recognition"

# jsonb refuses NUL, which barcodes may hold. Two noncharacters of Unicode, which are for such inner use, stand for it;
# the first of them itself is marked too, so that every text comes back as it was.
_MARK, _MARKED, _NUL = "\ufdd0", "\ufdd0\ufdd1", "\ufdd0\ufdd2"
_ESCAPE = re.compile(r"\\(?:u0000|.)")  # from the left, so that the second half of an escaped backslash begins none


def to_jsonb(json: str) -> str:
    """Write JSON, in which only control characters are escaped, so that jsonb takes it."""
    return _ESCAPE.sub(lambda found: _NUL if found[0] == r"\u0000" else found[0], json.replace(_MARK, _MARKED))


def from_jsonb(json: str) -> str:
    """Read what ``to_jsonb`` wrote, equal as JSON."""
    return json.replace(_NUL, r"\u0000").replace(_MARKED, _MARK)


def job_from(row: asyncpg.Record) -> Job:
    """Read a row of ``jobs``, its recognition too if it is there."""
    return Job(
        job_id=str(row["job_id"]),
        tenant=row["tenant"],
        state=JobState(row["state"]),
        options=OPTIONS.load(from_jsonb(row["options"])),
        image_digest=row["image_digest"],
        created_at=row["created_at"],
        request_id=row["request_id"] or "",
        started_at=row["started_at"],
        ended_at=row["ended_at"],
        attempt=row["attempt"],
        recognition=RECOGNITION.load(from_jsonb(row["recognition"])) if row["recognition"] else None,
        error=JobError(row["error_reason"], row["error_message"]) if row["error_reason"] else None,
    )


def event_from(row: asyncpg.Record) -> JobEvent:
    """Read a row of ``job_events``."""
    return JobEvent(
        job_id=str(row["job_id"]),
        seq=row["seq"],
        at=row["at"],
        state=JobState(row["state"]),
        progress=STAGE_PROGRESS.load(from_jsonb(row["progress"])) if row["progress"] else None,
    )
