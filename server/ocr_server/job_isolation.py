"""A job that may have taken a process down is read alone in its next one, so that it takes no others with it again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class JobIsolation:
    """A lock of this process that jobs share, and that a suspect has for itself; who waits to be alone goes first."""

    def __init__(self) -> None:
        self._changed = asyncio.Condition()
        self._inside = 0
        self._suspects_waiting = 0
        self._is_one_alone = False

    @asynccontextmanager
    async def shared(self) -> AsyncIterator[None]:
        """Be with others during the block, and with no suspect."""
        async with self._changed:
            await self._changed.wait_for(lambda: not self._is_one_alone and not self._suspects_waiting)
            self._inside += 1
        try:
            yield
        finally:
            async with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """Be alone during the block: wait for those inside to leave, and keep others out."""
        async with self._changed:
            self._suspects_waiting += 1
            try:
                await self._changed.wait_for(lambda: not self._is_one_alone and not self._inside)
                self._is_one_alone = True
            finally:
                self._suspects_waiting -= 1
                self._changed.notify_all()
        try:
            yield
        finally:
            async with self._changed:
                self._is_one_alone = False
                self._changed.notify_all()
