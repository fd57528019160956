"""What is written with every job that is added or changes its state, within a transaction of the caller's."""

import sqlite3
from collections.abc import Sequence

from ocr_server.adapters.embedded.sqlite_database import SqliteDatabase
from ocr_server.adapters.embedded.sqlite_rows import LISTED_COLUMNS
from ocr_server.adapters.json_codec import OPTIONS, STAGE_PROGRESS
from ocr_server.adapters.microseconds import now_us, to_us
from ocr_server.domain.event import event_types_of
from ocr_server.domain.job import Job, JobState
from ocr_server.domain.progress import StageProgress

# Start-time fair queueing (Goyal, Vin, Cheng 1996) of jobs of one length: a tenant's job goes one turn behind its last
# one that waits, and not before the turn that is being served. So of tenants who wait each gets one job a turn.
_INSERT = """
    INSERT INTO jobs (job_id, tenant, request_id, batch_id, state, priority, image_digest, created_at_us, options, turn)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, max(
        coalesce((SELECT max(turn) + 1 FROM jobs WHERE state = 'queued' AND tenant = ?2 AND priority = ?6), 0),
        coalesce((SELECT min(turn) FROM jobs WHERE state = 'queued' AND priority = ?6 AND not_before_us <= ?10), 0)
    ))
"""
_COUNT = """
    UPDATE batches SET {before} = {before} - 1, {after} = {after} + 1, last_seq = last_seq + 1,
        ended_at_us = CASE WHEN queued + running = 1 AND ?1 THEN ?2 END
    WHERE batch_id = ?3
"""
_BATCH_EVENT = """
    INSERT INTO batch_events
    SELECT batch_id, last_seq, job_id, ?1, ?2, state, error_reason, error_message, is_dead_letter,
        queued, running, succeeded, failed, cancelled
    FROM batches JOIN jobs USING (batch_id) WHERE job_id = ?3
"""


async def add_jobs(database: SqliteDatabase, jobs: Sequence[Job]) -> None:
    """Add QUEUED jobs, each with its first event, in this order."""
    await database.write_many(
        _INSERT,
        [
            (
                job.job_id,
                job.tenant,
                job.request_id or None,
                job.batch_id or None,
                job.state.value,
                job.priority.value,
                job.image_digest,
                to_us(job.created_at),
                OPTIONS.dump(job.options),
                now_us(),
            )
            for job in jobs
        ],
    )
    await database.write_many(
        "INSERT INTO job_events (job_id, seq, at_us, state) VALUES (?, 1, ?, ?)",
        [(job.job_id, now_us(), job.state.value) for job in jobs],
    )


async def change_state(
    database: SqliteDatabase, job: sqlite3.Row, after: JobState, assignments: str, *values: object
) -> sqlite3.Row:
    """Change a job's state, which its batch hears of too, and make these other assignments.

    job: its job_id, and its state before. Returns its LISTED_COLUMNS afterwards.
    """
    (changed,) = await database.write(
        f"UPDATE jobs SET state = ?, {assignments} WHERE job_id = ? RETURNING {LISTED_COLUMNS}",
        after.value,
        *values,
        job["job_id"],
    )
    event = await add_event(database, changed["job_id"], after)
    if batch_id := changed["batch_id"]:
        count = _COUNT.format(before=job["state"], after=after.value)
        await database.write(count, after.is_terminal, event["at_us"], batch_id)
        await database.write(_BATCH_EVENT, event["seq"], event["at_us"], changed["job_id"])
        database.changed(batch_id)
    # By its type and not when it is told: what is told is made of the job, once somebody is there to hear it.
    await database.write_many(
        "INSERT INTO outbox (job_id, type) VALUES (?, ?)",
        [(changed["job_id"], type_.value) for type_ in event_types_of(after)],
    )
    return changed


async def add_event(
    database: SqliteDatabase, job_id: str, state: JobState, progress: StageProgress | None = None
) -> sqlite3.Row:
    """Tell those who watch the job; return the event's seq and at_us."""
    database.changed(job_id)
    (event,) = await database.write(
        "INSERT INTO job_events (job_id, seq, at_us, state, progress) "
        "SELECT ?1, coalesce(max(seq), 0) + 1, ?2, ?3, ?4 FROM job_events WHERE job_id = ?1 RETURNING seq, at_us",
        job_id,
        now_us(),
        state.value,
        STAGE_PROGRESS.dump(progress) if progress else None,
    )
    return event
