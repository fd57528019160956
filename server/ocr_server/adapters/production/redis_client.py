"""The way to Redis, for each part of the server that needs it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

import structlog
from pydantic import SecretStr
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from ocr_server.adapters.production.circuit import Circuit, Unreachable

T = TypeVar("T")

_TRIAL_S = 0.5

log = structlog.get_logger()


class RedisClient:
    """Asks on behalf of one part, whose name messages and logs say; each part has limits of its own.

    commands: what can be asked, through ``ask`` only, so that errors and time have their bounds.
    """

    def __init__(self, commands: Redis, part: str) -> None:
        self.commands = commands
        self._part = part
        self._circuit = Circuit(f"The {part}")
        self._is_away = False

    async def ask(self, ask: Callable[[], Awaitable[T]], *, within_s: float) -> T:
        """Return what ``ask`` does, which is not tried twice.

        Raises DependencyUnavailable if Redis cannot be reached, refuses or takes longer, and for a second after that
        at once. That it was raised, or the caller cancelled, does not mean that nothing was done.
        """
        if self._is_away:  # is tried shortly, however long the question itself may take
            await self._attempt(lambda: self.commands.echo(b""), min(_TRIAL_S, within_s))
        return await self._attempt(ask, within_s)

    async def _attempt(self, ask: Callable[[], Awaitable[T]], within_s: float) -> T:
        task = asyncio.current_task()
        cancelling = task.cancelling() if task else 0
        with self._circuit.attempt():
            try:
                async with asyncio.timeout(within_s):
                    answer = await ask()
            except (RedisError, OSError, TimeoutError) as error:
                if not self._is_away:
                    # Its message may tell the address, or quote what was asked.
                    log.warning("redis.away", part=self._part, why=type(error).__name__)
                self._is_away = True
                raise Unreachable from error
        if task and task.cancelling() > cancelling:  # redis-py 7 was seen to swallow one
            raise asyncio.CancelledError
        if self._is_away:
            log.info("redis.back", part=self._part)
        self._is_away = False
        return answer


@asynccontextmanager
async def open_redis(url: SecretStr, part: str, *, connections: int) -> AsyncIterator[RedisClient]:
    """Open the way to the Redis at ``url``, redis:// or rediss:// or unix://; it need not be there yet.

    Raises RuntimeError if it is no such URL.
    """
    try:
        pool = BlockingConnectionPool.from_url(
            url.get_secret_value(), max_connections=connections, retry=Retry(NoBackoff(), 0)
        )
    except ValueError:  # it may quote a part of the password
        raise RuntimeError("OCR_REDIS_URL is not a redis://, rediss:// or unix:// URL.") from None
    async with Redis.from_pool(pool) as commands:
        yield RedisClient(commands, part)
