"""Calls for workers in Redis, which all processes share, through saq."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from time import time

import structlog
from pydantic import SecretStr
from saq.job import Job, Status
from saq.queue.redis import RedisQueue as SaqQueue

from ocr_server.adapters.places import Places
from ocr_server.adapters.production.redis_client import RedisClient, open_redis
from ocr_server.domain.errors import DependencyUnavailable

_NAME = "ocr"
# Each worker that waits for a call has one.
_CONNECTIONS = 128
# An answer takes a millisecond. Who submits a job does not wait longer than this for a Redis that hangs.
_PATIENCE_S = 2.0
_LISTEN_S = 2.0
_TICK_S = 0.2
# To take a call and to say so are two steps of some milliseconds; whoever is still between them now died there.
_LOST_AFTER_S = 10.0

log = structlog.get_logger()


class _Calls(SaqQueue):
    async def notify(self, job: Job) -> None:
        """Publish nothing: nobody listens for the end of a call."""


class RedisQueue:
    """Port ``JobQueue``: a job of saq is a call, which is over for saq once it is taken.

    For the store's lease watches over the work, and nothing is left in Redis of what a worker does.
    """

    def __init__(self, redis: RedisClient, *, capacity: int) -> None:
        self._redis = redis
        self._saq = _Calls(redis.commands, name=_NAME)
        self._active, self._incomplete = map(self._saq.namespace, ("active", "incomplete"))
        self._places = Places(capacity)

    @asynccontextmanager
    async def reserve(self, places: int = 1) -> AsyncIterator[None]:
        """See the port. What other processes hold at this moment is not counted, only what they have put."""
        async with self._places.held(places, self.size):
            yield

    async def put(self, calls: int = 1, *, delay_s: float = 0.0) -> None:
        """See the port."""
        due_s = time() + delay_s if delay_s > 0 else 0
        call = partial(self._saq.enqueue, "call", scheduled=due_s, ttl=-1)  # which keeps nothing of it afterwards
        for _ in range(calls):
            await self._redis.ask(call, within_s=_PATIENCE_S)

    async def get(self) -> None:
        """See the port. Cancelled at the moment when a call arrives it takes that one with it."""
        listen = partial(self._saq.dequeue, _LISTEN_S)
        while (call := await self._redis.ask(listen, within_s=_LISTEN_S + _PATIENCE_S)) is None:
            pass
        await self._redis.ask(partial(self._saq.finish, call, Status.COMPLETE), within_s=_PATIENCE_S)

    async def size(self) -> int:
        """See the port."""
        counts = self._redis.commands.pipeline()
        counts.zcard(self._incomplete)
        counts.llen(self._active)
        incomplete, active = await self._redis.ask(counts.execute, within_s=_PATIENCE_S)
        return int(incomplete) - int(active)

    async def tend(self) -> None:
        """Let delayed calls come due, and forget those that were lost on the way to a worker, until cancelled."""
        loop = asyncio.get_running_loop()
        on_their_way: set[bytes] = set()
        look_at_s = 0.0
        while True:
            try:
                await self._redis.ask(self._saq.schedule, within_s=_PATIENCE_S)
                if loop.time() >= look_at_s:
                    on_their_way = await self._forget_lost(on_their_way)
                    look_at_s = loop.time() + _LOST_AFTER_S
            except DependencyUnavailable:
                pass  # which the client has said
            except Exception:  # whatever it was, delayed calls must not wait for good
                log.exception("redis_queue.tend")
            await asyncio.sleep(_TICK_S)

    async def _forget_lost(self, before: set[bytes]) -> set[bytes]:
        """Forget calls that were on their way at the last look and are still; return those that are for the first time.

        saq's own sweep does this for jobs that are marked as active, at one more question a job; of what is not it
        would take that which is on its way at this moment for lost as well.
        """
        commands = self._redis.commands
        look = partial(commands.execute_command, "LRANGE", self._active, 0, -1)
        now = set(await self._redis.ask(look, within_s=_PATIENCE_S))
        for lost in now & before:
            forget = commands.pipeline()
            forget.lrem(self._active, 0, lost)
            forget.zrem(self._incomplete, lost)
            forget.delete(lost)
            await self._redis.ask(forget.execute, within_s=_PATIENCE_S)
        return now - before


@asynccontextmanager
async def open_redis_queue(url: SecretStr, *, capacity: int) -> AsyncIterator[RedisQueue]:
    """Open the queue at ``url``, with room for so many calls; Redis need not be there yet.

    Raises RuntimeError if it is no URL of Redis.
    """
    logging.getLogger("saq").setLevel(logging.WARNING)  # it would write two lines a call
    async with open_redis(url, "job queue", connections=_CONNECTIONS) as redis:
        queue = RedisQueue(redis, capacity=capacity)
        tending = asyncio.create_task(queue.tend(), name="job-queue")
        try:
            yield queue
        finally:
            tending.cancel()
            await asyncio.wait({tending})
