"""Jobs in SQLite."""

import sqlite3
from collections.abc import AsyncIterator, Sequence

from ocr_server.adapters.embedded.sqlite_changes import add_event, add_jobs, change_state
from ocr_server.adapters.embedded.sqlite_database import SqliteDatabase
from ocr_server.adapters.embedded.sqlite_rows import LISTED_COLUMNS, event_from, job_from
from ocr_server.adapters.json_codec import RECOGNITION
from ocr_server.adapters.microseconds import now_us, to_us
from ocr_server.adapters.page_token import PagePosition
from ocr_server.adapters.same_job import same_job
from ocr_server.domain.document import Recognition
from ocr_server.domain.errors import NotFound
from ocr_server.domain.job import Job, JobError, JobEvent, JobState
from ocr_server.domain.progress import StageProgress

_UNFINISHED = "job_id = ? AND state IN ('queued', 'running')"
_HELD = "job_id = ? AND state = 'running' AND attempt = ?"
_READY = "state = 'queued' AND not_before_us <= ?"
_WATCH = """
    SELECT job.state NOT IN ('queued', 'running') AS has_ended, event.* FROM jobs AS job
    LEFT JOIN job_events AS event ON event.job_id = job.job_id AND event.seq > ?3
    WHERE job.job_id = ?1 AND job.tenant = ?2 ORDER BY event.seq
"""


class SqliteJobs:
    """Port ``JobStore``."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def create(self, job: Job) -> tuple[Job, bool]:
        """See the port."""
        async with self._database.transaction():
            if job.request_id:
                same = "SELECT * FROM jobs WHERE tenant = ? AND request_id = ?"
                for row in await self._database.write(same, job.tenant, job.request_id):
                    return same_job(job, job_from(row)), False
            await add_jobs(self._database, [job])
        return job, True

    async def get(self, tenant: str, job_id: str) -> Job:
        """See the port."""
        select = "SELECT * FROM jobs WHERE job_id = ? AND tenant = ?"
        for row in await self._database.read(select, job_id, tenant):
            return job_from(row)
        raise _not_found(job_id)

    async def list_jobs(
        self, tenant: str, *, page_size: int, page_token: str = "", states: Sequence[JobState] = ()
    ) -> tuple[list[Job], str]:
        """See the port."""
        where = "tenant = ?"
        values: list[object] = [tenant]
        if states:
            where += f" AND state IN ({', '.join('?' * len(states))})"
            values += [state.value for state in states]
        if page_token:
            position = PagePosition.from_token(page_token, tenant, states)
            where += " AND (created_at_us, job_id) < (?, ?)"
            values += [to_us(position.created_at), position.job_id]
        rows = await self._database.read(
            f"SELECT {LISTED_COLUMNS} FROM jobs WHERE {where} ORDER BY created_at_us DESC, job_id DESC LIMIT ?",
            *values,
            page_size + 1,
        )
        jobs = [job_from(row) for row in rows[:page_size]]
        if len(rows) <= page_size:
            return jobs, ""
        return jobs, PagePosition(jobs[-1].created_at, jobs[-1].job_id).to_token(tenant, states)

    async def start_next(self) -> Job | None:
        """See the port."""
        first = f"{_READY} ORDER BY priority, turn, created_at_us, job_id LIMIT 1"
        assignments = "attempt = attempt + 1, started_at_us = ?, alive_at_us = ?"
        async with self._database.transaction():
            now = now_us()
            for job in await self._find(first, now):
                started = await change_state(self._database, job, JobState.RUNNING, assignments, now, now)
                return job_from(started)
        return None

    async def heartbeat(self, job_id: str, attempt: int) -> bool:
        """See the port."""
        alive = f"UPDATE jobs SET alive_at_us = ? WHERE {_HELD} RETURNING job_id"
        async with self._database.transaction():
            return bool(await self._database.write(alive, now_us(), job_id, attempt))

    async def record_progress(self, job_id: str, attempt: int, progress: Sequence[StageProgress]) -> None:
        """See the port."""
        async with self._database.transaction():
            if await self._find(_HELD, job_id, attempt):
                for step in progress:
                    await add_event(self._database, job_id, JobState.RUNNING, step)

    async def requeue(self, job_id: str, attempt: int, *, after_s: float = 0.0, is_fault: bool = False) -> bool:
        """See the port."""
        assignments = "not_before_us = ?, faults = faults + ?"
        async with self._database.transaction():
            held = await self._find(_HELD, job_id, attempt)
            for job in held:
                not_before_us = now_us() + round(after_s * 1e6)
                await change_state(self._database, job, JobState.QUEUED, assignments, not_before_us, is_fault)
        return bool(held)

    async def finish(
        self,
        job_id: str,
        state: JobState,
        *,
        attempt: int | None = None,
        recognition: Recognition | None = None,
        error: JobError | None = None,
    ) -> bool:
        """See the port."""
        async with self._database.transaction():
            unfinished = await (
                self._find(_UNFINISHED, job_id) if attempt is None else self._find(_HELD, job_id, attempt)
            )
            for job in unfinished:
                await change_state(
                    self._database,
                    job,
                    state,
                    "ended_at_us = ?, recognition = ?, error_reason = ?, error_message = ?, is_dead_letter = ?",
                    now_us(),
                    RECOGNITION.dump(recognition) if recognition else None,
                    error.reason if error else None,
                    error.message if error else None,
                    error is not None and error.is_dead_letter,
                )
        return bool(unfinished)

    async def requeue_silent(self, *, silent_for_s: float) -> list[Job]:
        """See the port."""
        silent = "state = 'running' AND alive_at_us <= ? ORDER BY created_at_us, job_id"
        async with self._database.transaction():
            return [
                job_from(await change_state(self._database, job, JobState.QUEUED, "faults = faults + 1"))
                for job in await self._find(silent, now_us() - round(silent_for_s * 1e6))
            ]

    async def count_waiting(self) -> int:
        """See the port."""
        ((count,),) = await self._database.read("SELECT count(*) FROM jobs WHERE state = 'queued'")
        return int(count)

    async def forget_ended(self, *, older_than_s: float, limit: int) -> int:
        """See the port."""
        async with self._database.transaction():
            forgotten = await self._database.write(
                "DELETE FROM jobs WHERE job_id IN (SELECT job_id FROM jobs WHERE ended_at_us < ? "
                "AND job_id NOT IN (SELECT job_id FROM outbox) ORDER BY ended_at_us LIMIT ?) RETURNING batch_id",
                now_us() - round(older_than_s * 1e6),
                limit,
            )
            await self._database.write_many(
                "DELETE FROM batches WHERE batch_id = ?1 AND NOT EXISTS (SELECT * FROM jobs WHERE batch_id = ?1)",
                {(job["batch_id"],) for job in forgotten},
            )
        return len(forgotten)

    def watch(self, tenant: str, job_id: str, *, after_seq: int = 0) -> AsyncIterator[JobEvent]:
        """See the port."""
        return self._database.follow(_WATCH, tenant, job_id, after_seq, event_from, _not_found(job_id))

    async def _find(self, where: str, *values: object) -> list[sqlite3.Row]:
        return await self._database.write(f"SELECT job_id, state FROM jobs WHERE {where}", *values)


def _not_found(job_id: str) -> NotFound:
    return NotFound(f"There is no job {job_id}.")
