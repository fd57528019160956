"""The outbox in PostgreSQL: one process at a time publishes, wherever it runs."""

import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import asyncpg

from ocr_server.adapters.production.postgres_client import errors_translated
from ocr_server.adapters.production.postgres_database import PostgresDatabase
from ocr_server.adapters.production.postgres_rows import JOB_COLUMNS, job_from
from ocr_server.domain.event import Event, EventType, events_of

_LOCK = 4_263_873_312_590_417_105  # any number that nobody else locks this database with
_TIMEOUT_S = 10.0
# A machine that loses its power does not say so; then PostgreSQL finds out within some 20 s and frees the lock.
_KEEP_ALIVE = "SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3"
_OLDEST = f"""
    SELECT type, {JOB_COLUMNS} FROM outbox JOIN jobs USING (job_id) ORDER BY position LIMIT $1
"""
_PUBLISHED = """
    DELETE FROM outbox USING unnest($1::uuid[], $2::text[]) AS published (id, of_type)
    WHERE job_id = id AND type = of_type
"""


class PostgresOutbox:
    """Port ``Outbox``. Its calls go over the connection that holds the lock: when that breaks, so that another process
    may get the lock, the next call raises DependencyUnavailable.
    """

    def __init__(self, database: PostgresDatabase) -> None:
        self._database = database
        self._locked: asyncpg.Connection[asyncpg.Record] | None = None

    @asynccontextmanager
    async def sole_reader(self) -> AsyncIterator[None]:
        """See the port. Raises DependencyUnavailable."""
        async with self._database.client.connection() as connection:
            with errors_translated():
                await connection.execute(_KEEP_ALIVE)
                await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)  # goes with the connection
            self._locked = connection
            try:
                yield
            finally:
                self._locked = None

    async def unpublished(self, *, limit: int) -> list[Event]:
        """See the port. Raises DependencyUnavailable."""
        events = {}
        order = []
        for row in await self._fetch(_OLDEST, limit):
            if (job_id := str(row["job_id"])) not in events:  # of a job's two events both tell of its recognition
                events[job_id] = {event.type: event for event in events_of(job_from(row))}
            order.append(events[job_id][EventType(row["type"])])
        return order

    async def mark_published(self, events: Sequence[Event]) -> None:
        """See the port. Raises DependencyUnavailable."""
        job_ids = [uuid.UUID(event.job.job_id) for event in events]
        await self._fetch(_PUBLISHED, job_ids, [event.type.value for event in events])

    async def _fetch(self, sql: str, *values: object) -> list[asyncpg.Record]:
        if self._locked is None:
            return await self._database.client.fetch(sql, *values)
        with errors_translated():
            return await self._locked.fetch(sql, *values, timeout=_TIMEOUT_S)
