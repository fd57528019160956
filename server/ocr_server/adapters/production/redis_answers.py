"""Answers in Redis, which all replicas share, and beside it in this process's memory."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from pydantic import SecretStr

from ocr_server.adapters.embedded.memory_answers import MemoryAnswers
from ocr_server.adapters.production.redis_client import RedisClient, open_redis
from ocr_server.domain.errors import DependencyUnavailable
from ocr_server.ports import ComputeAnswer, RepeatableRequest

_PREFIX = "ocr:answer:"
_CONNECTIONS = 32
_DIGEST_BYTES = 32
# An answer takes a millisecond, or ten with a long document. Who has waited this long goes on alone.
_PATIENCE_S = 0.5
_POLL_S = 0.05
# How long others wait for a replica that has begun to compute. It may have died; if not, its answer is found later.
_CLAIM_S = 10.0
# What is kept here as well, for the time in which Redis is away.
_MAX_BYTES_HERE = 2**24


class RedisAnswers:
    """Port ``Answers``: keeps them for ``keep_s`` seconds; ``maxmemory`` of the server bounds them all.

    A request has two keys: a short-lived claim of whoever computes, and the answer, which is never overwritten. So a
    claim only saves work; that all are answered the same does not hang on it.
    """

    def __init__(self, redis: RedisClient, *, keep_s: float) -> None:
        self._redis = redis
        self._keep_ms = max(1, round(keep_s * 1000))
        self._here = MemoryAnswers(keep_s=keep_s, max_bytes=_MAX_BYTES_HERE)

    async def once(self, request: RepeatableRequest, compute: ComputeAnswer) -> bytes:
        """See the port. While Redis is away only what this process has answered is known."""
        return await self._here.once(request, lambda: self._once_everywhere(request, compute))

    async def _once_everywhere(self, request: RepeatableRequest, compute: ComputeAnswer) -> bytes:
        try:
            known = await self._wait_for_turn(request)
        except DependencyUnavailable:
            known = None
        if known is not None:
            return known
        try:
            answer = await compute()
        except BaseException:
            with suppress(DependencyUnavailable):
                await self._give_up(request)
            raise
        with suppress(DependencyUnavailable):
            return await self._settle(request, answer)
        return answer

    async def _wait_for_turn(self, request: RepeatableRequest) -> bytes | None:
        """Return the answer once there is one, or None once it is for the caller to compute it."""
        while True:
            look = self._redis.commands.pipeline()
            look.get(_answer_key(request))
            look.set(_claim_key(request), request.body_digest, nx=True, get=True, px=round(_CLAIM_S * 1000))
            answer, claim = await self._redis.ask(look.execute, within_s=_PATIENCE_S)
            if answer is not None:
                return _unpacked(request, answer)
            if claim is None:
                return None
            request.check_repeats(claim)
            await asyncio.sleep(_POLL_S)

    async def _settle(self, request: RepeatableRequest, answer: bytes) -> bytes:
        """Keep the answer unless there is one; return the one that stands."""
        keep = self._redis.commands.pipeline()
        keep.set(_answer_key(request), request.body_digest + answer, nx=True, get=True, px=self._keep_ms)
        keep.delete(_claim_key(request))
        earlier, _ = await self._redis.ask(keep.execute, within_s=_PATIENCE_S)
        return answer if earlier is None else _unpacked(request, earlier)

    async def _give_up(self, request: RepeatableRequest) -> None:
        await self._redis.ask(lambda: self._redis.commands.delete(_claim_key(request)), within_s=_PATIENCE_S)


def _answer_key(request: RepeatableRequest) -> str:
    return _PREFIX + request.name_digest


def _claim_key(request: RepeatableRequest) -> str:
    return f"{_answer_key(request)}:claim"


def _unpacked(request: RepeatableRequest, kept: bytes) -> bytes:
    request.check_repeats(kept[:_DIGEST_BYTES])
    return kept[_DIGEST_BYTES:]


@asynccontextmanager
async def open_redis_answers(url: SecretStr, *, keep_s: float) -> AsyncIterator[RedisAnswers]:
    """Open the answers at ``url``; Redis need not be there yet. Raises RuntimeError if it is no URL of Redis."""
    async with open_redis(url, "store of answers", connections=_CONNECTIONS) as redis:
        yield RedisAnswers(redis, keep_s=keep_s)
