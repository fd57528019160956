"""What the suites of batches do with the jobs in them."""

from collections.abc import AsyncIterator

from ocr_server.domain.batch import BatchEvent
from ocr_server.domain.document import Recognition
from ocr_server.domain.job import Job, JobError, JobState
from tests.contract.jobs.fixture_types import Stores

UNREADABLE = JobError("INVALID_IMAGE", "The image is truncated.")


async def read(events: AsyncIterator[BatchEvent]) -> list[BatchEvent]:
    return [event async for event in events]


async def start_next(stores: Stores) -> Job:
    job = await stores.jobs.start_next()
    assert job
    return job


async def run_through(stores: Stores, recognition: Recognition, *ends: JobState) -> None:
    """Start one job after another and end them like this."""
    for end in ends:
        job = await start_next(stores)
        recognized = recognition if end is JobState.SUCCEEDED else None
        error = UNREADABLE if end is JobState.FAILED else None
        await stores.jobs.finish(job.job_id, end, attempt=job.attempt, recognition=recognized, error=error)
