"""Progress of a running job on its way into the store, off the hot path."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

from ocr_server.domain.errors import DependencyUnavailable
from ocr_server.domain.job import Job
from ocr_server.domain.progress import Progress, Stage, StageProgress
from ocr_server.ports import JobStore

Tell = Callable[[Progress], None]

WRITE_INTERVAL_S = 0.1


class ProgressRecorder:
    """Writes what it is told, in order, at most once a stage every WRITE_INTERVAL_S; no stage is left out.

    Leaving the block writes what is still to be written, unless the job is being cancelled. What cannot be written
    because the store is away is left out: a job does not fail for that.
    """

    def __init__(self, store: JobStore, job: Job) -> None:
        self._store = store
        self._job = job
        self._latest: dict[Stage, StageProgress] = {}
        self._told = asyncio.Event()
        self._closed = asyncio.Event()

    def tell(self, progress: Progress) -> None:
        """Note some progress; returns at once. Partial results are dropped: a job's are in its recognition."""
        if isinstance(progress, StageProgress):
            self._latest.pop(progress.stage, None)  # to go to the end: fractions must not decrease
            self._latest[progress.stage] = progress
            self._told.set()

    async def __aenter__(self) -> Self:
        self._writer = asyncio.create_task(self._write(), name=f"progress of job {self._job.job_id}")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closed.set()
        self._told.set()
        if isinstance(error, asyncio.CancelledError):
            self._writer.cancel()
            await asyncio.wait({self._writer})
        else:
            await self._writer

    async def _write(self) -> None:
        while not self._closed.is_set() or self._latest:
            await self._told.wait()
            with suppress(TimeoutError):  # so that what is over by then is written once, and not stage by stage
                async with asyncio.timeout(WRITE_INTERVAL_S):
                    await self._closed.wait()
            self._told.clear()
            latest, self._latest = self._latest, {}
            if latest:
                with suppress(DependencyUnavailable):
                    await self._store.record_progress(self._job.job_id, self._job.attempt, list(latest.values()))
