"""One part of the stack: what is known of its health, and who starts it again when it dies."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

import structlog

from ocr_server.stack.backoff import Backoff

_EVERY_S = 1.0
_ANSWER_TIMEOUT_S = 5.0
_SHORT = 100

# Asks a part as its clients do, and returns the name and version it tells; raises what it likes if it is not well.
Ask = Callable[[], Awaitable[str]]
Probe = AbstractAsyncContextManager[Ask]

log = structlog.get_logger()


class Health(Enum):
    """As the table shows it."""

    STARTING = "starting"
    UP = "up"
    DOWN = "down"


class Server(Protocol):
    """What launchers open: dead, it can be started again with its address and all its data."""

    @property
    def pid(self) -> int | None:
        """Its process id."""
        ...

    async def start(self) -> None:
        """Raises RuntimeError if it does not serve in time."""
        ...

    async def kill(self) -> None:
        """Leave nothing of it running."""
        ...

    async def wait(self) -> int:
        """Wait for its end; return its exit code."""
        ...


@dataclass(slots=True)
class Part:
    """A line of the table.

    version: of what program. pid: of its present process, or its last. why: what is wrong; empty if nothing is.
    restarts: how often another process has taken the place of one.
    """

    name: str
    address: str = ""
    version: str = ""
    pid: int | None = None
    health: Health = Health.STARTING
    why: str = ""
    restarts: int = 0
    has_been_up: asyncio.Event = field(default_factory=asyncio.Event)

    def is_up(self, version: str, pid: int | None) -> None:
        """It has answered."""
        if self.pid and pid and pid != self.pid:
            self.restarts += 1
        self.pid, self.version = pid or self.pid, version
        if self.health is not Health.UP:
            self.health, self.why = Health.UP, ""
            self.has_been_up.set()
            log.info("stack.up", part=self.name, address=self.address, version=version, pid=self.pid)

    def is_down(self, why: str) -> None:
        """It has died, or does not answer. Until it has been up for the first time, that is only a slow start."""
        self.why = why
        if self.health is Health.UP:
            self.health = Health.DOWN
            log.warning("stack.down", part=self.name, pid=self.pid, why=why)


async def watch(part: Part, ask: Ask, pid: Callable[[], int | None]) -> None:
    """Ask each second whether the part is well, until cancelled."""
    task = asyncio.current_task()
    assert task
    while not task.cancelling():  # redis-py may lose a CancelledError
        try:
            async with asyncio.timeout(_ANSWER_TIMEOUT_S):
                version = await ask()
        except TimeoutError:
            part.is_down(f"no answer in {_ANSWER_TIMEOUT_S:g} s")
        except Exception as error:  # each client has its own
            part.is_down((str(error) or type(error).__name__).splitlines()[0][:_SHORT])
        else:
            part.is_up(version, pid())
        await asyncio.sleep(_EVERY_S)


async def restart_when_dead(part: Part, server: Server) -> None:
    """Start the server again whenever it has ended, until cancelled: at once, or after a pause if it keeps dying."""
    loop, backoff = asyncio.get_running_loop(), Backoff()
    started_s = loop.time()
    while True:
        why = f"it ended with {await server.wait()}"
        part.is_down(why)
        while why:
            pause_s = backoff.after(loop.time() - started_s)
            log.error("stack.restarts", part=part.name, why=why, in_s=pause_s)
            await asyncio.sleep(pause_s)
            started_s = loop.time()
            await server.kill()  # what is left of it
            try:
                await server.start()
                why = ""
            except RuntimeError as error:
                why = str(error)
