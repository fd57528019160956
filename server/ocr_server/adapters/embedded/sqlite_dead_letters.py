"""Dead letters in SQLite: jobs that failed for no fault of their image."""

from ocr_server.adapters.embedded.sqlite_changes import add_jobs
from ocr_server.adapters.embedded.sqlite_database import SqliteDatabase
from ocr_server.adapters.embedded.sqlite_rows import LISTED_COLUMNS, job_from
from ocr_server.domain.job import Job

_DEAD = "is_dead_letter AND replayed_as IS NULL"


class SqliteDeadLetters:
    """Port ``DeadLetters``."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def list_dead_letters(self, *, limit: int) -> list[Job]:
        """See the port."""
        newest = f"SELECT {LISTED_COLUMNS} FROM jobs WHERE {_DEAD} ORDER BY ended_at_us DESC, job_id LIMIT ?"
        return [job_from(row) for row in await self._database.read(newest, limit)]

    async def replay(self, job_id: str, again: Job) -> bool:
        """See the port."""
        leave = f"UPDATE jobs SET replayed_as = ? WHERE job_id = ? AND {_DEAD} RETURNING job_id"
        async with self._database.transaction():
            left = await self._database.write(leave, again.job_id, job_id)
            if left:
                await add_jobs(self._database, [again])
        return bool(left)
