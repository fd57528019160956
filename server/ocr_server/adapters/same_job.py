"""What a store answers to a request_id that it has seen before."""

from collections.abc import Sequence

from ocr_server.domain.batch import Batch
from ocr_server.domain.errors import IdempotencyConflict
from ocr_server.domain.job import Job


def same_job(wanted: Job, existing: Job) -> Job:
    """Return the existing job if the wanted one asks for the same. Raises IdempotencyConflict if it does not."""
    if not _ask_for_the_same(wanted, existing):
        raise IdempotencyConflict(
            f"The request_id {wanted.request_id} was used before with another image or other options."
        )
    return existing


def same_batch(wanted_jobs: Sequence[Job], existing: Batch, existing_jobs: Sequence[Job]) -> Batch:
    """Return the existing batch if the wanted one asks for the same. Raises IdempotencyConflict if it does not.

    existing_jobs: those of its jobs that have not been forgotten, in any order.
    """
    wanted = dict(zip(existing.job_ids, wanted_jobs, strict=False))
    if len(wanted_jobs) != len(existing.job_ids) or not all(
        _ask_for_the_same(wanted[job.job_id], job) for job in existing_jobs
    ):
        raise IdempotencyConflict(
            f"The request_id {existing.request_id} was used before with other images or other options."
        )
    return existing


def _ask_for_the_same(one: Job, other: Job) -> bool:
    return (one.image_digest, one.options) == (other.image_digest, other.options)
