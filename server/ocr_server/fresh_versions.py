"""Whether what the models say of their versions is true now."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from ocr_server.domain.errors import OcrError

# A server hears of a new version within a second as well.
_GOOD_FOR_S = 1.0
_ASK_AGAIN_AFTER_S = 0.5
_PATIENCE_S = 0.05
_LONGEST_S = 2.0

log = structlog.get_logger()


class FreshVersions:
    """Asks the models for their versions, which tell who answered last: where a cache answers everything, nobody asks
    a model, and its version would stay what it was for ever.
    """

    def __init__(self, ask: Callable[[], Awaitable[None]]) -> None:
        """``ask`` asks every model something, so that each tells its version; now it has just been done."""
        self._ask = ask
        self._asked_s = asyncio.get_running_loop().time()
        self._asking: asyncio.Task[None] | None = None

    async def known(self) -> bool:
        """Whether the models told their versions within the last second; they are asked again before it is over.

        Waits 50 ms at most: then what they say is not known, and somebody else will profit by the answer.
        """
        if self._age_s() >= _ASK_AGAIN_AFTER_S and (self._asking is None or self._asking.done()):
            self._asking = asyncio.create_task(self._ask_all(), name="model-versions")
        if self._asking is not None and self._age_s() >= _GOOD_FOR_S:
            await asyncio.wait({self._asking}, timeout=_PATIENCE_S)
        return self._age_s() < _GOOD_FOR_S

    async def close(self) -> None:
        """Ask no more."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.wait({self._asking})

    async def _ask_all(self) -> None:
        started_s = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(_LONGEST_S):
                await self._ask()
        except (OcrError, TimeoutError, RuntimeError) as error:
            log.warning("model_versions.unknown", why=str(error))
        else:
            self._asked_s = started_s

    def _age_s(self) -> float:
        return asyncio.get_running_loop().time() - self._asked_s
