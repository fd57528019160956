"""Jobs in PostgreSQL: any number of servers and workers share them."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress

import asyncpg

from ocr_server.adapters.json_codec import OPTIONS, RECOGNITION, STAGE_PROGRESS
from ocr_server.adapters.page_token import PagePosition
from ocr_server.adapters.production.postgres_client import PostgresClient
from ocr_server.adapters.production.postgres_migrations import check_schema
from ocr_server.adapters.production.postgres_news import JobNews
from ocr_server.adapters.production.postgres_rows import (
    JOB_COLUMNS,
    LISTED_COLUMNS,
    event_from,
    job_from,
    to_jsonb,
)
from ocr_server.adapters.same_job import same_job
from ocr_server.domain.document import Recognition
from ocr_server.domain.errors import DependencyUnavailable, NotFound
from ocr_server.domain.job import Job, JobError, JobEvent, JobState
from ocr_server.domain.progress import StageProgress

# A restart of PostgreSQL takes a second or two.
_WATCHERS_PATIENCE_S = 15.0
_RETRY_S = 0.25
# Should nobody have told: a process was killed after it changed a job, before it said so.
_LOOK_AGAIN_S = 5.0

# Each change is one statement, so one round trip: what the first part finds and changes is the row ``job``, whose lock
# makes the numbers of its events follow each other, and its times too.
_EVENT = """
    INSERT INTO job_events (job_id, seq, at, state, progress)
    SELECT job_id, last_seq, clock_timestamp(), state, {progress} FROM job
"""
_CREATE = f"""
    WITH job AS (
        INSERT INTO jobs (job_id, tenant, request_id, state, image_digest, created_at, options)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (tenant, request_id) WHERE request_id IS NOT NULL DO NOTHING
        RETURNING *
    ), event AS ({_EVENT.format(progress="NULL")})
    SELECT {LISTED_COLUMNS} FROM job
"""
_START = f"""
    WITH job AS (
        UPDATE jobs SET state = 'running', attempt = attempt + 1, last_seq = last_seq + 1,
            started_at = clock_timestamp(), alive_at = clock_timestamp()
        WHERE job_id = $1 AND state = 'queued'
        RETURNING *
    ), event AS ({_EVENT.format(progress="NULL")})
    SELECT {LISTED_COLUMNS} FROM job
"""
_HEARTBEAT = """
    UPDATE jobs SET alive_at = clock_timestamp() WHERE job_id = $1 AND state = 'running' AND attempt = $2
    RETURNING job_id
"""
_PROGRESS = f"""
    WITH job AS (
        UPDATE jobs SET last_seq = last_seq + 1 WHERE job_id = $1 AND state = 'running' AND attempt = $2
        RETURNING job_id, last_seq, state
    )
    {_EVENT.format(progress="$3")}
"""
_FINISH = f"""
    WITH job AS (
        UPDATE jobs SET state = $3, last_seq = last_seq + 1, ended_at = clock_timestamp(),
            recognition = $4, error_reason = $5, error_message = $6
        WHERE job_id = $1 AND state IN ('queued', 'running')
            AND ($2::integer IS NULL OR (state, attempt) = ('running', $2))
        RETURNING job_id, last_seq, state
    ), event AS ({_EVENT.format(progress="NULL")})
    SELECT job_id FROM job
"""
_REQUEUE = f"""
    WITH silent AS (
        SELECT job_id AS id, state AS state_before FROM jobs
        WHERE state IN ('queued', 'running') AND alive_at <= statement_timestamp() - make_interval(secs => $1)
        FOR UPDATE SKIP LOCKED
    ), queued AS (
        UPDATE jobs SET state = 'queued', alive_at = clock_timestamp(),
            last_seq = last_seq + (state_before = 'running')::integer
        FROM silent WHERE job_id = id
        RETURNING *
    ), job AS (
        SELECT * FROM queued WHERE state_before = 'running'
    ), event AS ({_EVENT.format(progress="NULL")})
    SELECT {LISTED_COLUMNS}, state_before FROM queued ORDER BY created_at, job_id
"""
_WATCH = """
    SELECT job.state AS job_state, event.* FROM jobs AS job LEFT JOIN job_events AS event
    ON event.job_id = job.job_id AND event.seq > $3
    WHERE job.job_id = $2 AND job.tenant = $1 ORDER BY event.seq
