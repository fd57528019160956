"""A queue within one process. It may forget: after a restart it is filled again from the job store."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ocr_server.domain.errors import Overloaded


class MemoryQueue:
    """Port ``JobQueue``: first in, first out; ``capacity`` jobs may wait."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._reserved = 0
        self._waiting: asyncio.Queue[str] = asyncio.Queue()

    @asynccontextmanager
    async def reserve(self) -> AsyncIterator[None]:
        """See the port."""
        if self._waiting.qsize() + self._reserved >= self._capacity:
            raise Overloaded(f"{self._capacity} jobs are waiting already; no more are let in.", retry_after_s=5.0)
        self._reserved += 1
        try:
            yield
        finally:
            self._reserved -= 1

    async def put(self, job_id: str) -> None:
        """See the port."""
        self._waiting.put_nowait(job_id)

    async def get(self) -> str:
        """See the port."""
        return await self._waiting.get()
