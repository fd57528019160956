"""One SQLite file for all embedded stores: nothing to install, nothing lost in a restart or a power cut."""

import asyncio
import fcntl
import logging
import sqlite3
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import TypeVar

import aiosqlite

from ocr_server.adapters.embedded.private_folder import make_private
from ocr_server.adapters.embedded.sqlite_schema import migrate
from ocr_server.domain.errors import NotFound

T = TypeVar("T")


class SqliteDatabase:
    """One connection writes, another one reads, and what is written wakes the watchers of this process.

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
    async def open(cls, path: Path) -> "SqliteDatabase":
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

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        """All or nothing, one at a time; then wake who watches what ``changed`` was told of.

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
                for key in self._changed:
                    for news in self._watchers.get(key, ()):
                        news.set()
                self._changed.clear()

    async def write(self, sql: str, *values: object) -> list[sqlite3.Row]:
        """Execute one statement of the transaction that the caller is in, and return its rows."""
        return list(await self._writer.execute_fetchall(sql, values))

    async def write_many(self, sql: str, rows: Iterable[tuple[object, ...]]) -> None:
        """Execute one statement for each row of values, in the transaction that the caller is in."""
        await self._writer.executemany(sql, rows)

    async def read(self, sql: str, *values: object) -> list[sqlite3.Row]:
        """Read what has been committed, beside whoever writes."""
        return list(await self._reader.execute_fetchall(sql, values))

    def changed(self, key: str) -> None:
        """Wake who watches this key once the transaction that the caller is in has ended."""
        self._changed.add(key)

    async def follow(
        self, sql: str, tenant: str, key: str, after_seq: int, read: Callable[[sqlite3.Row], T], missing: NotFound
    ) -> AsyncIterator[T]:
        """Yield events about the key, past ones first, then as they happen, and end when it has ended.

        sql: selects the events of key ?1 and tenant ?2 with seq > ?3, or one row with a NULL seq if there are none;
            its column has_ended says whether more may come. read: makes an event of a row.
        missing: raised if there is no row at all.
        """
        with self._news_about(key) as news:
            while True:
                news.clear()  # before looking, so that nothing that happens while we look is slept through
                rows = await self.read(sql, key, tenant, after_seq)
                if not rows:
                    raise missing
                for row in rows:
                    if row["seq"] is not None:
                        after_seq = row["seq"]
                        yield read(row)
                if rows[0]["has_ended"]:
                    return
                await news.wait()

    @contextmanager
    def _news_about(self, key: str) -> Iterator[asyncio.Event]:
        news = asyncio.Event()
        self._watchers[key].add(news)
        try:
            yield news
        finally:
            self._watchers[key].discard(news)
            if not self._watchers[key]:
                del self._watchers[key]


@contextmanager
def _sole_owner(path: Path) -> Iterator[None]:
    with path.with_suffix(".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RuntimeError(f"Another server uses {path.parent}: give each its own OCR_DATA_DIR.") from None
        yield
