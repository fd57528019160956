"""Jobs in one SQLite file: nothing to install, nothing lost in a restart or a power cut."""

import asyncio
import fcntl
import logging
import sqlite3
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import aiosqlite

from ocr_server.adapters.embedded.private_folder import make_private
from ocr_server.adapters.embedded.sqlite_rows import LISTED_COLUMNS, event_from, job_from
from ocr_server.adapters.embedded.sqlite_schema import migrate
from ocr_server.adapters.json_codec import OPTIONS, RECOGNITION, STAGE_PROGRESS
from ocr_server.adapters.microseconds import to_us
from ocr_server.adapters.page_token import PagePosition
from ocr_server.adapters.same_job import same_job
from ocr_server.domain.document import Recognition
from ocr_server.domain.errors import NotFound
from ocr_server.domain.job import Job, JobError, JobEvent, JobState
from ocr_server.domain.progress import StageProgress

_UNFINISHED = "state IN ('queued', 'running')"
_HELD = "state = 'running' AND attempt = ?"


class SqliteJobs:
    """Port ``JobStore``: one connection writes, another one reads, and writes wake the watchers of this process.

    The file belongs to one process at a time: a second one would take the first one's running jobs for lost.
    """

    def __init__(self, writer: aiosqlite.Connection, reader: aiosqlite.Connection, opened: AsyncExitStack) -> None:
        self._writer = writer
        self._reader = reader
        self._opened = opened
        self._one_transaction = asyncio.Lock()
        self._changed: set[str] = set()
        self._watchers: defaultdict[str, set[asyncio.Event]] = defaultdict(set)

    @classmethod
    async def open(cls, path: Path) -> "SqliteJobs":
        """Open or make the file and its folder. Raises RuntimeError if another process has it open."""
        make_private(path.parent)
        # Its debug lines would show what is in the rows: text that was read, and error messages.
        logging.getLogger("aiosqlite").setLevel(logging.INFO)
        async with AsyncExitStack() as stack:
            stack.enter_context(_sole_owner(path))
            writer = await stack.enter_async_context(aiosqlite.connect(path, isolation_level=None))
            # FULL: in WAL mode that makes each commit survive a power cut, not just a crash of the process.
            await writer.executescript(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
            )
            await migrate(writer)
            reader = await stack.enter_async_context(aiosqlite.connect(path, isolation_level=None))
            await reader.executescript("PRAGMA query_only = ON")
            writer.row_factory = reader.row_factory = sqlite3.Row
            return cls(writer, reader, stack.pop_all())

    async def close(self) -> None:
        """Close the file; calls under way fail, so let them end first."""
        await self._opened.aclose()

    async def create(self, job: Job) -> tuple[Job, bool]:
        """See the port."""
        async with self._transaction():
            if job.request_id:
                same = "SELECT * FROM jobs WHERE tenant = ? AND request_id = ?"
                for row in await self._write(same, job.tenant, job.request_id):
                    return same_job(job, job_from(row)), False
            await self._write(
                "INSERT INTO jobs (job_id, tenant, request_id, state, image_digest, created_at_us, alive_at_us, "
                "options) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                job.job_id,
                job.tenant,
                job.request_id or None,
                job.state.value,
                job.image_digest,
                to_us(job.created_at),
                _now_us(),
                OPTIONS.dump(job.options),
            )
            await self._add_event(job.job_id, job.state)
        return job, True

    async def get(self, tenant: str, job_id: str) -> Job:
        """See the port."""
        for row in await self._read("SELECT * FROM jobs WHERE job_id = ? AND tenant = ?", job_id, tenant):
            return job_from(row)
        raise NotFound(f"There is no job {job_id}.")

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
        rows = await self._read(
            f"SELECT {LISTED_COLUMNS} FROM jobs WHERE {where} ORDER BY created_at_us DESC, job_id DESC LIMIT ?",
            *values,
            page_size + 1,
        )
        jobs = [job_from(row) for row in rows[:page_size]]
        if len(rows) <= page_size:
            return jobs, ""
        return jobs, PagePosition(jobs[-1].created_at, jobs[-1].job_id).to_token(tenant, states)

    async def start(self, job_id: str) -> Job | None:
        """See the port."""
        async with self._transaction():
            for row in await self._write(
                "UPDATE jobs SET state = 'running', attempt = attempt + 1, started_at_us = ?1, alive_at_us = ?1 "
                "WHERE job_id = ?2 AND state = 'queued' RETURNING *",
                _now_us(),
                job_id,
            ):
                await self._add_event(job_id, JobState.RUNNING)
                return job_from(row)
        return None

    async def heartbeat(self, job_id: str, attempt: int) -> bool:
        """See the port."""
        async with self._transaction():
            alive = f"UPDATE jobs SET alive_at_us = ? WHERE job_id = ? AND {_HELD} RETURNING job_id"
            return bool(await self._write(alive, _now_us(), job_id, attempt))

    async def record_progress(self, job_id: str, attempt: int, progress: StageProgress) -> None:
        """See the port."""
        async with self._transaction():
            if await self._write(f"SELECT job_id FROM jobs WHERE job_id = ? AND {_HELD}", job_id, attempt):
                await self._add_event(job_id, JobState.RUNNING, progress)

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
        async with self._transaction():
            ended = await self._write(
                "UPDATE jobs SET state = ?, ended_at_us = ?, recognition = ?, error_reason = ?, error_message = ? "
                f"WHERE job_id = ? AND {_UNFINISHED if attempt is None else _HELD} RETURNING job_id",
                state.value,
                _now_us(),
                RECOGNITION.dump(recognition) if recognition else None,
                error.reason if error else None,
                error.message if error else None,
                job_id,
                *(() if attempt is None else (attempt,)),
            )
            if ended:
                await self._add_event(job_id, state)
        return bool(ended)

    async def requeue_running(self, *, silent_for_s: float = 0.0) -> list[Job]:
        """See the port."""
        now_us = _now_us()
        silent, values = f"{_UNFINISHED} AND alive_at_us <= ?", (now_us - round(silent_for_s * 1e6),)
        async with self._transaction():
            jobs = await self._write(f"SELECT * FROM jobs WHERE {silent} ORDER BY created_at_us, job_id", *values)
            await self._write(f"UPDATE jobs SET state = 'queued', alive_at_us = ? WHERE {silent}", now_us, *values)
            for job in jobs:
                if job["state"] == JobState.RUNNING.value:
                    await self._add_event(job["job_id"], JobState.QUEUED)
        return [replace(job_from(job), state=JobState.QUEUED) for job in jobs]

    async def watch(self, tenant: str, job_id: str, *, after_seq: int = 0) -> AsyncIterator[JobEvent]:
        """See the port."""
        with self._woken_by(job_id) as news:
            while True:
                news.clear()  # before looking, so that nothing that happens while we look is slept through
                rows = await self._read(
                    "SELECT job.state AS job_state, event.* FROM jobs AS job LEFT JOIN job_events AS event "
                    "ON event.job_id = job.job_id AND event.seq > ? "
                    "WHERE job.job_id = ? AND job.tenant = ? ORDER BY event.seq",
                    after_seq,
                    job_id,
                    tenant,
                )
                if not rows:
                    raise NotFound(f"There is no job {job_id}.")
                for row in rows:
                    if row["seq"] is not None:
                        after_seq = row["seq"]
                        yield event_from(row)
                if JobState(rows[0]["job_state"]).is_terminal:
                    return
                await news.wait()

    @contextmanager
    def _woken_by(self, job_id: str) -> Iterator[asyncio.Event]:
        news = asyncio.Event()
        self._watchers[job_id].add(news)
        try:
            yield news
        finally:
            self._watchers[job_id].discard(news)
            if not self._watchers[job_id]:
                del self._watchers[job_id]

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[None]:
        """All or nothing, one at a time; then wake who watches the jobs that changed.

        The connection's thread takes its orders in turn, those of a cancelled caller too: a BEGIN or COMMIT that
        nobody waits for any longer still comes before the ROLLBACK sent here, and that before the next BEGIN.
        """
        async with self._one_transaction:
            try:
                await self._writer.execute("BEGIN IMMEDIATE")
                yield
                await self._writer.commit()
            except BaseException:
                await self._writer.rollback()
                raise
            finally:
                for job_id in self._changed:
                    for news in self._watchers.get(job_id, ()):
                        news.set()
                self._changed.clear()

    async def _add_event(self, job_id: str, state: JobState, progress: StageProgress | None = None) -> None:
        self._changed.add(job_id)
        await self._write(
            "INSERT INTO job_events (job_id, seq, at_us, state, progress) "
            "SELECT ?1, coalesce(max(seq), 0) + 1, ?2, ?3, ?4 FROM job_events WHERE job_id = ?1",
            job_id,
            _now_us(),
            state.value,
            STAGE_PROGRESS.dump(progress) if progress else None,
        )

    async def _write(self, sql: str, *values: object) -> list[sqlite3.Row]:
        return list(await self._writer.execute_fetchall(sql, values))

    async def _read(self, sql: str, *values: object) -> list[sqlite3.Row]:
        return list(await self._reader.execute_fetchall(sql, values))


@contextmanager
def _sole_owner(path: Path) -> Iterator[None]:
    with path.with_suffix(".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RuntimeError(f"Another server uses {path.parent}: give each its own OCR_DATA_DIR.") from None
        yield


def _now_us() -> int:
    return to_us(datetime.now(UTC))
