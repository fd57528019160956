"""The one place for a stage's deadline, timing, progress and for naming the stage that failed."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from ocr_server.domain.document import StageTiming, Timing
from ocr_server.domain.errors import DeadlineExceeded
from ocr_server.domain.progress import Progress, Stage, StageProgress
from ocr_server.ports import deadline_s

Emit = Callable[[Progress], None]

# Where a stage begins, as a share of one page's work, measured on receipts: reading lines is most of it.
_BEGINS_AT = {
    Stage.VALIDATE: 0.0,
    Stage.DECODE: 0.0,
    Stage.PREPROCESS: 0.04,
    Stage.DETECT: 0.06,
    Stage.BARCODES: 0.06,
    Stage.RECOGNIZE: 0.28,
}
_PAGES_SHARE = 0.98


class Trace:
    """Follows one document through the pipeline.

    deadline_s: on the clock of ``asyncio``'s running loop, or None.
    observe: called with every finished stage and its wall seconds, for metrics.
    """

    def __init__(
        self,
        emit: Emit,
        *,
        deadline_s: float | None = None,
        observe: Callable[[Stage, float], None] = lambda stage, wall_s: None,
    ) -> None:
        self.page_count = 0
        self._emit = emit
        self._deadline_s = deadline_s
        self._observe = observe
        self._started_s = time.perf_counter()
        self._wall_s: dict[Stage, float] = {}
        self._fraction = 0.0

    @asynccontextmanager
    async def step(self, stage: Stage, page_number: int = 0) -> AsyncIterator[None]:
        """Run one stage. Raises DeadlineExceeded, naming the stage, when the deadline passes within it."""
        self._emit(StageProgress(stage, self._advance(stage, page_number), page_number, self.page_count))
        started_s = time.perf_counter()
        before = deadline_s.set(self._deadline_s)
        try:
            async with asyncio.timeout_at(self._deadline_s):
                yield
        except TimeoutError as error:
            raise DeadlineExceeded(f"The deadline passed during the stage {stage.value}.") from error
        except Exception as error:
            error.add_note(f"stage: {stage.value}, page: {page_number or 'all'}")
            raise
        finally:
            deadline_s.reset(before)
            wall_s = time.perf_counter() - started_s
            self._wall_s[stage] = self._wall_s.get(stage, 0.0) + wall_s
            self._observe(stage, wall_s)

    def lines_read(self, page_number: int, done: int, total: int) -> None:
        """Report how many of a page's lines have been read."""
        within = _BEGINS_AT[Stage.RECOGNIZE] + (1 - _BEGINS_AT[Stage.RECOGNIZE]) * done / max(total, 1)
        fraction = self._advance(Stage.RECOGNIZE, page_number, within)
        self._emit(StageProgress(Stage.RECOGNIZE, fraction, page_number, self.page_count, done, total))

    def tell(self, progress: Progress) -> None:
        """Pass on a partial result."""
        self._emit(progress)

    def timing(self, queue_s: float) -> Timing:
        """What the document has cost so far."""
        stages = tuple(StageTiming(stage.value, self._wall_s[stage]) for stage in Stage if stage in self._wall_s)
        return Timing(total_s=queue_s + time.perf_counter() - self._started_s, queue_s=queue_s, stages=stages)

    def _advance(self, stage: Stage, page_number: int, within: float | None = None) -> float:
        if stage in (Stage.STRUCTURE, Stage.CHECK):
            fraction = _PAGES_SHARE
        else:
            share = _BEGINS_AT[stage] if within is None else within
            fraction = _PAGES_SHARE * (max(page_number - 1, 0) + share) / max(self.page_count, 1)
        self._fraction = max(self._fraction, fraction)
        return self._fraction
