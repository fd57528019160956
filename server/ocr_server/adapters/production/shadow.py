"""A version on trial is asked what callers asked of the one that serves, and the answers are compared, not used."""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from contextvars import Context
from dataclasses import dataclass

import structlog

from ocr_models.types import ReadText
from ocr_server.adapters.production.triton_client import Arrays, TritonClient
from ocr_server.ports import Trial

# A trial must not take the cores from those that serve: what comes while so many run is not compared.
_AT_ONCE = 2

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Question:
    """What a model was asked, and how to read its answer."""

    model: str
    inputs: Arrays
    outputs: Sequence[str]
    unpack: Callable[[Arrays], list[ReadText]]


class Shadows:
    """Compares in the background; nobody waits for it, and its failures reach no caller."""

    def __init__(self, triton: TritonClient, group: asyncio.TaskGroup, tell: Callable[[Trial], None]) -> None:
        self._triton = triton
        self._group = group
        self._tell = tell
        self._owed: dict[str, float] = defaultdict(float)
        self._running: set[asyncio.Task[None]] = set()

    @property
    def running(self) -> int:
        """How many comparisons are under way."""
        return len(self._running)

    async def consider(self, question: Question, serving: Sequence[ReadText], serving_s: float) -> None:
        """Ask the version on trial as well, if the model has one and this request belongs to its share."""
        roles = await self._triton.roles_of(question.model)
        if roles is None or roles.shadow is None:
            return
        self._owed[question.model] += roles.shadow_share
        if self._owed[question.model] < 1:
            return
        self._owed[question.model] -= 1
        if self.running < _AT_ONCE:
            # In a context of its own: the caller's deadline does not bound it.
            task = self._group.create_task(
                self._compare(question, roles.shadow, serving, serving_s), name="shadow", context=Context()
            )
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    def cancel(self) -> None:
        """End what still runs."""
        for task in self._running:
            task.cancel()

    async def _compare(self, question: Question, version: int, serving: Sequence[ReadText], serving_s: float) -> None:
        started_s = time.perf_counter()
        try:
            answer = await self._triton.ask_once(question.model, question.inputs, question.outputs, str(version))
            shadow_s = time.perf_counter() - started_s
            self._tell(Trial(question.model, version, serving, question.unpack(answer), serving_s, shadow_s))
        except Exception as error:  # the version on trial may do anything
            log.warning("shadow.failed", model=question.model, version=version, why=str(error))


@asynccontextmanager
async def open_shadows(triton: TritonClient, tell: Callable[[Trial], None]) -> AsyncIterator[Shadows]:
    """Open; ``tell`` is called with every comparison. At the end, those that still run are cancelled."""
    async with asyncio.TaskGroup() as group:
        shadows = Shadows(triton, group, tell)
        yield shadows
        shadows.cancel()
