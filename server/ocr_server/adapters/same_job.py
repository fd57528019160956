"""What a store answers to a request_id that it has seen before."""

from ocr_server.domain.errors import IdempotencyConflict
from ocr_server.domain.job import Job


def same_job(wanted: Job, existing: Job) -> Job:
    """Return the existing job if the wanted one asks for the same. Raises IdempotencyConflict if it does not."""
    if (wanted.image_digest, wanted.options) != (existing.image_digest, existing.options):
        raise IdempotencyConflict(
            f"The request_id {wanted.request_id} was used before with another image or other options."
        )
    return existing
