"""Opens the parts of the stack side by side, and keeps them until the block ends."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TypeVar

from ocr_server.stack.part import Part, Probe, Server, restart_when_dead, watch

S = TypeVar("S")
R = TypeVar("R", bound=Server)


class Keeper:
    """Each part has a task of its own, in which it is opened, watched, mended and closed.

    parts: what is known of each; others' may be among them. What ``keep`` and ``watch`` return is done once the part is
    open. One that cannot be opened ends the keeper's block with its error, and so whoever waits there.
    """

    def __init__(self, group: asyncio.TaskGroup, parts: list[Part]) -> None:
        self._group = group
        self._parts = parts
        self._tasks: list[asyncio.Task[None]] = []

    def keep(
        self,
        name: str,
        opening: AbstractAsyncContextManager[R],
        *,
        url: Callable[[R], str],
        probe: Callable[[R], Probe],
    ) -> Awaitable[R]:
        """Open a server, and start it again whenever it has died."""
        return self._add(name, opening, url, probe, lambda server: server.pid, restart_when_dead)

    def watch(
        self,
        name: str,
        opening: AbstractAsyncContextManager[S],
        *,
        url: Callable[[S], str],
        probe: Callable[[S], Probe],
        pid: Callable[[S], int | None],
    ) -> Awaitable[S]:
        """Open what mends itself."""
        return self._add(name, opening, url, probe, pid, _leave_alone)

    def end(self) -> None:
        """Have all parts closed, beside each other."""
        for task in self._tasks:
            task.cancel()

    def _add(
        self,
        name: str,
        opening: AbstractAsyncContextManager[S],
        url: Callable[[S], str],
        probe: Callable[[S], Probe],
        pid: Callable[[S], int | None],
        mend: Callable[[Part, S], Awaitable[None]],
    ) -> Awaitable[S]:
        part = Part(name)
        self._parts.append(part)
        opened: asyncio.Future[S] = asyncio.get_running_loop().create_future()

        async def run() -> None:
            async with opening as server, probe(server) as ask, asyncio.TaskGroup() as group:
                # Without the password.
                part.address = url(server).rpartition("://")[2].rpartition("@")[2].partition("/")[0]
                group.create_task(watch(part, ask, lambda: pid(server)), name=f"watch-{name}")
                opened.set_result(server)
                await mend(part, server)

        self._tasks.append(self._group.create_task(run(), name=f"keep-{name}"))
        return opened


@asynccontextmanager
async def keeping(parts: list[Part]) -> AsyncIterator[Keeper]:
    """Keep what is opened within the block; at its end all of that is closed. Raises ExceptionGroup."""
    async with asyncio.TaskGroup() as group:
        keeper = Keeper(group, parts)
        yield keeper
        keeper.end()


async def _leave_alone(part: Part, server: object) -> None:
    await asyncio.Event().wait()
