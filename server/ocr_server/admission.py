"""The door: a permit for each document being read, a bounded waiting room, and an honest 'come back later'."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ocr_server.domain.errors import Overloaded


class Admission:
    """Lets ``max_running`` documents be read at a time while ``max_waiting`` more may wait their turn."""

    def __init__(self, *, max_running: int, max_waiting: int) -> None:
        self._permits = asyncio.Semaphore(max_running)
        self._max_running = max_running
        self._max_waiting = max_waiting
        self._mean_service_s = 1.0
        self.running = 0
        self.waiting = 0

    @asynccontextmanager
    async def permit(self, *, patient: bool = False) -> AsyncIterator[float]:
        """Hold a permit for the block; yields the seconds waited for it.

        Raises Overloaded, at once, if the waiting room is full. A ``patient`` caller (a job, whose own queue is
        bounded) waits outside of that bound.
        """
        if not patient and self.waiting >= self._max_waiting and self._permits.locked():
            retry_after_s = max(0.5, self._mean_service_s * (self.waiting + 1) / self._max_running)
            raise Overloaded(
                f"{self.running} documents are being read and {self.waiting} wait; no more are let in.",
                retry_after_s=round(retry_after_s, 1),
            )
        arrived_s = time.perf_counter()
        self.waiting += not patient
        try:
            await self._permits.acquire()
        finally:
            self.waiting -= not patient
        self.running += 1
        began_s = time.perf_counter()
        try:
            yield began_s - arrived_s
        finally:
            self._mean_service_s += 0.2 * (time.perf_counter() - began_s - self._mean_service_s)
            self.running -= 1
            self._permits.release()
