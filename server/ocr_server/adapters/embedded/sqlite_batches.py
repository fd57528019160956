"""Batches in SQLite."""

import json
from collections.abc import AsyncIterator, Sequence

from ocr_server.adapters.embedded.sqlite_changes import add_jobs
from ocr_server.adapters.embedded.sqlite_database import SqliteDatabase
from ocr_server.adapters.embedded.sqlite_rows import (
    LISTED_COLUMNS,
    batch_event_from,
    batch_from,
    job_from,
)
from ocr_server.adapters.microseconds import to_us
from ocr_server.adapters.same_job import same_batch
from ocr_server.domain.batch import Batch, BatchEvent
from ocr_server.domain.errors import NotFound
from ocr_server.domain.job import Job

_WATCH = """
    SELECT batch.queued + batch.running = 0 AS has_ended, event.* FROM batches AS batch
    LEFT JOIN batch_events AS event ON event.batch_id = batch.batch_id AND event.seq > ?3
    WHERE batch.batch_id = ?1 AND batch.tenant = ?2 ORDER BY event.seq
"""


class SqliteBatches:
    """Port ``BatchStore``."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def create_batch(self, batch: Batch, jobs: Sequence[Job]) -> tuple[Batch, bool]:
        """See the port."""
        async with self._database.transaction():
            if batch.request_id:
                same = "SELECT * FROM batches WHERE tenant = ? AND request_id = ?"
                for row in await self._database.write(same, batch.tenant, batch.request_id):
                    listed = f"SELECT {LISTED_COLUMNS} FROM jobs WHERE batch_id = ?"
                    existing_jobs = await self._database.write(listed, row["batch_id"])
                    return same_batch(jobs, batch_from(row), [job_from(job) for job in existing_jobs]), False
            await self._database.write(
                "INSERT INTO batches (batch_id, tenant, request_id, job_ids, created_at_us, "
                "queued, running, succeeded, failed, cancelled) VALUES (?, ?, ?, ?, ?, ?, 0, 0, 0, 0)",
                batch.batch_id,
                batch.tenant,
                batch.request_id or None,
                json.dumps(batch.job_ids),
                to_us(batch.created_at),
                len(jobs),
            )
            await add_jobs(self._database, jobs)
        return batch, True

    async def get_batch(self, tenant: str, batch_id: str) -> Batch:
        """See the port."""
        select = "SELECT * FROM batches WHERE batch_id = ? AND tenant = ?"
        for row in await self._database.read(select, batch_id, tenant):
            return batch_from(row)
        raise _not_found(batch_id)

    def watch_batch(self, tenant: str, batch_id: str, *, after_seq: int = 0) -> AsyncIterator[BatchEvent]:
        """See the port."""
        return self._database.follow(_WATCH, tenant, batch_id, after_seq, batch_event_from, _not_found(batch_id))


def _not_found(batch_id: str) -> NotFound:
    return NotFound(f"There is no batch {batch_id}.")
