"""Dead letters in PostgreSQL: rows of the table of jobs."""

from ocr_server.adapters.production import postgres_statements as statements
from ocr_server.adapters.production.postgres_database import PostgresDatabase, uuid_or_none
from ocr_server.adapters.production.postgres_rows import LISTED_COLUMNS, job_from, new_jobs
from ocr_server.domain.job import Job

_DEAD = f"""
    SELECT {LISTED_COLUMNS} FROM jobs WHERE is_dead_letter AND replayed_as IS NULL
    ORDER BY ended_at DESC LIMIT $1
"""


class PostgresDeadLetters:
    """Port ``DeadLetters``."""

    def __init__(self, database: PostgresDatabase) -> None:
        self._database = database

    async def list_dead_letters(self, *, limit: int) -> list[Job]:
        """See the port."""
        return [job_from(row) for row in await self._database.client.fetch(_DEAD, limit)]

    async def replay(self, job_id: str, again: Job) -> bool:
        """See the port."""
        return bool(await self._database.client.fetch(statements.REPLAY, *new_jobs([again]), uuid_or_none(job_id)))
