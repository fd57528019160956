"""The one database that all adapters of PostgreSQL share: its connections, its news, and how changes are followed."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import TypeVar

import asyncpg

from ocr_server.adapters.production.postgres_client import PostgresClient
from ocr_server.adapters.production.postgres_migrations import check_schema
from ocr_server.adapters.production.postgres_news import News
from ocr_server.domain.errors import DependencyUnavailable, NotFound

EventT = TypeVar("EventT")

# A restart of PostgreSQL takes a second or two.
_WATCHERS_PATIENCE_S = 15.0
_RETRY_S = 0.25
# Should nobody have told: a process was killed after it changed something, before it said so.
_LOOK_AGAIN_S = 5.0
# What happens within so long is looked at once: a job is often done soon after it was started.
_GATHER_S = 0.002


class PostgresDatabase:
    """While PostgreSQL is away every call raises DependencyUnavailable; nothing need be opened anew."""

    def __init__(self, client: PostgresClient) -> None:
        self.client = client
        self.news = News(client)
        self._telling = asyncio.create_task(self.news.run(), name="news of PostgreSQL")

    @classmethod
    async def open(cls, url: str) -> "PostgresDatabase":
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
        await self.client.close()

    async def change(self, sql: str, job_id: str, *values: object) -> list[asyncpg.Record]:
        """Run one statement that changes this job, which is its $1, and wake who watches it, or its batch.

        The rows have a batch_id; there are none if nothing was changed, or this is no job's id.
        """
        if (key := uuid_or_none(job_id)) is None:
            return []
        try:
            rows = await self.client.fetch(sql, key, *values)
        finally:
            self.news.tell(str(key))  # also if the caller goes away or the answer is lost: it may have been done
        for row in rows:
            self.tell(row)
        return rows

    def tell(self, row: asyncpg.Record) -> None:
        """Wake who watches this job, or its batch."""
        for key in (row["job_id"], row["batch_id"]):
            if key is not None:
                self.news.tell(str(key))

    async def follow(
        self,
        sql: str,
        tenant: str,
        key: str,
        after_seq: int,
        event_from: Callable[[asyncpg.Record], EventT],
        not_found: NotFound,
    ) -> AsyncIterator[EventT]:
        """Yield the events of a job or a batch: past ones first, then as they happen, until it has ended.

        sql: takes tenant, key and after_seq. Its rows are the later events, each with ``has_ended``; one with seq NULL
        if there is none yet; and no row if this tenant has nothing of this key: then not_found is raised.
        A restart of PostgreSQL goes unnoticed; away for longer, it raises DependencyUnavailable.
        """
        known = uuid_or_none(key)
        with self.news.about(str(known)) as news:
            while True:
                news.clear()  # before looking, so that nothing that happens while we look is slept through
                rows = await self._patiently(sql, tenant, known, after_seq)
                if not rows:
                    raise not_found
                for row in rows:
                    if row["seq"] is not None:
                        after_seq = row["seq"]
                        yield event_from(row)
                if rows[0]["has_ended"]:
                    return
                with suppress(TimeoutError):
                    async with asyncio.timeout(_LOOK_AGAIN_S):
                        await news.wait()
                await asyncio.sleep(_GATHER_S)

    async def _patiently(self, sql: str, *values: object) -> list[asyncpg.Record]:
        give_up_s = asyncio.get_running_loop().time() + _WATCHERS_PATIENCE_S
        while True:
            try:
                return await self.client.fetch(sql, *values)
            except DependencyUnavailable:
                if asyncio.get_running_loop().time() > give_up_s:
                    raise
            await asyncio.sleep(_RETRY_S)


def uuid_or_none(text: str) -> uuid.UUID | None:
    """Read an id; None, which in SQL equals nothing, if it is none."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
