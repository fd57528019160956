"""Rows of PostgreSQL as objects of the domain and the other way round, and JSON that jsonb takes."""

import json
import re
import uuid
from collections.abc import Sequence
from dataclasses import fields

import asyncpg

from ocr_server.adapters.json_codec import OPTIONS, RECOGNITION, STAGE_PROGRESS
from ocr_server.domain.batch import Batch, BatchCounts, BatchEvent
from ocr_server.domain.document import CheckState, Recognition
from ocr_server.domain.job import Job, JobError, JobEvent, JobState, Priority

_ALWAYS = (
    "job_id, tenant, request_id, batch_id, state, priority, image_digest, options, attempt, faults, created_at, "
    "started_at, ended_at, error_reason, error_message, is_dead_letter"
)
JOB_COLUMNS = f"{_ALWAYS}, recognition"
# All of a job but its recognition, which may be large.
LISTED_COLUMNS = f"{_ALWAYS}, NULL AS recognition"
# Those of ``documents`` that ``document_jsonb`` gives.
DOCUMENT_COLUMNS = (
    "document_id, document_type, model_versions, merchant_name, transaction_date, total, currency, "
    "page_count, line_count, barcode_count, failed_checks, processing_s"
)
COUNTS = tuple(field.name for field in fields(BatchCounts))

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


def to_text(text: str) -> str:
    """Write text for people so that a column of text takes it: NUL is replaced."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")


def new_jobs(jobs: Sequence[Job]) -> tuple[object, ...]:
    """The values of $1 to $8 that make QUEUED jobs of one tenant, priority, request_id and batch_id."""
    first = jobs[0]
    return (
        first.tenant,
        first.priority.value,
        first.request_id or None,
        uuid.UUID(first.batch_id) if first.batch_id else None,
        [uuid.UUID(job.job_id) for job in jobs],
        [job.image_digest for job in jobs],
        [job.created_at for job in jobs],
        [to_jsonb(OPTIONS.dump(job.options)) for job in jobs],
    )


def document_jsonb(recognition: Recognition) -> str:
    """What a row of ``documents`` takes from the recognition, by column."""
    document = recognition.document
    receipt = document.fields
    merchant = receipt.merchant_name if receipt else None
    date = receipt.transaction_date if receipt else None
    total = receipt.total if receipt else None
    return json.dumps(
        {
            "document_id": document.document_id,
            "document_type": document.document_type.value,
            "model_versions": recognition.model_versions,
            "merchant_name": to_text(merchant.value) if merchant else None,
            "transaction_date": date.value.isoformat() if date else None,
            "total": str(total.value.amount) if total else None,
            "currency": (total.value.currency or None) if total else None,
            "page_count": len(document.pages),
            "line_count": sum(len(page.lines) for page in document.pages),
            "barcode_count": len(document.barcodes),
            "failed_checks": sum(check.state is CheckState.FAILED for check in document.checks),
            "processing_s": recognition.timing.total_s,
        }
    )


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
        faults=row["faults"],
        priority=Priority(row["priority"]),
        batch_id=str(row["batch_id"] or ""),
        recognition=RECOGNITION.load(from_jsonb(row["recognition"])) if row["recognition"] else None,
        error=_error_from(row),
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


def batch_from(row: asyncpg.Record) -> Batch:
    """Read a row of ``batches``."""
    return Batch(
        batch_id=str(row["batch_id"]),
        tenant=row["tenant"],
        job_ids=tuple(map(str, row["job_ids"])),
        counts=_counts_from(row),
        created_at=row["created_at"],
        request_id=row["request_id"] or "",
        ended_at=row["ended_at"],
    )


def batch_event_from(row: asyncpg.Record) -> BatchEvent:
    """Read a row of ``batch_events``."""
    return BatchEvent(
        batch_id=str(row["batch_id"]),
        seq=row["seq"],
        job_event=JobEvent(str(row["job_id"]), row["job_seq"], row["at"], JobState(row["state"])),
        counts=_counts_from(row),
        error=_error_from(row),
    )


def _counts_from(row: asyncpg.Record) -> BatchCounts:
    return BatchCounts(**{name: row[name] for name in COUNTS})


def _error_from(row: asyncpg.Record) -> JobError | None:
    if row["error_reason"] is None:
        return None
    return JobError(row["error_reason"], row["error_message"], row["is_dead_letter"])
