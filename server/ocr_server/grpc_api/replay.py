"""Idempotent calls (AIP-155): the same request_id gets the same answer, computed once."""

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from ocr_server.domain.document import RecognizeOptions
from ocr_server.domain.errors import IdempotencyConflict

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Answer(Generic[T]):
    body_digest: bytes
    expires_s: float
    future: "asyncio.Future[T]"


class Replay(Generic[T]):
    """Remembers the last ``max_answers`` answers for ``keep_s`` seconds, apart for each tenant.

    Failures are forgotten: a repeat tries again.
    """

    def __init__(self, *, max_answers: int = 256, keep_s: float = 600.0) -> None:
        self._answers: OrderedDict[tuple[str, str], _Answer[T]] = OrderedDict()
        self._max_answers = max_answers
        self._keep_s = keep_s

    async def once(
        self, tenant: str, request_id: str, image: bytes, options: RecognizeOptions, compute: Callable[[], Awaitable[T]]
    ) -> T:
        """Return the answer to this request_id, computing it if this is the first call; empty ids always compute.

        A repeat that arrives while the first call still computes waits for it. Raises IdempotencyConflict if the
        request_id came before with another image or other options.
        """
        if not request_id:
            return await compute()
        key = (tenant, request_id)
        body_digest = hashlib.sha256(repr(options).encode() + image).digest()
        self._forget_old()
        known = self._answers.get(key)
        if known is not None:
            if known.body_digest != body_digest:
                raise IdempotencyConflict("This request_id was used before with another image or other options.")
            return await asyncio.shield(known.future)
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._answers[key] = _Answer(body_digest, time.monotonic() + self._keep_s, future)
        try:
            answer = await compute()
        except BaseException as error:
            del self._answers[key]
            # Whoever waits for the same answer gets the same error; a cancelled first call tells them to retry.
            if isinstance(error, Exception):
                future.set_exception(error)
                future.exception()  # nobody may be waiting
            else:
                future.cancel()
            raise
        future.set_result(answer)
        return answer

    def _forget_old(self) -> None:
        now_s = time.monotonic()
        while self._answers:
            key, oldest = next(iter(self._answers.items()))
            if not oldest.future.done() or (oldest.expires_s > now_s and len(self._answers) <= self._max_answers):
                break
            del self._answers[key]
