"""Batches in PostgreSQL; every change of one of their jobs counts in the batch's row too, in the same statement."""

from collections.abc import AsyncIterator, Sequence

from ocr_server.adapters.production import postgres_statements as statements
from ocr_server.adapters.production.postgres_database import PostgresDatabase, uuid_or_none
from ocr_server.adapters.production.postgres_rows import (
    LISTED_COLUMNS,
    batch_event_from,
    batch_from,
    job_from,
    new_jobs,
)
from ocr_server.adapters.same_job import same_batch
from ocr_server.domain.batch import Batch, BatchEvent
from ocr_server.domain.errors import NotFound
from ocr_server.domain.job import Job

_WATCH = """
    SELECT event.*, batch.queued + batch.running = 0 AS has_ended
    FROM batches AS batch LEFT JOIN batch_events AS event ON event.batch_id = batch.batch_id AND event.seq > $3
    WHERE batch.batch_id = $2 AND batch.tenant = $1 ORDER BY event.seq
"""


class PostgresBatches:
    """Port ``BatchStore``."""

    def __init__(self, database: PostgresDatabase) -> None:
        self._database = database
        self._fetch = database.client.fetch

    async def create_batch(self, batch: Batch, jobs: Sequence[Job]) -> tuple[Batch, bool]:
        """See the port."""
        about = (batch.request_id or None, batch.created_at)
        if await self._fetch(statements.CREATE_BATCH, *new_jobs(jobs), *about):
            return batch, True
        same = "SELECT * FROM batches WHERE tenant = $1 AND request_id = $2"
        (row,) = await self._fetch(same, batch.tenant, batch.request_id)
        its_jobs = await self._fetch(f"SELECT {LISTED_COLUMNS} FROM jobs WHERE batch_id = $1", row["batch_id"])
        return same_batch(jobs, batch_from(row), [job_from(job) for job in its_jobs]), False

    async def get_batch(self, tenant: str, batch_id: str) -> Batch:
        """See the port."""
        one = "SELECT * FROM batches WHERE tenant = $1 AND batch_id = $2"
        for row in await self._fetch(one, tenant, uuid_or_none(batch_id)):
            return batch_from(row)
        raise _not_found(batch_id)

    def watch_batch(self, tenant: str, batch_id: str, *, after_seq: int = 0) -> AsyncIterator[BatchEvent]:
        """See the port."""
        return self._database.follow(_WATCH, tenant, batch_id, after_seq, batch_event_from, _not_found(batch_id))


def _not_found(batch_id: str) -> NotFound:
    return NotFound(f"There is no batch {batch_id}.")
