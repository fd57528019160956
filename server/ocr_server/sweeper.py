"""Puts right, each second, what crashes have left: jobs of dead workers, lost calls; and forgets what is old."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from ocr_server.domain.errors import DependencyUnavailable
from ocr_server.job_lease import LEASE_S
from ocr_server.ports import JobQueue, JobStore

_SWEEP_S = 1.0
_FORGET_S = 60.0
# One delete at a time: enough to keep up with hundreds a minute, and over at once.
_FORGET_JOBS = 500
_DAY_S = 86_400.0

log = structlog.get_logger()


class Sweeper:
    """Any number of processes may run one each: what one does, the others find done.

    observe: is told how many jobs wait. forget_images: deletes images that are older than they may be kept.
    result_retention_days: 0 for ever.
    """

    def __init__(
        self,
        *,
        store: JobStore,
        queue: JobQueue,
        observe: Callable[[int], None] = lambda waiting: None,
        result_retention_days: int = 0,
        forget_images: Callable[[], Awaitable[object]] | None = None,
    ) -> None:
        self._store = store
        self._queue = queue
        self._observe = observe
        self._retention_s = result_retention_days * _DAY_S
        self._forget_images = forget_images
        self._lenient_until_s = 0.0

    async def run(self) -> None:
        """Sweep until cancelled."""
        loop = asyncio.get_running_loop()
        forgotten_s = -_FORGET_S
        while True:
            try:
                await self.sweep()
                if loop.time() - forgotten_s >= _FORGET_S:
                    forgotten_s = loop.time()
                    await self.forget()
            except DependencyUnavailable:
                pass  # whose adapter has said so
            except Exception:  # whatever it was, jobs must not be left lying for good
                log.exception("sweep_failed")
            await asyncio.sleep(_SWEEP_S)

    async def sweep(self, *, silent_for_s: float = LEASE_S) -> None:
        """Requeue jobs whose worker has been silent so long, and call for as many workers as jobs wait.

        silent_for_s: 0 at the start of the only process: whoever worked on a job is no more.
        After an absence of the store nobody is called silent for as long as a lease: who lives could not say so.
        Raises DependencyUnavailable.
        """
        loop = asyncio.get_running_loop()
        try:
            if loop.time() >= self._lenient_until_s:
                for job in await self._store.requeue_silent(silent_for_s=silent_for_s):
                    log.warning("job_requeued", job_id=job.job_id, attempt=job.attempt, faults=job.faults)
            waiting = await self._store.count_waiting()
        except DependencyUnavailable:
            self._lenient_until_s = loop.time() + LEASE_S
            raise
        self._observe(waiting)
        uncalled = waiting - await self._queue.size()
        if uncalled > 0:
            await self._queue.put(uncalled)

    async def forget(self) -> None:
        """Delete results and images that are older than they may be kept. Raises DependencyUnavailable."""
        if self._retention_s:
            await self._store.forget_ended(older_than_s=self._retention_s, limit=_FORGET_JOBS)
        if self._forget_images:
            await self._forget_images()
