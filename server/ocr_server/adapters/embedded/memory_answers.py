"""Answers in this process's memory."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from ocr_server.ports import ComputeAnswer, RepeatableRequest


@dataclass(frozen=True, slots=True)
class _Answer:
    body_digest: bytes
    content: bytes
    expires_s: float


class MemoryAnswers:
    """Port ``Answers``: keeps them for ``keep_s`` seconds, in ``max_bytes`` at most; those given first go first."""

    def __init__(self, *, keep_s: float, max_bytes: int, clock: Callable[[], float] = time.monotonic) -> None:
        """``clock`` tells seconds."""
        self._keep_s = keep_s
        self._max_bytes = max_bytes
        self._clock = clock
        self._answers: OrderedDict[str, _Answer] = OrderedDict()
        self._being_computed: dict[str, tuple[bytes, asyncio.Future[bytes]]] = {}
        self.size_bytes = 0

    async def once(self, request: RepeatableRequest, compute: ComputeAnswer) -> bytes:
        """See the port."""
        name = request.name_digest
        while True:
            self._forget_old()
            if known := self._answers.get(name):
                request.check_repeats(known.body_digest)
                return known.content
            if name not in self._being_computed:
                return await self._compute(name, request.body_digest, compute)
            body_digest, computing = self._being_computed[name]
            request.check_repeats(body_digest)
            await asyncio.wait({computing})
            if not computing.cancelled():
                return computing.result()

    async def _compute(self, name: str, body_digest: bytes, compute: ComputeAnswer) -> bytes:
        computing = asyncio.get_running_loop().create_future()
        self._being_computed[name] = body_digest, computing
        try:
            content = await compute()
        except BaseException:  # failed, or its caller has gone: one of those who wait is the next to try
            computing.cancel()
            raise
        finally:
            del self._being_computed[name]
        computing.set_result(content)
        self._answers[name] = _Answer(body_digest, content, self._clock() + self._keep_s)
        self.size_bytes += len(content)
        self._forget_old()
        return content

    def _forget_old(self) -> None:
        now_s = self._clock()
        while self._answers:
            name, oldest = next(iter(self._answers.items()))
            if oldest.expires_s > now_s and self.size_bytes <= self._max_bytes:
                break
            del self._answers[name]
            self.size_bytes -= len(oldest.content)
