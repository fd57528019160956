"""Jobs in PostgreSQL: any number of servers and workers share them."""

import uuid
from collections.abc import AsyncIterator, Sequence

from ocr_server.adapters.json_codec import RECOGNITION, STAGE_PROGRESS
from ocr_server.adapters.page_token import PagePosition
from ocr_server.adapters.production import postgres_statements as statements
from ocr_server.adapters.production.postgres_database import PostgresDatabase, uuid_or_none
from ocr_server.adapters.production.postgres_rows import (
    JOB_COLUMNS,
    LISTED_COLUMNS,
    document_jsonb,
    event_from,
    job_from,
    new_jobs,
    to_jsonb,
    to_text,
)
from ocr_server.adapters.same_job import same_job
from ocr_server.domain.document import Recognition
from ocr_server.domain.errors import NotFound
from ocr_server.domain.event import event_types_of
from ocr_server.domain.job import Job, JobError, JobEvent, JobState
from ocr_server.domain.progress import StageProgress

_WAITING = "SELECT count(*) FROM jobs WHERE state = 'queued'"
_WATCH = """
    SELECT event.*, job.state NOT IN ('queued', 'running') AS has_ended
    FROM jobs AS job LEFT JOIN job_events AS event ON event.job_id = job.job_id AND event.seq > $3
    WHERE job.job_id = $2 AND job.tenant = $1 ORDER BY event.seq
"""


class PostgresJobs:
    """Port ``JobStore``."""

    def __init__(self, database: PostgresDatabase) -> None:
        self._database = database
        self._fetch = database.client.fetch

    async def create(self, job: Job) -> tuple[Job, bool]:
        """See the port."""
        if await self._fetch(statements.CREATE, *new_jobs([job])):
            return job, True
        same = f"SELECT {JOB_COLUMNS} FROM jobs WHERE tenant = $1 AND request_id = $2"
        (row,) = await self._fetch(same, job.tenant, job.request_id)
        return same_job(job, job_from(row)), False

    async def get(self, tenant: str, job_id: str) -> Job:
        """See the port."""
        one = f"SELECT {JOB_COLUMNS} FROM jobs WHERE tenant = $1 AND job_id = $2"
        for row in await self._fetch(one, tenant, uuid_or_none(job_id)):
            return job_from(row)
        raise _not_found(job_id)

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
        rows = await self._fetch(
            f"SELECT {LISTED_COLUMNS} FROM jobs WHERE {where} ORDER BY created_at DESC, job_id DESC LIMIT $2", *values
        )
        jobs = [job_from(row) for row in rows[:page_size]]
        if len(rows) <= page_size:
            return jobs, ""
        return jobs, PagePosition(jobs[-1].created_at, jobs[-1].job_id).to_token(tenant, states)

    async def start_next(self) -> Job | None:
        """See the port."""
        for row in await self._fetch(statements.START_NEXT):
            self._database.tell(row)
            return job_from(row)
        return None

    async def heartbeat(self, job_id: str, attempt: int) -> bool:
        """See the port."""
        return bool(await self._fetch(statements.HEARTBEAT, uuid_or_none(job_id), attempt))

    async def record_progress(self, job_id: str, attempt: int, progress: Sequence[StageProgress]) -> None:
        """See the port."""
        dumped = [to_jsonb(STAGE_PROGRESS.dump(step)) for step in progress]
        await self._database.change(statements.PROGRESS, job_id, attempt, dumped)

    async def requeue(self, job_id: str, attempt: int, *, after_s: float = 0.0, is_fault: bool = False) -> bool:
        """See the port."""
        return bool(await self._database.change(statements.REQUEUE, job_id, attempt, after_s, is_fault, None))

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
        ended = await self._database.change(
            statements.FINISH,
            job_id,
            attempt,
            state.value,
            to_jsonb(RECOGNITION.dump(recognition)) if recognition else None,
            error.reason if error else None,
            to_text(error.message) if error else None,
            error is not None and error.is_dead_letter,
            [type_.value for type_ in event_types_of(state)],
            document_jsonb(recognition) if recognition else None,
        )
        return bool(ended)

    async def requeue_silent(self, *, silent_for_s: float) -> list[Job]:
        """See the port."""
        requeued = []
        for silent in await self._fetch(statements.SILENT, silent_for_s):
            about = (str(silent["job_id"]), silent["attempt"], 0.0, True, silent["alive_at"])
            requeued += await self._database.change(statements.REQUEUE, *about)
        return [job_from(row) for row in requeued]

    async def count_waiting(self) -> int:
        """See the port."""
        ((waiting,),) = await self._fetch(_WAITING)
        return int(waiting)

    async def forget_ended(self, *, older_than_s: float, limit: int) -> int:
        """See the port."""
        forgotten = await self._fetch(statements.FORGET_ENDED, older_than_s, limit)
        await self._fetch(statements.FORGET_EMPTY_BATCHES, older_than_s, limit)
        return len(forgotten)

    def watch(self, tenant: str, job_id: str, *, after_seq: int = 0) -> AsyncIterator[JobEvent]:
        """See the port."""
        return self._database.follow(_WATCH, tenant, job_id, after_seq, event_from, _not_found(job_id))


def _not_found(job_id: str) -> NotFound:
    return NotFound(f"There is no job {job_id}.")