"""


class PostgresJobs:
    """Port ``JobStore``. While PostgreSQL is away every call raises DependencyUnavailable; nothing is opened anew."""

    def __init__(self, client: PostgresClient) -> None:
        self._client = client
        self._news = JobNews(client)
        self._telling = asyncio.create_task(self._news.run(), name="news of jobs")

    @classmethod
    async def open(cls, url: str) -> "PostgresJobs":
        """Connect. Raises DependencyUnavailable, and RuntimeError for an unreadable URL or another server's schema."""
        client = await PostgresClient.open(url)
        try:
            await check_schema(client)
        except BaseException:
            await client.close()
            raise
        return cls(client)

    async def close(self) -> None:
        """Close the connections, once the calls under way have ended."""
        self._telling.cancel()
        await asyncio.wait({self._telling})
        await self._client.close()

    async def create(self, job: Job) -> tuple[Job, bool]:
        """See the port."""
        request_id = job.request_id or None
        options = to_jsonb(OPTIONS.dump(job.options))
        about = (job.tenant, request_id, job.state.value, job.image_digest, job.created_at, options)
        if await self._change(_CREATE, job.job_id, *about):
            return job, True
        same = f"SELECT {JOB_COLUMNS} FROM jobs WHERE tenant = $1 AND request_id = $2"
        (row,) = await self._client.fetch(same, job.tenant, request_id)
        return same_job(job, job_from(row)), False

    async def get(self, tenant: str, job_id: str) -> Job:
        """See the port."""
        one = f"SELECT {JOB_COLUMNS} FROM jobs WHERE tenant = $1 AND job_id = $2"
        for row in await self._client.fetch(one, tenant, _uuid(job_id)):
            return job_from(row)
        raise NotFound(f"There is no job {job_id}.")

    async def list_jobs(
        self, tenant: str, *, page_size: int, page_token: str = "", states: Sequence[JobState] = ()
    ) -> tuple[list[Job], str]:
        """See the port."""
        where = "tenant = $1"
        values: list[object] = [tenant, page_size + 1]
        if states:
            values.append([state.value for state in states])
            where += f" AND state = ANY(${len(values)})"
        if page_token:
            position = PagePosition.from_token(page_token, tenant, states)
            values += [position.created_at, uuid.UUID(position.job_id)]
            where += f" AND (created_at, job_id) < (${len(values) - 1}, ${len(values)})"
        rows = await self._client.fetch(
            f"SELECT {LISTED_COLUMNS} FROM jobs WHERE {where} ORDER BY created_at DESC, job_id DESC LIMIT $2", *values
        )
        jobs = [job_from(row) for row in rows[:page_size]]
        if len(rows) <= page_size:
            return jobs, ""
        return jobs, PagePosition(jobs[-1].created_at, jobs[-1].job_id).to_token(tenant, states)

    async def start(self, job_id: str) -> Job | None:
        """See the port."""
        for row in await self._change(_START, job_id):
            return job_from(row)
        return None

    async def heartbeat(self, job_id: str, attempt: int) -> bool:
        """See the port."""
        return bool(await self._client.fetch(_HEARTBEAT, _uuid(job_id), attempt))

    async def record_progress(self, job_id: str, attempt: int, progress: StageProgress) -> None:
        """See the port."""
        await self._change(_PROGRESS, job_id, attempt, to_jsonb(STAGE_PROGRESS.dump(progress)))

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
        ended = await self._change(
            _FINISH,
            job_id,
            attempt,
            state.value,
            to_jsonb(RECOGNITION.dump(recognition)) if recognition else None,
            error.reason if error else None,
            error.message.replace("\0", "\N{REPLACEMENT CHARACTER}") if error else None,
        )
        return bool(ended)

    async def requeue_running(self, *, silent_for_s: float = 0.0) -> list[Job]:
        """See the port."""
        rows = await self._client.fetch(_REQUEUE, silent_for_s)
        for row in rows:
            self._news.tell(str(row["job_id"]))
        return [job_from(row) for row in rows]

    async def watch(self, tenant: str, job_id: str, *, after_seq: int = 0) -> AsyncIterator[JobEvent]:
        """See the port. A restart of PostgreSQL goes unnoticed; away for longer, it raises DependencyUnavailable."""
        with self._news.about(job_id) as news:
            while True:
                news.clear()  # before looking, so that nothing that happens while we look is slept through
                rows = await self._patiently(_WATCH, tenant, _uuid(job_id), after_seq)
                if not rows:
                    raise NotFound(f"There is no job {job_id}.")
                for row in rows:
                    if row["seq"] is not None:
                        after_seq = row["seq"]
                        yield event_from(row)
                if JobState(rows[0]["job_state"]).is_terminal:
                    return
                with suppress(TimeoutError):
                    async with asyncio.timeout(_LOOK_AGAIN_S):
                        await news.wait()

    async def _patiently(self, sql: str, *values: object) -> list[asyncpg.Record]:
        give_up_s = asyncio.get_running_loop().time() + _WATCHERS_PATIENCE_S
        while True:
            try:
                return await self._client.fetch(sql, *values)
            except DependencyUnavailable:
                if asyncio.get_running_loop().time() > give_up_s:
                    raise
            await asyncio.sleep(_RETRY_S)

    async def _change(self, sql: str, job_id: str, *values: object) -> list[asyncpg.Record]:
        if (key := _uuid(job_id)) is None:
            return []
        try:
            return await self._client.fetch(sql, key, *values)
        finally:
            self._news.tell(str(key))  # also if the caller goes away or the answer is lost: it may have been done


def _uuid(job_id: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(job_id)
    except ValueError:
        return None  # which equals no job's id
