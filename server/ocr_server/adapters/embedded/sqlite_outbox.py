"""The outbox in SQLite."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from ocr_server.adapters.embedded.sqlite_database import SqliteDatabase
from ocr_server.adapters.embedded.sqlite_rows import job_from
from ocr_server.domain.event import Event, events_of


class SqliteOutbox:
    """Port ``Outbox``."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database
        self._reading = asyncio.Lock()  # which is enough: the file belongs to one process

    @asynccontextmanager
    async def sole_reader(self) -> AsyncIterator[None]:
        """See the port."""
        async with self._reading:
            yield

    async def unpublished(self, *, limit: int) -> list[Event]:
        """See the port."""
        rows = await self._database.read(
            "SELECT type, jobs.* FROM outbox JOIN jobs USING (job_id) ORDER BY position LIMIT ?", limit
        )
        jobs = {row["job_id"]: row for row in rows}  # a recognition may be large: read it once for all its events
        told = {(job_id, event.type.value): event for job_id, row in jobs.items() for event in events_of(job_from(row))}
        return [told[row["job_id"], row["type"]] for row in rows]

    async def mark_published(self, events: Sequence[Event]) -> None:
        """See the port."""
        async with self._database.transaction():
            await self._database.write_many(
                "DELETE FROM outbox WHERE job_id = ? AND type = ?",
                [(event.subject, event.type.value) for event in events],
            )
