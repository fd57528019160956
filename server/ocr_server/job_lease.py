"""A worker's hold on its job: it says that it is alive, and stops when the job is no longer its own."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import structlog

from ocr_server.domain.errors import DependencyUnavailable
from ocr_server.domain.job import Job
from ocr_server.ports import JobStore

# After so long a silence others take a worker's job. A worker that lives has several heartbeats within it.
LEASE_S = 9.0
HEARTBEAT_S = LEASE_S / 3

log = structlog.get_logger()


@asynccontextmanager
async def held(store: JobStore, job: Job, on_lost: Callable[[], object]) -> AsyncIterator[None]:
    """Send heartbeats for the job's present attempt during the block; call ``on_lost`` once if it is taken away."""

    async def beat() -> None:
        is_held = True
        while is_held:
            await asyncio.sleep(HEARTBEAT_S)
            with suppress(DependencyUnavailable):  # who would take the job away cannot reach the store either
                is_held = await store.heartbeat(job.job_id, job.attempt)
        log.warning("job_taken_away", job_id=job.job_id, attempt=job.attempt)
        on_lost()

    beating = asyncio.create_task(beat(), name=f"heartbeat of job {job.job_id}")
    try:
        yield
    finally:
        beating.cancel()
        await asyncio.wait({beating})
