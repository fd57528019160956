"""Room in a queue that is asked for first and filled later."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from ocr_server.domain.errors import Overloaded

_RETRY_AFTER_S = 5.0


class Places:
    """The places of one process in a queue with room for ``capacity`` calls.

    What other processes hold at this moment is not known here: together they may let in that much more.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._taken = 0
        self._given_back = 0

    @asynccontextmanager
    async def held(self, places: int, size: Callable[[], Awaitable[int]]) -> AsyncIterator[None]:
        """Hold so many for the block. Raises Overloaded if there are not so many free, and what ``size`` raises."""
        given_back = self._given_back
        waiting = await size()
        # Whoever held a place when the queue was asked may have filled it since, of which that answer does not tell.
        if waiting + (self._taken - given_back) + places > self._capacity:
            raise Overloaded(
                f"{waiting} jobs are waiting and {self._capacity} may: no more are let in.",
                retry_after_s=_RETRY_AFTER_S,
            )
        self._taken += places
        try:
            yield
        finally:
            self._given_back += places
