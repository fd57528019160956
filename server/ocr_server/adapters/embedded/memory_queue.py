"""A queue within one process. It may forget: after a restart it is filled again from the job store."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ocr_server.adapters.places import Places


class MemoryQueue:
    """Port ``JobQueue``: room for ``capacity`` calls."""

    def __init__(self, capacity: int) -> None:
        self._places = Places(capacity)
        self._calls: asyncio.Queue[None] = asyncio.Queue()
        self._delayed = 0

    @asynccontextmanager
    async def reserve(self, places: int = 1) -> AsyncIterator[None]:
        """See the port."""
        async with self._places.held(places, self.size):
            yield

    async def put(self, calls: int = 1, *, delay_s: float = 0.0) -> None:
        """See the port."""
        self._delayed += calls
        if delay_s > 0:
            asyncio.get_running_loop().call_later(delay_s, self._come_due, calls)
        else:
            self._come_due(calls)

    async def get(self) -> None:
        """See the port."""
        await self._calls.get()

    async def size(self) -> int:
        """See the port."""
        return self._calls.qsize() + self._delayed

    def _come_due(self, calls: int) -> None:
        self._delayed -= calls
        for _ in range(calls):
            self._calls.put_nowait(None)
